"""F1: whatever becomes of a provider, the caller has an error of ours, and the others go on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from infra.rigs.faults import FAULTS, fault_proxy
from sabiscore.domain.facts import Kind
from sabiscore.errors import SourceUnavailable
from sabiscore.fetching.fetch import FactFetcher
from sabiscore.fetching.live import FleetState, LiveFetcher
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.net.breaker import PROVIDER_POLICY
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.net.client import Client
from sabiscore.net.provider_client import RetryPolicy
from sabiscore.net.quota import QuotaPlan
from sabiscore.sources.base import Provider, Request, Wanted
from sabiscore.sources.registry import Declared, declare
from tests.support.cas_stores import Hands
from tests.support.providers import Made, body, wanted

DEADLINE_S = 0.4
ALONE = RetryPolicy(DEADLINE_S, DEADLINE_S, attempts=1)
HEALTHY = Made("healthy", leagues=("epl",))


def every() -> dict[str, Declared]:
    """All declared sources, with a made-up key or feed for each that needs one."""
    needed = {name for source in declare({}) for name in source.needs}
    environ = {
        name: "https://feeds.example.com/day.json" if name.endswith("_URL") else f"key-{name.lower()}"
        for name in needed
    }
    return {source.provider.name: source for source in declare(environ)}


EVERY = every()


class Upstream(BaseHTTPRequestHandler):
    """A provider that answers everything with some JSON of two kilobytes."""

    def do_GET(self) -> None:
        body_ = (
            body("epl") if self.path.startswith("/v1/epl") else json.dumps({"made": ["up"] * 300}).encode()
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(body_)))
        self.end_headers()
        self.wfile.write(body_)

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upstream) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def first_request(provider: Provider) -> Request:
    """Something that the provider would be asked for."""
    today = datetime.now(UTC).date()
    for kind in sorted(provider.gives):
        asked = Wanted(frozenset({kind}), ("epl",), today, today + timedelta(days=7))
        if found := provider.requests(asked, datetime.now(UTC)):
            return found[0]
    raise AssertionError(f"{provider.name} asks for nothing")


def live(client: Client, hands: Hands, patience: RetryPolicy = ALONE, **elsewhere: int) -> LiveFetcher:
    """Gates to the providers at these ports of this machine."""
    registers = FleetState(MemoryCasStore(), MemoryCasStore())
    secrets = {name: f"key-{name.lower()}" for source in EVERY.values() for name in source.needs}
    return LiveFetcher(
        client,
        registers,
        hands,
        secrets=secrets,
        plans={source.provider.name: source.plan for source in EVERY.values() if source.plan},
        patience=patience,
        elsewhere={name: f"http://127.0.0.1:{port}" for name, port in elsewhere.items()},
    )


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_of_every_provider_is_an_error_without_its_key(
    upstream: int, name: str, fault: str
) -> None:
    """Slow faults outlast the deadline by far and then end well: only the deadline makes them errors."""
    provider = EVERY[name].provider
    with Client() as client, fault_proxy(upstream) as proxy:
        proxy.fault = fault
        fetcher = live(client, Hands(), **{name: proxy.port})
        with pytest.raises(SourceUnavailable) as caught:
            fetcher.ask(provider, first_request(provider))
        assert "key-" not in f"{caught.value}{caught.value.hint}"
        assert proxy.requests == (0 if fault == "refuse" else 1)


@pytest.mark.parametrize("fault", ["black_hole", "drip", "200_html", "500_html", "429_date"])
def test_while_one_fails_the_other_tells_and_the_first_is_soon_left_alone(upstream: int, fault: str) -> None:
    hands, broken = Hands(), Made("broken", leagues=("epl",))
    records = SourceHealth(MemoryCasStore(), hands)
    preference: dict[Kind, tuple[str, ...]] = {"odds": ("broken", "healthy")}
    with Client() as client, fault_proxy(upstream) as proxy:
        proxy.fault = fault
        fetcher = live(client, hands, broken=proxy.port, healthy=upstream)
        for _ in range(PROVIDER_POLICY.failures + 3):
            gatherer = FactFetcher([broken, HEALTHY], preference, fetcher, records, hands)
            won = gatherer.gather(wanted(kinds=frozenset({"odds"}))).won["odds", "epl"]
            assert (won.source, won.instead_of) == ("healthy", ("broken",))
        asked = proxy.requests
        assert asked == (1 if fault == "429_date" else PROVIDER_POLICY.failures)
        hands.move(86_400 if fault == "429_date" else PROVIDER_POLICY.open_s)
        proxy.fault = "none"
        assert gatherer.gather(wanted(kinds=frozenset({"odds"}))).won["odds", "epl"].source == "broken"
        assert proxy.requests == asked + 1
    assert records.read("broken").fetches == 1
    assert records.read("healthy").failures == 0


def test_a_slow_provider_costs_the_others_nothing(upstream: int) -> None:
    slow = Made("slow", leagues=("epl",))
    preference: dict[Kind, tuple[str, ...]] = {"odds": ("slow",), "fixtures": ("healthy",)}
    hands = Hands()
    with Client() as client, fault_proxy(upstream) as proxy:
        proxy.fault = "black_hole"
        fetcher = live(client, hands, slow=proxy.port, healthy=upstream)
        found = FactFetcher(
            [slow, HEALTHY], preference, fetcher, SourceHealth(MemoryCasStore(), hands), hands
        ).gather(wanted())
    assert found.won["fixtures", "epl"].source == "healthy"
    assert found.missing == (("odds", "epl"),)


def test_every_attempt_is_counted_and_a_failure_is_tried_again_within_the_quota(upstream: int) -> None:
    made = Made("made", leagues=("epl",))
    hands, registers = Hands(), FleetState(MemoryCasStore(), MemoryCasStore())
    with Client() as client, fault_proxy(upstream) as proxy, stamina.set_testing(True, attempts=3):
        proxy.fault = "500_html"
        fetcher = LiveFetcher(
            client,
            registers,
            hands,
            secrets={},
            plans={"made": QuotaPlan(4, "month", reserve=0.0)},
            patience=RetryPolicy(10.0, 2.0),
            elsewhere={"made": f"http://127.0.0.1:{proxy.port}"},
        )
        request = made.requests(wanted(), hands.now())[0]
        with pytest.raises(SourceUnavailable, match="answered 500"):
            fetcher.ask(made, request)
        quota = fetcher.quota("made")
        assert quota is not None
        assert (proxy.requests, quota.standing().used) == (2, 2)  # the middle of the month: two of four
