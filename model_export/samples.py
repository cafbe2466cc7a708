"""What the ensemble learns from: vectors of played matches, their outcomes, and how each may be seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_export.ensemble import Matrix
from model_export.teacher import fair_closes, fair_totals, targets
from sabiscore.domain.league import BIG_FIVE, LEAGUES, SERVED, League
from sabiscore.errors import Refused
from sabiscore.features import vector
from sabiscore.features.replay import replay
from sabiscore.features.state import State
from sabiscore.history import History

Mask = npt.NDArray[np.bool_]

VARIANTS = ("no_odds", "past_odds", "with_odds")
"""How much of the market a row is shown; the index is its level of knowledge at most."""


MOST_UNDER = 2
"""Goals of both sides together that are still under the line of 2.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """n matches of the leagues served, in order of time: vectors [n, F] beside their ``history``.

    ``y`` is 0 home, 1 draw, 2 away; ``target`` float64 [n, 3] is what a match teaches of that. ``under``
    is 0 where three goals or more fell and 1 where fewer; ``totals`` float64 [n, 2] is what it teaches.
    """

    X: Matrix
    y: npt.NDArray[np.int64]
    target: npt.NDArray[np.float64]
    under: npt.NDArray[np.int64]
    totals: npt.NDArray[np.float64]
    history: History

    def __len__(self) -> int:
        return len(self.y)

    def take(self, rows: Mask) -> Samples:
        """Those of ``rows``, bool [n]."""
        return Samples(
            X=self.X[rows],
            y=self.y[rows],
            target=self.target[rows],
            under=self.under[rows],
            totals=self.totals[rows],
            history=self.history.take(rows),
        )

    def season(self, start_year: int) -> Samples:
        """The matches of the season that begins in ``start_year``."""
        return self.take(self.history.season == start_year)

    def learnable(self, first: int, before: int) -> Mask:
        """Which matches are of seasons ``first`` to ``before - 1`` and were played for: bool [n]."""
        season = self.history.season
        return (season >= first) & (season < before) & self.history.rated


def samples(history: History, leagues: Sequence[League] = SERVED) -> tuple[Samples, State]:
    """The samples of ``leagues`` after a replay of all of ``history``, and the state at its end.

    Raises Refused when there is no match of ``leagues``.
    """
    history = history.in_order()
    wanted = np.isin(history.league, [LEAGUES.index(league) for league in leagues])
    if not wanted.any():
        names = ", ".join(league.key for league in leagues)
        raise Refused(
            f"There are no matches of {names} to learn from.", hint="Ingest their season files first."
        )
    replayed = replay(history, wanted=wanted)
    rows = history if wanted.all() else history.take(wanted)
    lead = rows.goals[:, 0] - rows.goals[:, 1]
    y = (1 - np.sign(lead)).astype(np.int64)
    under = (rows.goals.sum(axis=1) <= MOST_UNDER).astype(np.int64)
    table = Samples(
        X=replayed.vectors,
        y=y,
        target=targets(fair_closes(rows), y),
        under=under,
        totals=targets(fair_totals(rows), under),
        history=rows,
    )
    return table, replayed.state


def big_five(history: History) -> Mask:
    """bool [n]: which matches of ``history`` are of the big five leagues."""
    return np.isin(history.league, [LEAGUES.index(league) for league in BIG_FIVE])


def as_seen(X: Matrix, variant: str) -> Matrix:
    """``X`` as ``variant`` shows it: with this match's odds, past odds only, or none at all."""
    if variant == "with_odds":
        return X
    return vector.without_odds(X, past=variant == "past_odds")
