"""One case of ``infra.bench.growth``, in a process of its own: builds a data folder, or measures a step.

``python -P growth_case.py build DIR --seasons N``, ``… build DIR --matches N`` and ``… STEP DIR``. It imports
what every build has alone, so that the interpreter of another checkout can run it.
A step prints ``{"seconds": processor time, "peak_mb": the most memory}``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from infra.bench.processes import peak_mib
from sabiscore.bootstrap.job_context import open_job_context
from sabiscore.clock import FixedClock
from sabiscore.domain.league import SERVED
from sabiscore.domain.odds import OUTCOMES, OutcomeProbabilities
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.registry import run_job
from sabiscore.ledger.entry import Seal, SettledOutcome
from sabiscore.settings import read_settings
from sabiscore.store.bets import Bet
from sabiscore.store.observations import Observation
from sabiscore.store.snapshots import Snapshot

BEGIN = datetime(2005, 8, 13, 15, tzinfo=UTC)
WEEKS, MATCHES_A_WEEK, DAYS_A_WEEK = 38, 46, 5
"""Of a season of five leagues: 1,748 matches on 190 days."""
BET_ON_EVERY = 4
BUNDLES = ("1.0.0",)
LEAGUES = ("epl", "bundesliga", "la-liga", "serie-a", "ligue-1")
GOALS = ((1, 0), (1, 1), (0, 1))
DAYS_AHEAD, CLUBS = 13, 60
"""Of coming matches: the days that are published, and clubs a league, each once a day."""
BOOKS, QUOTES = ("b365", "ps", "wh"), 4
MARGIN = 0.94
RUN_EVERY = timedelta(minutes=5)
WEEK, YEAR = timedelta(days=7), timedelta(days=364)


def build(data_dir: Path, seasons: int) -> None:
    """A ledger with ``seasons`` seasons sealed and settled, their bets, and one run of ``calibrate``."""
    with opened(data_dir) as (context, clock):
        for season in range(seasons):
            for week in range(WEEKS):
                play_week(context, clock, season, week)
        _run(context, "calibrate")


def play_week(context: JobContext, clock: FixedClock, season: int, week: int) -> None:
    """Seals the matches of a week an hour before they begin and settles them after the last."""
    begin = BEGIN + season * YEAR + week * WEEK
    rng = np.random.default_rng((season, week))
    seals = [_seal(rng, season, week, number, begin) for number in range(MATCHES_A_WEEK)]
    clock.at = begin - timedelta(minutes=30)
    context.ledger.seal(seals, clock.at)
    bets = [_bet(seal, clock.at) for seal in seals[::BET_ON_EVERY]]
    context.bets.open(bets)
    clock.at = begin + WEEK - timedelta(hours=1)
    entries = {entry.content["match"]: entry.hash for entry in context.ledger.of(s.match_id for s in seals)}
    outcomes = {seal.match_id: int(rng.choice(3, p=_truth(seal))) for seal in seals}
    context.ledger.settle(
        [
            SettledOutcome(
                match_id=seal.match_id,
                bundle=seal.bundle,
                kickoff_at=seal.kickoff_at,
                seal=entries[seal.match_id],
                goals=GOALS[outcomes[seal.match_id]],
                close=seal.p,
                source="made up",
            )
            for seal in seals
        ],
        clock.at,
    )
    won = {bet.key: (OUTCOMES.index(bet.outcome) == outcomes[bet.match_id], bet.probability) for bet in bets}
    context.bets.settle(won, clock.at)


def _seal(rng: np.random.Generator, season: int, week: int, number: int, begin: datetime) -> Seal:
    p, early = _probabilities(rng), _probabilities(rng)
    return Seal(
        match_id=f"{LEAGUES[number % len(LEAGUES)]}-s{season:02}-w{week:02}-{number:02}",
        league=LEAGUES[number % len(LEAGUES)],
        kickoff_at=begin + timedelta(days=number % DAYS_A_WEEK),
        stage="hour",
        bundle=BUNDLES[0],
        p=p,
        raw=p,
        calibration=(),
        features="0" * 64,
        early=early,
        odds={"b365": tuple(0.95 / x for x in early)},
        priced_at=begin - timedelta(hours=2),
        source="made up",
    )


def _probabilities(rng: np.random.Generator) -> OutcomeProbabilities:
    strength = rng.normal(0.25, 0.75)
    powers = np.exp([strength, -0.15, -strength])
    home, draw, away = (float(x) for x in powers / powers.sum())
    return home, draw, away


def _truth(seal: Seal) -> OutcomeProbabilities:
    """What the match really gives: nearly what was sealed, exactly summing to 1."""
    home, draw, away = seal.p
    return home, draw, 1 - home - draw if away else 0.0


def _bet(seal: Seal, at: datetime) -> Bet:
    return Bet(
        match_id=seal.match_id,
        outcome=OUTCOMES[0],
        bundle=seal.bundle,
        league=seal.league,
        kickoff_at=seal.kickoff_at,
        opened_at=at,
        book="b365",
        odds=1.05 / seal.p[0],
        probability=seal.p[0],
        quality="VALUE",
        stake_fraction=0.01,
        seen_odds=1.05 / seal.p[0],
    )


def build_coming(data_dir: Path, matches: int) -> None:
    """``matches`` coming matches with their prices, published by a run of ``odds``, and a made-up bundle."""
    from infra.rigs.made_up import made_up_bundle  # what it fits with is none of the memory of a step

    made_up_bundle(data_dir)
    with opened(data_dir) as (context, clock):
        coming = [_coming(number, clock.at) for number in range(matches)]
        context.observations.add(coming)
        context.snapshots.add(
            price for n, match in enumerate(coming) for price in _prices(n, match, clock.at)
        )
        _run(context, "odds", sentence=f"{matches} matches published")


def _coming(number: int, now: datetime) -> Observation:
    """The match of this number: a round of a league each day, in which a club plays once."""
    number, league = divmod(number, len(SERVED))
    place, day = divmod(number, DAYS_AHEAD)
    # The circle method: all but the last club move on each day, and meet across the circle.
    others = CLUBS - 1
    home, away = ((day + place) % others, (day - place) % others) if place else (others, day)
    key, kickoff_at = SERVED[league].key, now + timedelta(days=day + 1)
    return Observation(
        league=key,
        season="0506",
        day=kickoff_at.date(),
        home=f"{key}-{home}",
        away=f"{key}-{away}",
        status="scheduled",
        source="made up",
        known_at=now - timedelta(days=2),
        kickoff_at=kickoff_at,
    )


def _prices(number: int, match: Observation, now: datetime) -> Iterator[Snapshot]:
    fair = _probabilities(np.random.default_rng(number))
    for quote in range(QUOTES):
        for book in BOOKS:
            yield Snapshot(
                match_id=match.match_id,
                market="1x2",
                book=book,
                odds=tuple((MARGIN - quote / 1000) / p for p in fair),
                quoted_at=now - timedelta(hours=1 + QUOTES - quote),
                source="made up",
                fetched_at=now - timedelta(hours=1),
            )


@contextmanager
def opened(data_dir: Path) -> Iterator[tuple[JobContext, FixedClock]]:
    """A job context over ``data_dir``, and the clock it goes by."""
    data_dir.mkdir(parents=True, exist_ok=True)
    clock = FixedClock(BEGIN)
    with open_job_context(read_settings({"SABISCORE_HOME": str(data_dir)}), clock, "simulated") as context:
        yield context, clock


def calibrate(context: JobContext, clock: FixedClock) -> Callable[[], object]:
    """``cron calibrate`` of a fresh process after one more week."""
    settled = context.ledger.head()
    week = next(n for n in range(10_000) if not _was_played(context, n))
    play_week(context, clock, *divmod(week, WEEKS))
    if context.ledger.head() == settled:
        raise RuntimeError("The week added nothing.")
    return lambda: _run(context, "calibrate")


def idle(context: JobContext, clock: FixedClock) -> Callable[[], object]:
    """``cron calibrate`` of a fresh process with nothing new."""
    clock.at = datetime(2040, 1, 1, tzinfo=UTC)
    return lambda: _run(context, "calibrate", sentence="Nothing is new.")


def unsettled(context: JobContext, clock: FixedClock) -> Callable[[], object]:  # noqa: ARG001 - as every step
    """What ``cron stats`` asks of the ledger before it settles."""
    return lambda: context.ledger.unsettled(datetime(2040, 1, 1, tzinfo=UTC))


def cleanup(context: JobContext, clock: FixedClock) -> Callable[[], object]:
    """``cron cleanup`` the day after one that archived what is old and restored a backup."""
    clock.at = datetime(2040, 1, 1, 2, tzinfo=UTC)
    _run(context, "cleanup")
    clock.at += timedelta(days=1)
    return lambda: _run(context, "cleanup")


def odds_fresh(context: JobContext, clock: FixedClock) -> Callable[[], object]:
    """``cron odds`` of a fresh process with nothing new."""
    clock.at += RUN_EVERY
    return lambda: _run(context, "odds", sentence="(0 changed)")


def odds_warm(context: JobContext, clock: FixedClock) -> Callable[[], object]:
    """The same of a process that has run it once."""
    odds_fresh(context, clock)()
    return odds_fresh(context, clock)


STEPS = {step.__name__: step for step in (idle, calibrate, unsettled, cleanup, odds_fresh, odds_warm)}
"""In the order in which they can share a data folder."""


def measured(data_dir: Path, step: str) -> dict[str, float | None]:
    """The figures of one step; memory is that of the whole process."""
    with opened(data_dir) as (context, clock):
        work = STEPS[step](context, clock)
        began = time.process_time()
        work()
        seconds = time.process_time() - began
    return {"seconds": seconds, "peak_mb": peak_mib()}


def _was_played(context: JobContext, week: int) -> bool:
    season, of_season = divmod(week, WEEKS)
    return bool(context.ledger.of([f"epl-s{season:02}-w{of_season:02}-00"]))


def _run(context: JobContext, job: str, sentence: str = "") -> None:
    report = run_job(job, context)
    if report.outcome != "done" or sentence not in report.done.sentence:
        raise RuntimeError(f"The run did not end well: {report}")


def main() -> None:
    """Builds or measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", choices=["build", *STEPS])
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--seasons", type=int, default=1)
    parser.add_argument("--matches", type=int, help="Coming matches, in place of seasons on record.")
    given = parser.parse_args()
    if given.step == "build" and given.matches is not None:
        build_coming(given.data_dir, given.matches)
    elif given.step == "build":
        build(given.data_dir, given.seasons)
    else:
        print(json.dumps(measured(given.data_dir, given.step)))


if __name__ == "__main__":
    main()
