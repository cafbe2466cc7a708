"""A declared request becomes a call: the key on its way out, the provider's own host, nobody else's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import httpx
import pytest

from sabiscore.errors import BadAnswer, BadSetting, QuotaSpent, Refused, SourceOff, SourceUnavailable
from sabiscore.fetching.live import FleetState, LiveFetcher
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.net.client import Client
from sabiscore.net.quota import QuotaPlan
from sabiscore.net.redact import Redactor
from sabiscore.sources.base import KeyPlace, Reply, Request
from tests.support.cas_stores import NOON, AwayRegister, Hands
from tests.support.providers import Made, body, wanted

PLACES = (KeyPlace("ONE_KEY", "query", "apiKey"), KeyPlace("ONE_KEY", "header", "X-Key"))
ONE = Made("one", keys=("ONE_KEY",), places=PLACES)
REQUEST = ONE.requests(wanted(), NOON)[0]


class Host:
    """Remembers what it was asked, and answers ``told``."""

    def __init__(self, found: bytes = b"", status: int = 200) -> None:
        self.content = found or body("epl")
        self.status = status
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        # As a stream: what was read already could not be read raw.
        return httpx.Response(self.status, stream=httpx.ByteStream(self.content))

    def live(self, secrets: Mapping[str, str] | None = None, **more: object) -> LiveFetcher:
        client = Client(transport=httpx.MockTransport(self))
        shared = FleetState(MemoryCasStore(), MemoryCasStore())
        given = {"ONE_KEY": "c4n4ry-key"} if secrets is None else secrets
        return LiveFetcher(
            client, shared, Hands(), secrets=given, plans={"one": QuotaPlan(500, "month")}, **more
        )  # type: ignore[arg-type]


def test_the_key_is_added_on_the_way_out_and_one_call_is_counted() -> None:
    host = Host()
    live = host.live()
    reply = live.ask(ONE, REQUEST)
    assert reply.events[0].league == "epl"
    (sent,) = host.asked
    assert sent.url == "https://one.example/v1/epl?apiKey=c4n4ry-key"
    assert sent.headers["X-Key"] == "c4n4ry-key"
    assert sent.headers["Accept-Encoding"] == "identity"
    quota = live.quota("one")
    assert quota is not None
    assert quota.standing().used == 1


def test_without_the_count_a_source_with_a_quota_is_not_asked_and_others_are() -> None:
    host = Host()
    client = Client(transport=httpx.MockTransport(host))
    shared = FleetState(AwayRegister(), MemoryCasStore())
    live = LiveFetcher(client, shared, Hands(), secrets={}, plans={"one": QuotaPlan(500, "month")})
    first, two = Made("one"), Made("two")
    with pytest.raises(QuotaSpent, match="cannot be counted"):
        live.ask(first, first.requests(wanted(), NOON)[0])
    assert not host.asked
    assert live.ask(two, two.requests(wanted(), NOON)[0]).events


def test_what_is_free_is_not_counted() -> None:
    host = Host()
    live = host.live()
    live.ask(ONE, replace(REQUEST, cost=0))
    quota = live.quota("one")
    assert quota is not None
    assert quota.standing().used == 0


def test_without_its_key_a_source_is_off_and_nobody_is_asked() -> None:
    host = Host()
    with pytest.raises(SourceOff, match="one is off") as caught:
        host.live(secrets={}).ask(ONE, REQUEST)
    assert "ONE_KEY" in caught.value.hint
    keyless = replace(ONE, keys=())
    with pytest.raises(SourceOff, match="ONE_KEY"):
        host.live(secrets={}).ask(keyless, REQUEST)
    assert not host.asked


@pytest.mark.parametrize(
    "url",
    ["https://two.example/v1/epl", "https://one.example@two.example/", "http://one.example/v1/epl"],
)
def test_a_request_to_anybody_else_is_refused_before_the_key_is_added(url: str) -> None:
    host = Host()
    live = host.live()
    with pytest.raises(Refused, match="not its own"):
        live.ask(ONE, replace(REQUEST, url=url))
    assert not host.asked
    quota = live.quota("one")
    assert quota is not None
    assert quota.standing().used == 0


def test_no_redirect_is_followed_wherever_it_leads() -> None:
    host = Host(status=302)
    with pytest.raises(SourceUnavailable, match="answered 302"):
        host.live().ask(ONE, REQUEST)
    assert len(host.asked) == 1


def test_only_a_server_of_this_machine_stands_in_for_a_provider() -> None:
    host = Host()
    host.live(elsewhere={"one": "http://127.0.0.1:8080"}).ask(ONE, REQUEST)
    assert str(host.asked[0].url).startswith("http://127.0.0.1:8080/v1/epl?")
    for foreign in ("https://two.example", "http://two.example", "http://10.0.0.1"):
        with pytest.raises((ValueError, BadSetting)):
            host.live(elsewhere={"one": foreign})


class Breaks(Made):
    """Its parser has a bug."""

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:
        raise ZeroDivisionError("c4n4ry-key")


def test_a_parser_that_breaks_is_a_bad_answer_of_this_provider() -> None:
    with pytest.raises(BadAnswer, match="ZeroDivisionError") as caught:
        Host().live().ask(Breaks("one"), REQUEST)
    assert "c4n4ry" not in f"{caught.value!r}{caught.value.__cause__!r}{caught.value.__context__!r}"


def test_answers_are_kept_before_they_are_read_even_bad_ones() -> None:
    kept: list[tuple[str, str, bytes]] = []

    def keep(name: str, request: Request, _: Mapping[str, str], body: bytes, hide: Redactor) -> None:
        kept.append((name, request.name, hide.scrub(body)))

    with pytest.raises(BadAnswer):
        Host(b"<html>c4n4ry-key</html>").live(keep=keep).ask(ONE, REQUEST)
    assert kept == [("one", "epl.json", b"<html>***</html>")]


def test_a_full_disk_costs_no_answer() -> None:
    def keep(*_: object) -> None:
        raise OSError("no space left on device")

    assert Host().live(keep=keep).ask(ONE, REQUEST).events
