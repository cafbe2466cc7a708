"""Settled bets as columns: what a record of many seasons is held and computed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats
from sabiscore.learning.settled import SettledBet
from sabiscore.learning.settled_table import Column, Instants, Words, instants_of, words_of


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BetTable:
    """n settled bets, a row each; ``close`` is NaN where there was none."""

    match_id: Words
    league: Words
    bundle: Words
    outcome: Words
    opened_at: Instants
    odds: Floats
    stake_fraction: Floats
    won: npt.NDArray[np.bool_]
    close: Floats

    @classmethod
    def of(cls, bets: Iterable[SettledBet] | BetTable) -> BetTable:
        """The same bets in the order given."""
        if isinstance(bets, BetTable):
            return bets
        rows = list(bets)
        return cls(
            match_id=words_of([row.match_id for row in rows]),
            league=words_of([row.league for row in rows]),
            bundle=words_of([row.bundle for row in rows]),
            outcome=words_of([row.outcome for row in rows]),
            opened_at=instants_of([row.opened_at for row in rows]),
            odds=np.array([row.odds for row in rows], float),
            stake_fraction=np.array([row.stake_fraction for row in rows], float),
            won=np.array([row.won for row in rows], bool),
            close=np.array([np.nan if row.close is None else row.close for row in rows], float),
        )

    def __len__(self) -> int:
        return len(self.odds)

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every column by its name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    @property
    def profit(self) -> Floats:
        """float64 [n]: what a stake of one unit on each won or lost."""
        return np.where(self.won, self.odds - 1, -1.0)

    @property
    def closing_line_value(self) -> Floats:
        """float64 [n]: our odds times the fair closing probability, less 1; NaN where there was no close."""
        value: Floats = self.odds * self.close - 1
        return value

    def rows(self, chosen: npt.NDArray[np.generic] | slice) -> BetTable:
        """The rows ``chosen``: by a mask, their places, or a slice."""
        return BetTable(**{name: column[chosen] for name, column in self.columns.items()})

    def in_order(self) -> BetTable:
        """By when they were opened: an order that does not depend on when results came in."""
        return self.rows(np.lexsort((self.bundle, self.outcome, self.match_id, self.opened_at)))

    def with_more(self, more: BetTable) -> BetTable:
        """These rows, and then ``more``."""
        columns: dict[str, Any] = {
            name: np.concatenate((column, more.columns[name])) for name, column in self.columns.items()
        }
        return BetTable(**columns)
