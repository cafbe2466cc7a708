"""What a visit makes the chain do: requests, commands, reads, milliseconds; what ``sabiscore cost`` counts.

``python -m infra.bench.visit``. The whole chain on this machine: the Worker in workerd, a real Redis behind
Upstash's REST API, the functions. Relays before the Worker and before the functions count requests, Redis
counts its commands (those that a script calls too, as Upstash counts them), and Linux processor time. Readers
come one after the other, each with an address and a browser of its own; for the first all is made.

A visit to the pages opens the start page and the page of a match and waits until the network rests. A visit
to the API asks for ten insights within a minute.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from shutil import which
from statistics import median
from typing import TYPE_CHECKING

from infra.bench.check import options
from infra.bench.fixtures import MatchDay, match_day
from infra.bench.processes import processor_s
from infra.local.edge import LocalEdge, local_edge
from infra.rigs.part import HOST
from infra.rigs.relay import Relay, relay
from sabiscore.errors import SabiScoreError, Unavailable

if TYPE_CHECKING:
    from playwright.sync_api import Browser

READERS = 6
"""Of each kind; for the first all is made."""
INSIGHTS = 10
HITS, HITS_A_READER = 3000, 500
"""Hits whose processor time is taken, and how many of them have the same address: fewer than the limit."""
CALLS = re.compile(r"^cmdstat_(\S+):calls=(\d+)", re.MULTILINE)
NOT_OURS = {"info", "config|resetstat", "ping", "hello", "client|setinfo"}
FAR = ("detail=kv", "detail=upstash", "detail=origin")
"""Where KV was asked too."""
NOT_KEPT_BY_BROWSERS = ("/api/", "/match/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What one visit made each service do; bytes are those that left the functions."""

    worker_requests: float
    durable_object_requests: float
    kv_reads: float
    upstash_commands: float
    function_requests: float
    function_bytes: float


@dataclass(frozen=True, slots=True)
class Chain:
    """The running chain with the relay before the Worker and that before the functions."""

    edge: LocalEdge
    front: Relay
    back: Relay

    def counted(self, visit: Callable[[], None]) -> Visit:
        """What ``visit`` makes the chain do."""
        self.front.clear()
        self.back.clear()
        self.edge.shared.run("CONFIG", "RESETSTAT")
        visit()
        return Visit(
            worker_requests=len(self.front.targets),
            # An isolate asks the log of purges at most once for each request that is no static file.
            durable_object_requests=sum(map(is_dynamic, self.front.targets)),
            kv_reads=sum(status.endswith(FAR) for status in self.front.statuses),
            upstash_commands=commands(self.edge.shared.run("INFO", "commandstats")),
            function_requests=len(self.back.targets),
            function_bytes=self.back.received,
        )


def is_dynamic(target: str) -> bool:
    """Whether the Worker answers ``target`` from its tiers, and not with a static file.

    >>> is_dynamic("/?day=2026-11-28"), is_dynamic("/api/v1/leagues"), is_dynamic("/page-1a2b.js")
    (True, True, False)
    """
    path = target.partition("?")[0]
    return path == "/" or path.startswith(NOT_KEPT_BY_BROWSERS)


def commands(stats: str) -> int:
    r"""The commands that Redis counts in ``stats``, those inside scripts too, without this measurement's own.

    >>> commands("cmdstat_eval:calls=2,usec=9\ncmdstat_get:calls=4,usec=3\ncmdstat_info:calls=1,usec=80")
    6
    """
    return sum(int(calls) for name, calls in CALLS.findall(stats) if name not in NOT_OURS)


def page_visit(browser: Browser, url: str, match_id: str, number: int) -> Callable[[], None]:
    """A reader who opens the start page and the page of a match."""

    def visit() -> None:
        context = browser.new_context(extra_http_headers=_address(number))
        try:
            page = context.new_page()
            for path in ("/", f"/match/{match_id}"):
                page.goto(url + path, wait_until="networkidle")
        finally:
            context.close()

    return visit


def api_visit(port: int, paths: Sequence[str], number: int) -> Callable[[], None]:
    """A program that asks for ten insights on a connection."""

    def visit() -> None:
        connection = HTTPConnection(HOST, port, timeout=60)
        try:
            for path in paths:
                connection.request("GET", path, headers=_address(number))
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise Unavailable(f"{path} was answered {answer.status}.")
        finally:
            connection.close()

    return visit


def _address(number: int) -> dict[str, str]:
    return {"CF-Connecting-IP": f"198.51.100.{number}"}


def cpu_ms_of_hit(chain: Chain, path: str) -> float:
    """Milliseconds of processor time that the Worker takes for a page that it has in memory."""
    worker = chain.edge.worker
    connection = HTTPConnection(HOST, worker.port, timeout=60)
    before = processor_s(worker.pid, "workerd")
    for hit in range(HITS):
        connection.request("GET", path, headers=_address(200 + hit // HITS_A_READER))
        connection.getresponse().read()
    connection.close()
    return (processor_s(worker.pid, "workerd") - before) / HITS * 1e3


def found_in_caches(visits: Sequence[Visit]) -> dict[str, float]:
    """The median of each count over visits for which no function was asked; raises Unavailable without any.

    What is made anew by the clock falls on some visits by chance, on more of them on a slow machine.
    """
    cached = [visit for visit in visits if not visit.function_requests]
    if not cached:
        raise Unavailable(
            "No visit found everything in the caches.", hint="Measure again on a quieter machine."
        )
    return {name: median(asdict(visit)[name] for visit in cached) for name in asdict(cached[0])}


def measure() -> dict[str, dict[str, float]]:
    """What a visit of each kind costs: of the first reader, for whom all is made, and of a later one."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder, relay() as front, relay() as back:
        day = match_day(Path(folder) / "home", datetime.now(UTC))
        bindings = {"ORIGIN": back.url, "REQUESTS_PER_MINUTE": "100"}
        with local_edge(day.data_dir, bindings=bindings) as edge:
            front.upstream, back.upstream = edge.worker.port, edge.functions.port
            return _of_all(Chain(edge, front, back), day)


def _of_all(chain: Chain, day: MatchDay) -> dict[str, dict[str, float]]:
    paths = day.paths[:INSIGHTS]
    programs = [chain.counted(api_visit(chain.front.port, paths, number)) for number in range(READERS)]
    browsers = _pages(chain, day)
    found = {
        "page": found_in_caches(browsers[1:]),
        "api": found_in_caches(programs[1:]),
        "first page": asdict(browsers[0]),
        "first api": asdict(programs[0]),
    }
    hit_ms = cpu_ms_of_hit(chain, f"/match/{day.matches[0].id}")
    for figures in found.values():
        figures["worker_cpu_ms"] = round(hit_ms * figures["worker_requests"], 2)
    return found


def _pages(chain: Chain, day: MatchDay) -> list[Visit]:
    from playwright.sync_api import sync_playwright

    chromium = which("chromium") or which("chromium-browser")
    if chromium is None:
        raise Unavailable("Chromium is not installed.", hint="Run: infra/setup/browser.sh")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        match_id = day.matches[0].id
        visits = (page_visit(browser, chain.front.url, match_id, 100 + number) for number in range(READERS))
        found = [chain.counted(visit) for visit in visits]
        browser.close()
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.visit", __doc__).parse_args(arguments)
    try:
        found = measure()
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    if given.json:
        print(json.dumps(found, indent=2))
        return 0
    for kind, figures in found.items():
        print(f"{kind}: " + ", ".join(f"{name} {value:g}" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
