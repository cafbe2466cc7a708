"""Cold starts as ratios to a bare function's, in one run (line L4 of the reliability bar).

A cold start is the time from starting a process to its first response through Lambda's own runtime
client. Runs of all cases take turns, so that whatever else the machine does falls on all alike, and
medians are compared: ``python -m infra.bench.cold_start --home .sabiscore/real``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.bench.check import BoundCheck, Measurement
from infra.bench.function import scratch_data_dir as made_up
from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import Image, first_answer
from sabiscore.errors import NothingPublished, SabiScoreError, Unavailable
from sabiscore.publication.publish import read
from sabiscore.settings import read_settings

BARE_FUNCTION = "bare"
ROUNDS = 11


@dataclass(frozen=True, slots=True)
class Case:
    """A handler and the first event it gets; ``limit`` is the greatest ratio to the bare function."""

    name: str
    handler: str
    event: Mapping[str, Any]
    limit: float


@dataclass(frozen=True, slots=True)
class ColdStartFigure:
    """The median cold start of one case, in milliseconds, and how many bare functions that is."""

    name: str
    median_ms: float
    least_ms: float
    ratio: float
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the ratio keeps within its limit."""
        return self.ratio <= self.limit


@dataclass(frozen=True, slots=True)
class ColdStartReport:
    """All figures of one run, the bare function's first."""

    runtime: str
    rounds: int
    figures: tuple[ColdStartFigure, ...]

    @property
    def holds(self) -> bool:
        """Whether every case keeps within its limit."""
        return all(figure.holds for figure in self.figures)

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {**asdict(self), "holds": self.holds}

    def lines(self) -> Iterator[str]:
        """The report as text, one line a case."""
        yield f"cold start, {self.runtime}, medians of {self.rounds} runs in turn"
        for figure in self.figures:
            verdict = (
                ""
                if figure.name == BARE_FUNCTION
                else f" ≤ {figure.limit:g}"
                if figure.holds
                else " TOO SLOW"
            )
            yield f"  {figure.name:<18}{figure.median_ms:>8.1f} ms {figure.ratio:>6.2f} ×{verdict}"


def cases(match_id: str) -> tuple[Case, ...]:
    """What line L4 asks for. The hit is a document for which nothing needs predicting."""
    return (
        Case(BARE_FUNCTION, "bare.handler", event("GET", "/"), 1.0),
        Case("health", "functions/health.handler", event("GET", "/health/live"), 5.0),
        Case("insights hit", "functions/insights.handler", event("GET", "/api/v1/leagues"), 9.0),
        Case(
            "insights miss",
            "functions/insights.handler",
            event("GET", f"/api/v1/insights/{match_id}", route="GET /api/v1/insights/{match_id}"),
            15.0,
        ),
    )


def measure(data_dir: Path, *, rounds: int = ROUNDS, use: Image | None = None) -> ColdStartReport:
    """Cold starts of every case over the bundle and publication in ``home``.

    Raises NothingPublished when ``home`` holds none, Unavailable when a case answers other than 200.
    """
    use = use or image()
    wanted = cases(a_match(data_dir))
    environ = {"SABISCORE_HOME": str(data_dir.resolve()), "SABISCORE_LOG_LEVEL": "WARNING"}
    seconds: dict[str, list[float]] = {case.name: [] for case in wanted}
    for _ in range(rounds):
        for case in wanted:
            seconds[case.name].append(_cold_start_s(use, case, environ))
    return report(use.target.runtime, wanted, seconds)


def checked(rounds: int = ROUNDS) -> Measurement:
    """Line L4 over a made-up home."""
    with made_up() as folder:
        found = measure(folder, rounds=rounds)
    checks = [
        BoundCheck(
            id="L4",
            what=f"cold start over a bare one, {figure.name}",
            value=figure.ratio,
            sense="≤",
            bound=figure.limit,
            unit="×",
        )
        for figure in found.figures
        if figure.name != BARE_FUNCTION
    ]
    bare_ms = found.figures[0].median_ms
    return Measurement(
        checks, [f"L4: {found.runtime}, medians of {found.rounds} in turn, bare {bare_ms:.0f} ms."]
    )


def report(runtime: str, wanted: Sequence[Case], seconds: Mapping[str, Sequence[float]]) -> ColdStartReport:
    """The figures of ``seconds``, case by case."""
    bare_s = statistics.median(seconds[BARE_FUNCTION])
    figures = []
    for case in wanted:
        median_s = statistics.median(seconds[case.name])
        least_ms = min(seconds[case.name]) * 1e3
        figures.append(ColdStartFigure(case.name, median_s * 1e3, least_ms, median_s / bare_s, case.limit))
    return ColdStartReport(runtime, min(map(len, seconds.values())), tuple(figures))


def a_match(data_dir: Path) -> str:
    """The id of a published match that is priced, else of any."""
    folder = read_settings({"SABISCORE_HOME": str(data_dir)}).publication
    matches = read(folder).matches
    if not matches:
        raise NothingPublished(f"{folder} holds no coming match.", hint="Run `sabiscore up` once.")
    return next((key for key, match in matches.items() if match.prices), next(iter(matches)))


def _cold_start_s(use: Image, case: Case, environ: Mapping[str, str]) -> float:
    answer = first_answer(use, case.handler, case.event, environ)
    if answer.status != 200:
        raise Unavailable(
            f"{case.name} answered {answer.status}: {answer.response.get('body')}",
            hint="Cold starts are measured over a working data folder; see `sabiscore up`.",
        )
    return answer.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 when every ratio holds."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.cold_start", description=__doc__)
    parser.add_argument("--home", type=Path, default=read_settings().data_dir)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        found = measure(given.home, rounds=given.rounds)
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    print(json.dumps(found.as_json(), indent=2) if given.json else "\n".join(found.lines()))
    return 0 if found.holds else 1


if __name__ == "__main__":
    sys.exit(main())
