"""Predictions sealed and settled on a context's own ledger, block by block, with the job run after each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import Calibration
from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.history import Floats
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.ledger.entry import Seal, SettledOutcome
from sabiscore.publication.corrections import read_corrections
from sabiscore.settings import read_settings

BEGIN = datetime(2024, 8, 17, 15, tzinfo=UTC)
BLOCK = 25
GOALS = ((1, 0), (1, 1), (0, 1))


@dataclass(frozen=True, slots=True)
class Played:
    """What readers were told [n, 3], the correction in use when each match was sealed, and what runs said."""

    p: Floats
    used: tuple[Calibration, ...]
    problems: tuple[str, ...]


@contextmanager
def context_at(folder: Path, database_url: str = "") -> Iterator[tuple[JobContext, FixedClock]]:
    """A job context over an empty home, and the clock it goes by."""
    environ = {"SABISCORE_HOME": str(folder / "simulated")}
    clock = FixedClock(BEGIN)
    settings = read_settings({**environ, "DATABASE_URL": database_url} if database_url else environ)
    settings.data_dir.mkdir(parents=True)
    with open_job_context(settings, clock, "simulated") as context:
        yield context, clock


def play(
    context: JobContext,
    clock: FixedClock,
    raw: Floats,
    y: Sequence[int],
    *,
    bundle: str = "1.0.0",
    begin: datetime = BEGIN,
    close: OutcomeProbabilities | None = None,
) -> Played:
    """Seals and settles every match with what live calibration makes of ``raw``; a block a day."""
    corrected: list[OutcomeProbabilities] = []
    used: list[Calibration] = []
    problems: list[str] = []
    for first in range(0, len(raw), BLOCK):
        kickoff = begin + timedelta(days=first // BLOCK)
        clock.at = kickoff - timedelta(minutes=30)
        live = read_corrections(context.publication_dir).of(bundle).calibration
        numbers = () if live.is_identity else (*(live.matrix[k][k] for k in range(3)), *live.bias)
        seals = []
        for n in range(first, min(first + BLOCK, len(raw))):
            corrected.append(live.apply(raw[n]))
            used.append(live)
            seals.append(
                seal(
                    n,
                    kickoff,
                    bundle=bundle,
                    p=corrected[-1],
                    raw=(raw[n][0], raw[n][1], raw[n][2]),
                    numbers=numbers,
                )
            )
        context.ledger.seal(seals, clock.at)
        clock.at = kickoff + timedelta(hours=2)
        open_ = context.ledger.unsettled(clock.at)
        results = [
            SettledOutcome(
                match_id=item.match_id,
                bundle=bundle,
                kickoff_at=kickoff,
                seal=open_[item.match_id, bundle].hash,
                goals=GOALS[y[first + place]],
                close=close,
                source="made-up",
            )
            for place, item in enumerate(seals)
        ]
        context.ledger.settle(results, clock.at)
        report = run_job("calibrate", context)
        assert report.outcome == "done", report
        problems += report.done.problems
    return Played(np.array(corrected), tuple(used), tuple(problems))


def seal(
    n: int,
    kickoff: datetime,
    *,
    bundle: str,
    p: OutcomeProbabilities,
    raw: OutcomeProbabilities,
    numbers: tuple[float, ...] = (),
) -> Seal:
    """The prediction of made-up match number ``n``."""
    return Seal(
        match_id=f"epl-2425-a-{n}",
        league="epl",
        kickoff_at=kickoff,
        stage="hour",
        bundle=bundle,
        p=p,
        raw=raw,
        calibration=numbers,
        features="0" * 64,
        early=None,
        odds={},
        priced_at=None,
        source="made-up",
    )
