"""B7: providers are asked at the hosts they declare; whatever only looks like them is refused unasked."""

from __future__ import annotations

import pytest

from sabiscore.errors import BadSetting, Refused
from sabiscore.net.allowed import origin_of, refuse_foreign

ODDS = frozenset({"https://api.the-odds-api.com"})

FOREIGN = [
    "http://api.the-odds-api.com/v4",
    "https://api.the-odds-api.com.evil.example/v4",
    "https://api.the-odds-api.com@evil.example/v4",
    "https://me:pw@api.the-odds-api.com/v4",
    "https://@api.the-odds-api.com/v4",
    "https://api.the-odds-api.com:8443/v4",
    "https://api.the-odds-api.com:99999/v4",
    "https://evil.example\\@api.the-odds-api.com/v4",
    "https://evil.example/https://api.the-odds-api.com/",
    "https://api.the-odds-api.com/v4/../../admin",
    "https://api.the-odds-api.com/v4/%2e%2e/admin",
    "https://api.the-odds-api.com/v4/%252e%252e/admin",
    "https://api.the-odds-api.com//evil.example/v4",
    "https://api.the-odds-api.com/v4\r\nHost: evil.example",
    "https://api.the-odds-api.com/v4\tx",
    "https://api.the-odds-api.com /v4",
    "https://API.the-odds-api。com/v4",
    "https://api.the-odds-api.com%00.evil.example/",
    "//api.the-odds-api.com/v4",
    "api.the-odds-api.com/v4",
    "file:///etc/passwd",
    "ftp://api.the-odds-api.com/v4",
    "gopher://api.the-odds-api.com/v4",
    "https://",
    "",
]

NEVER = [
    "https://169.254.169.254/latest/meta-data",
    "http://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]/",
    "https://[fd00:ec2::254]/",
    "https://[::1]/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://10.0.0.1/feed",
    "https://127.0.0.1/feed",
    "https://localhost/feed",
    "https://metadata.google.internal/",
    "https://printer.local/",
    "https://intranet/feed",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "https://feeds.example.com:22/",
    "https://key:secret@feeds.example.com/",
    "https://feeds.example.com/a b",
    "https://-feeds.example.com/",
    "https://feeds..example.com/",
    "https://feeds.example.com./",
]


@pytest.mark.parametrize("url", FOREIGN + NEVER)
def test_what_is_not_the_providers_own_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="not its own"):
        refuse_foreign(url, ODDS)


@pytest.mark.parametrize("url", NEVER)
def test_no_setting_can_name_a_machine_inside(url: str) -> None:
    with pytest.raises(BadSetting) as caught:
        origin_of(url)
    assert "secret" not in f"{caught.value}{caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        (
            "https://api.the-odds-api.com/v4/sports/soccer_epl/odds?regions=eu,uk",
            "https://api.the-odds-api.com",
        ),
        ("https://feeds.example.com:443/opta?x=..", "https://feeds.example.com"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://localhost:8080/x", "http://localhost:8080"),
    ],
)
def test_what_may_be_asked(url: str, origin: str) -> None:
    assert origin_of(url) == origin
    refuse_foreign(url, frozenset({origin}))


def test_every_declared_host_is_only_its_own() -> None:
    with pytest.raises(Refused):
        refuse_foreign("https://v3.football.api-sports.io/fixtures", ODDS)
