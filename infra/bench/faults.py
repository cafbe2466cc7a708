"""How soon readers and jobs go on under every fault of what they depend on (lines F1 and F2).

``python -m infra.bench.faults``. F1: each dependency is called through a proxy that spoils it; the figure is
what the worst fault takes beyond the call's deadline. F2: a function over a spoilt shared cache, beside a
function without any: what a request costs more while the cache is asked, and once it is asked no more.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from statistics import median

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.function import INSIGHT, insights_function, scratch_data_dir
from infra.rigs.faults import FAULTS, Fault, FaultProxy, fault_proxy
from infra.rigs.part import HOST
from infra.rigs.redis import RedisRig, shared_cache
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.breaker import TIER_POLICY
from sabiscore.cache.upstash_calls import BlockingUpstashCalls
from sabiscore.errors import SabiScoreError
from sabiscore.http.signatures import signed_headers
from sabiscore.net.client import Client
from sabiscore.net.edge import EdgeClient
from sabiscore.net.upstash_cas_store import UpstashCasStore

BEYOND_DEADLINE_MS, PENALTY_MS, OPEN_PENALTY_MS = 100.0, 60.0, 6.0
CALL_DEADLINE_S = 0.3
TRIES = 3
"""Another process can only make a call later, so the soonest of a few counts."""
READS = 30
PAUSED = 2
"""Reads of a fault that may have met a pause of the machine: the next slowest counts."""
SECRET = "whsec_" + "YmVuY2hl" * 4

Call = Callable[[int], None]
"""Calls a dependency at this port; raises SabiScoreError when it cannot be had."""


@dataclass(frozen=True, slots=True)
class Reads:
    """Milliseconds of reads under one fault, in order; what was asked of the cache, and other answers."""

    took_ms: Sequence[float]
    asked: int
    strange: int

    @property
    def while_asked_ms(self) -> float:
        return sorted(self.took_ms)[-1 - PAUSED]

    @property
    def once_open_ms(self) -> float:
        return median(self.took_ms)


def measure() -> Measurement:
    """All figures of both lines."""
    with shared_cache() as shared, scratch_data_dir() as folder:
        late = _late_ms(shared)
        without = _reads(folder, {}, None)
        under = {fault: _under(folder, shared, fault) for fault in FAULTS}
    return figures(late, without, under)


def figures(late: dict[str, float], without: Reads, under: dict[Fault, Reads]) -> Measurement:
    """The figures of calls ``late`` by so many ms, and of reads ``without`` a cache and ``under`` faults."""
    usual_ms = median(without.took_ms)
    costliest = max(under, key=lambda fault: under[fault].while_asked_ms)
    asked_ms = under[costliest].while_asked_ms - usual_ms
    open_ms = max(reads.once_open_ms for reads in under.values()) - usual_ms
    strange = sum(reads.strange for reads in under.values())
    calls = max(reads.asked for reads in under.values())
    tries = f"the worst of {len(FAULTS)} faults each, the soonest of {TRIES} tries where the first is late"
    cost = f"{usual_ms:.1f} ms without a cache; {costliest} costs most"
    return Measurement(
        [
            *(
                BoundCheck(
                    id="F1",
                    what=f"{name}, beyond its deadline",
                    value=ms,
                    sense="≤",
                    bound=BEYOND_DEADLINE_MS,
                    unit="ms",
                )
                for name, ms in late.items()
            ),
            BoundCheck(id="F1", what="answers other than 200", value=strange, sense="=", bound=0),
            BoundCheck(
                id="F2",
                what="cache dead, a request more",
                value=asked_ms,
                sense="≤",
                bound=PENALTY_MS,
                unit="ms",
            ),
            BoundCheck(
                id="F2",
                what="breaker open, a request more",
                value=open_ms,
                sense="≤",
                bound=OPEN_PENALTY_MS,
                unit="ms",
            ),
            BoundCheck(
                id="F2",
                what="calls until the breaker opens",
                value=calls,
                sense="≤",
                bound=TIER_POLICY.failures,
            ),
        ],
        [f"F1: {tries}.", f"F2: {cost}; {READS} reads a fault, the {PAUSED} slowest left out."],
    )


def call_provider(port: int) -> None:
    """Asks for a document, as a source of ours is asked."""
    with Client(deadline_s=CALL_DEADLINE_S) as client:
        json.loads(client.fetch(f"http://{HOST}:{port}/", max_bytes=100_000))


def call_edge(port: int) -> None:
    """Declares the odds out of date."""

    def sign(body: bytes) -> dict[str, str]:
        return signed_headers([SECRET], body, datetime.now(UTC))

    asyncio.run(EdgeClient(f"http://{HOST}:{port}", sign, CALL_DEADLINE_S).purge(("odds",), ()))


def call_register(port: int) -> None:
    """Reads a text of the fleet's register."""
    with closing(BlockingUpstashCalls(f"http://{HOST}:{port}", TOKEN, CALL_DEADLINE_S)) as calls:
        UpstashCasStore(calls).read("bench")


def _late_ms(shared: RedisRig) -> dict[str, float]:
    """Milliseconds beyond the deadline of every dependency's worst fault.

    Calls are made by a process of their own, whose interpreter the proxy does not share.
    """
    with _json_server() as port, ProcessPoolExecutor(1, mp_context=get_context("spawn")) as caller:
        calls = (("a provider", call_provider, port), ("the edge", call_edge, port))
        return {
            name: _worst_ms(caller, call, upstream)
            for name, call, upstream in (*calls, ("the register", call_register, shared.port))
        }


@contextmanager
def _json_server() -> Iterator[int]:
    """The port of a server that answers everything with two kilobytes of JSON."""
    body = json.dumps({"purged": ["odds"], "made": ["up"] * 300}).encode()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815 - a name that http.server looks for

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer((HOST, 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


def _worst_ms(caller: Executor, call: Call, upstream: int) -> float:
    """What the worst fault takes beyond the deadline; below 0 when every call ends before it."""
    caller.submit(soonest_ms, call, upstream, TRIES).result()  # imports are no part of a deadline
    worst_ms = float("-inf")
    with fault_proxy(upstream) as proxy:
        for fault in FAULTS:
            proxy.fault = fault
            took_ms = caller.submit(soonest_ms, call, proxy.port, TRIES).result()
            worst_ms = max(worst_ms, took_ms - 1e3 * CALL_DEADLINE_S)
    return worst_ms


def soonest_ms(call: Call, port: int, tries: int) -> float:
    """The least milliseconds of a call in ``tries``, the first of which is enough when it is in time."""
    soonest = float("inf")
    for _ in range(tries):
        began = time.perf_counter()
        with suppress(SabiScoreError, ValueError):  # the errors of a fault, and of what is no JSON
            call(port)
        soonest = min(soonest, 1e3 * (time.perf_counter() - began))
        if soonest <= 1e3 * CALL_DEADLINE_S + BEYOND_DEADLINE_MS:
            break
    return soonest


def _under(folder: Path, shared: RedisRig, fault: Fault) -> Reads:
    """Reads of a fresh process whose shared cache suffers ``fault``."""
    with fault_proxy(shared.port) as proxy:
        url = f"http://{HOST}:{proxy.port}"
        return _reads(folder, {**shared.settings, "UPSTASH_REDIS_REST_URL": url}, proxy, fault)


def _reads(folder: Path, settings: dict[str, str], proxy: FaultProxy | None, fault: Fault = "none") -> Reads:
    """Reads past the memory of a process, which has answered before the fault began."""
    with insights_function(folder, **settings) as function:
        connection = HTTPConnection(HOST, function.port, timeout=30)
        try:
            for _ in range(5):
                _read(connection)
            if proxy is not None:
                proxy.fault = fault
            before = proxy.requests if proxy else 0
            answers = [_read(connection) for _ in range(READS)]
            asked = proxy.requests - before if proxy else 0
        finally:
            connection.close()
    return Reads([ms for _, ms in answers], asked, sum(status != 200 for status, _ in answers))


def _read(connection: HTTPConnection) -> tuple[int, float]:
    """(status, milliseconds)."""
    began = time.perf_counter()
    connection.request("GET", INSIGHT, headers={"Cache-Control": "no-cache"})
    answer = connection.getresponse()
    answer.read()
    return answer.status, 1e3 * (time.perf_counter() - began)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.faults", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())
