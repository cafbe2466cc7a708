"""Standard Webhooks: the published vector, rotation of secrets, and what does not hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.errors import Unsigned
from sabiscore.http.signatures import (
    TOLERANCE_S,
    key_of,
    same_secret,
    signature,
    signed_headers,
    verified,
)
from sabiscore.settings import SECRET

# https://github.com/standard-webhooks/standard-webhooks, the vector that all its libraries are tested with.
VECTOR_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
VECTOR = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
VECTOR_BODY = b'{"test": 2432232314}'
VECTOR_AT = datetime.fromtimestamp(1614265330, UTC)

OLD, NEW = "whsec_" + "b2xk" * 8, "whsec_" + "bmV3" * 8
PLAIN = "a-plain-word-of-an-old-caller"
NOW = datetime(2025, 8, 15, 9, tzinfo=UTC)
BODY = b'{"tag": "odds"}'


def test_the_published_vector_holds_both_ways():
    at = int(VECTOR["webhook-timestamp"])
    assert signature(VECTOR_SECRET, VECTOR["webhook-id"], at, VECTOR_BODY) == VECTOR["webhook-signature"]
    assert verified(VECTOR, VECTOR_BODY, [VECTOR_SECRET], VECTOR_AT).id == VECTOR["webhook-id"]


@pytest.mark.parametrize("secret", [OLD, NEW, PLAIN])
def test_what_is_signed_is_verified(secret):
    headers = signed_headers([secret], BODY, NOW)
    assert verified(headers, BODY, [secret], NOW).id == headers["webhook-id"]


@pytest.mark.parametrize(
    ("signs", "takes"), [([OLD, NEW], [NEW]), ([OLD], [NEW, OLD]), ([NEW, OLD], [OLD, NEW])]
)
def test_secrets_are_rotated_without_a_call_being_lost(signs, takes):
    assert verified(signed_headers(signs, BODY, NOW), BODY, takes, NOW)


def test_a_retry_keeps_its_id_and_is_another_signing():
    first = signed_headers([OLD], BODY, NOW, "call_1")
    again = signed_headers([OLD], BODY, NOW + timedelta(seconds=5), "call_1")
    item, other = (verified(headers, BODY, [OLD], NOW) for headers in (first, again))
    assert (item.id, item.body_sha256) == (other.id, other.body_sha256)
    assert item.name != other.name


def test_calls_without_an_id_get_different_ones():
    ids = {signed_headers([OLD], BODY, NOW)["webhook-id"] for _ in range(100)}
    assert len(ids) == 100


@pytest.mark.parametrize("seconds", [-TOLERANCE_S, 0, TOLERANCE_S])
def test_a_clock_may_be_five_minutes_off(seconds):
    headers = signed_headers([OLD], BODY, NOW + timedelta(seconds=seconds))
    assert verified(headers, BODY, [OLD], NOW)


@pytest.mark.parametrize("seconds", [-TOLERANCE_S - 1, TOLERANCE_S + 1, -86_400, 86_400])
def test_but_no_more(seconds):
    headers = signed_headers([OLD], BODY, NOW + timedelta(seconds=seconds))
    with pytest.raises(Unsigned):
        verified(headers, BODY, [OLD], NOW)


@pytest.mark.parametrize("spell", ["0{}", "00{}", "+{}", " {}", "{}.0"])
def test_a_timestamp_has_one_spelling(spell):
    headers = signed_headers([OLD], BODY, NOW)
    headers["webhook-timestamp"] = spell.format(headers["webhook-timestamp"])
    with pytest.raises(Unsigned):
        verified(headers, BODY, [OLD], NOW)


def test_without_a_secret_nothing_holds():
    with pytest.raises(Unsigned):
        verified(signed_headers([OLD], BODY, NOW), BODY, [], NOW)


def test_another_body_does_not_hold():
    with pytest.raises(Unsigned):
        verified(signed_headers([OLD], BODY, NOW), BODY + b" ", [OLD], NOW)


def test_padding_may_be_left_out():
    padded = "whsec_" + "QUJD" * 8 + "QQ=="
    assert key_of(padded) == key_of(padded.rstrip("=")) == b"ABC" * 8 + b"A"


@pytest.mark.parametrize("secret", [VECTOR_SECRET, OLD, PLAIN, "whsec_" + "QUJD" * 21 + "QQ=="])
def test_secrets_that_may_be_used(secret):
    assert SECRET.fullmatch(secret)
    assert len(key_of(secret)) >= 24


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "short",
        "whsec_",
        "whsec_QUJD",
        "whsec_" + "!" * 40,
        "whsec_" + "A" * 33,
        "with a space " * 3,
        "é" * 30,
    ],
)
def test_secrets_that_may_not(secret):
    assert not SECRET.fullmatch(secret)


def test_a_secret_in_a_body_is_compared_whole():
    assert same_secret(PLAIN, [OLD, PLAIN])
    for other in ("", PLAIN[:-1], PLAIN + " ", PLAIN.upper(), "\ud800", "é"):
        assert not same_secret(other, [OLD, PLAIN])
    assert not same_secret("", [])
