"""Settled predictions as columns: what a record of many seasons is held and computed in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from sabiscore.domain.odds import OutcomeProbabilities
from sabiscore.history import Floats
from sabiscore.learning.settled import Settled

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Words = npt.NDArray[np.bytes_]
Instants = npt.NDArray[np.int64]
"""Microseconds since 1970."""
Column = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SettledTable:
    """n settled predictions, a row each; probabilities are [n, 3], NaN where there were no prices."""

    match_id: Words
    league: Words
    bundle: Words
    kickoff_at: Instants
    sealed_at: Instants
    settled_at: Instants
    p: Floats
    raw: Floats
    early: Floats
    close: Floats
    y: npt.NDArray[np.int64]

    @classmethod
    def of(cls, settled: Iterable[Settled]) -> SettledTable:
        """The same predictions in the order given."""
        if isinstance(settled, SettledTable):
            return settled
        rows = list(settled)
        return cls(
            match_id=words_of([row.match_id for row in rows]),
            league=words_of([row.league for row in rows]),
            bundle=words_of([row.bundle for row in rows]),
            kickoff_at=instants_of([row.kickoff_at for row in rows]),
            sealed_at=instants_of([row.sealed_at for row in rows]),
            settled_at=instants_of([row.settled_at for row in rows]),
            p=_threes([row.p for row in rows]),
            raw=_threes([row.raw for row in rows]),
            early=_threes([row.early for row in rows]),
            close=_threes([row.close for row in rows]),
            y=np.array([row.outcome for row in rows], np.int64),
        )

    def __len__(self) -> int:
        return len(self.y)

    def __iter__(self) -> Iterator[Settled]:
        for n in range(len(self)):
            yield Settled(
                match_id=self.match_id[n].decode(),
                league=self.league[n].decode(),
                bundle=self.bundle[n].decode(),
                kickoff_at=instant(self.kickoff_at[n]),
                sealed_at=instant(self.sealed_at[n]),
                settled_at=instant(self.settled_at[n]),
                p=_known(self.p[n]),
                raw=_known(self.raw[n]),
                outcome=int(self.y[n]),
                early=_three(self.early[n]),
                close=_three(self.close[n]),
            )

    @property
    def columns(self) -> Mapping[str, Column]:
        """Every column by its name."""
        return {column.name: getattr(self, column.name) for column in fields(self)}

    def rows(self, chosen: npt.NDArray[np.generic] | slice) -> SettledTable:
        """The rows ``chosen``: by a mask, their places, or a slice."""
        return SettledTable(**{name: column[chosen] for name, column in self.columns.items()})

    def in_order(self) -> SettledTable:
        """By kick-off, then match: an order that does not depend on when results came in."""
        return self.rows(self._order())

    def places_of(self, bundle: str) -> npt.NDArray[np.intp]:
        """The places of the predictions of ``bundle``, in that order."""
        order = self._order()
        places: npt.NDArray[np.intp] = order[self.bundle[order] == bundle.encode()]
        return places

    def _order(self) -> npt.NDArray[np.intp]:
        return np.lexsort((self.match_id, self.kickoff_at))

    def with_more(self, settled: Sequence[Settled] | SettledTable) -> SettledTable:
        """These rows, and then ``settled``."""
        if not len(settled):
            return self
        more = SettledTable.of(settled).columns
        return SettledTable(
            **{name: np.concatenate((column, more[name])) for name, column in self.columns.items()}
        )


def names_in(words: Words) -> list[str]:
    """Each different one of ``words``, in order."""
    names: list[str] = []
    while len(words):
        names.append(words[0].decode())
        words = words[words != words[0]]
    return sorted(names)


def instant(microseconds: int | np.int64) -> datetime:
    """The aware instant so long after 1970."""
    return EPOCH + int(microseconds) * _MICROSECOND


def microseconds_of(at: datetime) -> int:
    """From 1970 to ``at``."""
    return (at - EPOCH) // _MICROSECOND


def instants_of(values: Sequence[datetime]) -> Instants:
    """So many instants as a column."""
    return np.array([microseconds_of(value) for value in values], np.int64)


def words_of(values: Sequence[str]) -> Words:
    """So many words as a column."""
    return np.array([value.encode() for value in values], np.bytes_)


def _threes(rows: Sequence[OutcomeProbabilities | None]) -> Floats:
    return np.array([row or (np.nan,) * 3 for row in rows], float).reshape(-1, 3)


def _three(row: Floats) -> OutcomeProbabilities | None:
    return None if np.isnan(row[0]) else _known(row)


def _known(row: Floats) -> OutcomeProbabilities:
    home, draw, away = row.tolist()
    return home, draw, away
