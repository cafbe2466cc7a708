"""Settings that name addresses and secrets: what is taken, what is refused, and what is never shown."""

from __future__ import annotations

import pytest

from sabiscore.errors import BadSetting
from sabiscore.settings import RENAMED, read_settings

SECRET = "whsec_" + "Y2FuYXJ5" * 5
EDGE = {"SABISCORE_EDGE_SECRET": SECRET}
REDIS = {"UPSTASH_REDIS_REST_TOKEN": "a-token"}

PUBLIC = [
    "https://edge.example.com",
    "https://edge.example.com:8443",
    "https://xn--bcher-kva.example",
    "http://127.0.0.1:8787",
    "http://localhost:8787",
]
ELSEWHERE = [
    # Metadata services and everything else that lies inside, however it is written.
    "https://169.254.169.254",
    "http://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[fd00:ec2::254]",
    "https://[::1]",
    "https://2852039166",
    "https://0xa9fea9fe",
    "https://0251.0376.0251.0376",
    "https://169.254.43518",
    "https://10.0.0.8",
    "https://192.168.1.1:8787",
    "https://127.0.0.1.",
    "https://metadata.google.internal",
    "https://METADATA.google.INTERNAL:443",
    "https://metadata",
    "https://router.local",
    "https://a.localhost",
    # A user, a password, or what only looks like a host of ours.
    "https://edge.example.com@169.254.169.254",
    "https://user:password@edge.example.com",
    "http://127.0.0.1:8787@evil.example",
    "http://127.0.0.1:1:@evil.example",
    "http://localhost:8787.evil.example",
    "http://localhost.evil.example:8787",
    # Paths, queries, fragments, other schemes.
    "https://edge.example.com/a/../b",
    "https://edge.example.com/..",
    "https://edge.example.com?x=1",
    "https://edge.example.com#x",
    "https://edge.example.com\\@evil.example",
    "https://edge.example.com\r\nHost: evil.example",
    "https://edge.example.com%00.evil.example",
    "https://éдge.example",
    "http://edge.example.com",
    "ftp://edge.example.com",
    "file:///etc/passwd",
    "//edge.example.com",
    "edge.example.com",
    "https://",
    "https://.example.com",
    "https://-a.example.com",
    "https://edge.example.com:99999999",
]


@pytest.mark.parametrize("url", PUBLIC)
def test_an_address_of_a_public_host_or_of_this_machine_is_taken(url):
    assert read_settings({"SABISCORE_EDGE_URL": url + "/", **EDGE}).edge_url == url
    assert read_settings({"UPSTASH_REDIS_REST_URL": url, **REDIS}).cache_url == url


@pytest.mark.parametrize("url", ELSEWHERE)
def test_an_address_that_could_lead_elsewhere_is_refused_by_name(url):
    with pytest.raises(BadSetting, match="SABISCORE_EDGE_URL is not the https address"):
        read_settings({"SABISCORE_EDGE_URL": url, **EDGE})
    with pytest.raises(BadSetting, match="UPSTASH_REDIS_REST_URL is not the https address"):
        read_settings({"UPSTASH_REDIS_REST_URL": url, **REDIS})


def test_nothing_need_be_set():
    found = read_settings({})
    assert (found.cache_url, found.edge_url, found.revalidate_secrets) == (None, None, ())
    empty = dict.fromkeys(
        (
            "UPSTASH_REDIS_REST_URL",
            "UPSTASH_REDIS_REST_TOKEN",
            "SABISCORE_REVALIDATE_SECRET",
            "SABISCORE_EDGE_URL",
            "SABISCORE_EDGE_SECRET",
        ),
        "",
    )
    assert read_settings(empty) == found


@pytest.mark.parametrize(("text", "share"), [("", 0.05), ("0", 0.0), ("0.02", 0.02), ("0.2", 0.2)])
def test_the_commission_of_an_exchange_is_a_share(text, share):
    assert read_settings({"SABISCORE_EXCHANGE_COMMISSION": text}).exchange_commission == share


@pytest.mark.parametrize("text", ["5", "5%", "0.5", "-0.02", "two", "0.02 ", "1e-2", "nan"])
def test_a_commission_that_is_none_is_refused(text):
    with pytest.raises(BadSetting, match="SABISCORE_EXCHANGE_COMMISSION") as refused:
        read_settings({"SABISCORE_EXCHANGE_COMMISSION": text})
    assert "0.02" in refused.value.hint


def test_an_edge_needs_its_secret():
    with pytest.raises(BadSetting, match="SABISCORE_EDGE_SECRET is not"):
        read_settings({"SABISCORE_EDGE_URL": "https://edge.example.com"})


@pytest.mark.parametrize("name", ["SABISCORE_REVALIDATE_SECRET", "SABISCORE_EDGE_SECRET"])
@pytest.mark.parametrize("text", ["short", "whsec_short", "whsec_" + "!" * 40, f"{SECRET} short", "é" * 40])
def test_what_is_no_secret_is_refused_and_not_repeated(name, text):
    with pytest.raises(BadSetting, match=name) as refused:
        read_settings({name: text, "SABISCORE_EDGE_URL": "https://edge.example.com"})
    assert text not in str(refused.value) + refused.value.hint
    assert "openssl" in refused.value.hint


def test_two_secrets_are_separated_by_a_space():
    found = read_settings({"SABISCORE_REVALIDATE_SECRET": f" {SECRET}  a-plain-word-of-old-callers "})
    assert found.revalidate_secrets == (SECRET, "a-plain-word-of-old-callers")


def test_no_secret_is_in_a_repr():
    found = read_settings(
        {
            "SABISCORE_REVALIDATE_SECRET": SECRET,
            "SABISCORE_EDGE_URL": "https://edge.example.com",
            "SABISCORE_EDGE_SECRET": SECRET,
            "UPSTASH_REDIS_REST_URL": "https://cache.example.com",
            "UPSTASH_REDIS_REST_TOKEN": "canary",
            "DATABASE_URL": "postgresql://user:canary@localhost/x",
        }
    )
    assert SECRET[6:] not in repr(found)
    assert "canary" not in repr(found)


def test_a_database_that_is_set_to_nothing_is_not_set():
    """A parameter without a value is an empty variable on Lambda."""
    unset = read_settings({"SABISCORE_HOME": "home"}).database_url
    assert read_settings({"SABISCORE_HOME": "home", "DATABASE_URL": ""}).database_url == unset


def test_calls_of_schedules_have_a_secret_of_their_own_that_rotates():
    new = "whsec_" + "b3RoZXIh" * 5
    settings = read_settings(
        {"SABISCORE_CRON_SECRET": f"{new} {SECRET}", "SABISCORE_REVALIDATE_SECRET": SECRET}
    )
    assert (settings.cron_secrets, settings.revalidate_secrets) == ((new, SECRET), (SECRET,))
    assert SECRET not in repr(settings)
    with pytest.raises(BadSetting, match="SABISCORE_CRON_SECRET"):
        read_settings({"SABISCORE_CRON_SECRET": "short"})


@pytest.mark.parametrize(
    "begins", ["../odds", "a b", "x" * 51, "arn:aws:lambda:eu-west-1:1:function:odds", "é"]
)
def test_functions_are_named_as_lambda_names_them(begins):
    with pytest.raises(BadSetting, match="SABISCORE_CRON_FUNCTIONS"):
        read_settings({"SABISCORE_CRON_FUNCTIONS": begins})
    assert read_settings({"SABISCORE_CRON_FUNCTIONS": "sabiscore-edge-test-"}).cron_functions


@pytest.mark.parametrize("old", RENAMED)
def test_a_variable_under_its_old_name_is_read_and_warned_of(old):
    value = "https://edge.example.com" if old == "EDGE_URL" else SECRET
    others = {"SABISCORE_EDGE_SECRET": SECRET} if old == "EDGE_URL" else {}
    with pytest.warns(FutureWarning, match=f"{old} is now {RENAMED[old]}"):
        settings = read_settings({old: value, **others})
    assert settings == read_settings({RENAMED[old]: value, **others})


def test_the_new_name_wins_over_the_old_one_without_a_word():
    other = "whsec_" + "b3RoZXIh" * 5
    settings = read_settings({"CRON_SECRET": other, "SABISCORE_CRON_SECRET": SECRET})
    assert settings.cron_secrets == (SECRET,)
