"""Every line of the reliability bar that is a time or a rate and that one machine can show.

``python -m infra.bench.load [LINE ...]``. All of them take fifty minutes; leave the machine alone meanwhile.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from infra.bench import (
    bombs,
    cold_start,
    connections,
    faults,
    goal,
    hits,
    match_day,
    news,
    odds_run,
    opening,
    overload,
    soak,
    store,
)  # fmt: skip
from infra.bench.check import Measurement, finish, joined, options


@dataclass(frozen=True, slots=True)
class Bench:
    """A module of ``infra/bench``, and the lines that it holds."""

    module: str
    lines: tuple[str, ...]
    about: str
    measure: Callable[[], Measurement]


BENCHES = (
    Bench("hits", ("L1", "L2", "L3"), "what a warm hit costs", lambda: hits.measure(rounds=9, seconds=3)),
    Bench("cold_start", ("L4",), "cold starts over a bare function's", cold_start.checked),
    Bench("overload", ("L10",), "three times what a process can do", lambda: overload.measure(3, 8)),
    Bench("connections", ("L11",), "10,000 connections to a CDN", lambda: connections.measure(3, 15)),
    Bench("faults", ("F1", "F2"), "deadlines and penalties under every fault", faults.measure),
    Bench("store", ("F7",), "PostgreSQL restarted under load", lambda: store.measure(restarts=5)),
    Bench("bombs", ("B9",), "what is made to break parsers", bombs.measure),
    Bench("news", ("news",), "a new answer at the edge after a signed call", lambda: news.measure(rounds=3)),
    Bench("goal", ("goal",), "a goal from the store to a reader in its room", goal.measure),
    Bench(
        "opening", ("open",), "a list of a full week on a phone, with and without a network", opening.measure
    ),
    Bench("odds_run", ("odds",), "a run of cron/odds over a full match week", odds_run.measure),
    Bench("match_day", ("L8",), "ten minutes of a match day", lambda: match_day.measure(60, 1200, 1.0)),
    Bench("soak", ("L9",), "half an hour of `up --schedules` and the edge", lambda: soak.measure(30, 10)),
)
"""The longest comes last."""
LINES = tuple(line for bench in BENCHES for line in bench.lines)


def measure(lines: Sequence[str] = LINES) -> Measurement:
    """The figures of every bench that holds one of ``lines``."""
    return joined([bench.measure() for bench in BENCHES if not set(lines).isdisjoint(bench.lines)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.load", __doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = "\n".join(
        ["what holds which line (`python -m infra.bench.MODULE --help` has its own options):", *_listed()]
    )
    parser.add_argument("lines", nargs="*", metavar="LINE", help="Only these, such as L1 F2; all by default.")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.lines) - set(LINES)):
        parser.error(f"no bench holds {' '.join(unknown)}; there are {' '.join(LINES)}")
    return finish(lambda: measure(given.lines or LINES), given.json)


def _listed() -> list[str]:
    return [f"  {' '.join(bench.lines):<10} {bench.module:<12} {bench.about}" for bench in BENCHES]


if __name__ == "__main__":
    sys.exit(main())
