"""Made-up histories for tests: double round robins with random goals, shots and prices, some missing."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from sabiscore.domain.league import LEAGUES
from sabiscore.domain.match import BOOKS, LINE_BOOKS, STATISTICS
from sabiscore.history import History, blank, join

PRICED = ("avg", "max", "b365", "ps")
FIRST_DAY = 16_000
TEAMS_A_LEAGUE = 8


def made_up(
    seasons: int = 3, divisions: Sequence[str] = ("E0", "E1", "SP1"), seed: int = 1, first: int = 2014
) -> History:
    """Played seasons of ``divisions``; two teams swap between E0 and E1 each season."""
    rng = np.random.default_rng(seed)
    clubs = {d: [f"{d.lower()}-{i}" for i in range(TEAMS_A_LEAGUE)] for d in divisions}
    parts = []
    for year in range(first, first + seasons):
        parts += [_season(division, year, clubs[division], rng) for division in divisions]
        if {"E0", "E1"} <= set(divisions):
            up, down = clubs["E1"][-2:], clubs["E0"][-2:]
            clubs["E0"][-2:], clubs["E1"][-2:] = up, down
    return join(parts)


def _season(division: str, year: int, clubs: Sequence[str], rng: np.random.Generator) -> History:
    rounds = _rounds(len(clubs))
    pairs = [(r, h, a) for r, pairing in enumerate(rounds) for h, a in pairing]
    history = blank(len(pairs), tuple(clubs))
    index = next(i for i, league in enumerate(LEAGUES) if league.division == division)
    strength = rng.normal(0.0, 0.3, len(clubs))
    round_, home, away = np.array(pairs).T
    history.league[:], history.season[:] = index, year
    history.day[:] = FIRST_DAY + 365 * (year - 2014) + 7 * round_ + rng.integers(0, 3, len(pairs))
    history.home[:], history.away[:] = home, away
    lead = strength[home] - strength[away]
    rates = np.exp([0.35 + lead, 0.1 - lead])
    history.goals[:] = rng.poisson(rates).T
    for row, (name, mean) in enumerate(zip(STATISTICS[:7], (0.5, 9, 4, 4, 11, 2, 0.1), strict=True)):
        history.statistics[:, row] = rng.poisson(mean + rates.T)
        assert name != "xg"
    p = np.stack([rates[0], np.full(len(pairs), 1.0), rates[1]]) ** 1.2
    p /= p.sum(axis=0)
    for phase in (0, 1):
        for book in PRICED:
            noise = np.exp(rng.normal(0.0, 0.03, p.shape))
            history.odds[:, phase, BOOKS.index(book)] = np.maximum(0.95 / (p * noise), 1.02).T
        for book in ("avg", "max"):
            history.totals[:, phase, LINE_BOOKS.index(book)] = 1.9 + rng.uniform(-0.2, 0.2, (len(pairs), 2))
    history.line[:, 0] = np.round(2.0 * (strength[away] - strength[home])) / 4.0
    history.priced_at[:] = (history.day.astype(np.int64) - 1) * 86_400
    unseen = rng.random(len(pairs)) < 0.1
    history.statistics[unseen, 1:] = np.nan
    history.odds[rng.random(len(pairs)) < 0.1] = np.nan
    for book, share in (("ps", 0.3), ("avg", 0.2)):
        history.odds[rng.random(len(pairs)) < share, :, BOOKS.index(book)] = np.nan
    history.totals[rng.random(len(pairs)) < 0.2] = np.nan
    history.rated[rng.random(len(pairs)) < 0.02] = False
    return history


def _rounds(teams: int) -> list[list[tuple[int, int]]]:
    """A double round robin by the circle method."""
    ring = list(range(teams))
    first = []
    for turn in range(teams - 1):
        pairing = [(ring[i], ring[-1 - i]) for i in range(teams // 2)]
        first.append([(a, h) if turn % 2 else (h, a) for h, a in pairing])
        ring = [ring[0], ring[-1], *ring[1:-1]]
    return [*first, *([(a, h) for h, a in pairing] for pairing in first)]


@cache
def real_or_made_up() -> tuple[str, History]:
    """("real", every season of SABISCORE_TEST_DATA) where that is set, else ("made up", 12 seasons)."""
    folder = os.environ.get("SABISCORE_TEST_DATA")
    if not folder or not (Path(folder) / "football-data").is_dir():
        return "made up", made_up(12, ("E0", "E1", "SP1", "D1", "I1", "F1"))
    import tempfile

    from sabiscore.seasons.ingest import ingest
    from sabiscore.store.database import Store

    with (
        tempfile.TemporaryDirectory() as data_dir,
        Store.open(f"sqlite:///{data_dir}/store.db", Path(data_dir) / "archive") as store,
    ):
        ingest(Path(folder) / "football-data", store)
        return "real", store.history()
