"""Who plays in a league next season, by its last table and those above and below it.

What a table alone decides is taken from it; who goes up or stays by a play-off is left open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sabiscore.domain.league import LEAGUES

Result = tuple[str, str, int, int]
"""Home, away and their goals."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TierPlaces:
    """How many of a league's places decide where a club plays next season.

    ``up`` go up by the table, ``may_go_up`` after them by a play-off; ``down`` go down, ``may_go_down``
    before them by a play-off.
    """

    up: int = 0
    may_go_up: int = 0
    down: int = 0
    may_go_down: int = 0


PLACES: Mapping[str, TierPlaces] = {
    "epl": TierPlaces(down=3),
    "championship": TierPlaces(up=2, may_go_up=6, down=3),
    "league-one": TierPlaces(up=2, may_go_up=6, down=4),
    "league-two": TierPlaces(up=3, may_go_up=6, down=2),
    "laliga": TierPlaces(down=3),
    "segunda": TierPlaces(up=2, may_go_up=6, down=4),
    "bundesliga": TierPlaces(down=2, may_go_down=1),
    "bundesliga-2": TierPlaces(up=2, may_go_up=1, down=2, may_go_down=1),
    "serie-a": TierPlaces(down=3),
    "serie-b": TierPlaces(up=2, may_go_up=6, down=3, may_go_down=2),
    "ligue-1": TierPlaces(down=2, may_go_down=2),
    "ligue-2": TierPlaces(up=2, may_go_up=3, down=2, may_go_down=2),
    "eredivisie": TierPlaces(down=2, may_go_down=1),
    "pro-league": TierPlaces(down=1, may_go_down=4),
    "primeira-liga": TierPlaces(down=2, may_go_down=1),
    "super-league": TierPlaces(down=2),
    "super-lig": TierPlaces(down=4),
    "scottish-premiership": TierPlaces(down=1, may_go_down=1),
}
"""As the competitions' rules stand in 2025/26 (the English play-offs as they are from 2026/27)."""

NOBODY = TierPlaces()
NEARLY_LEVEL = 1
"""Clubs so few points from the last place that decides are left open: points may have been taken off, and
leagues part level clubs in different ways."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """A league's clubs after a season: who ``stays``, goes ``up`` or ``down`` for sure, who is ``open``."""

    stays: frozenset[str]
    up: frozenset[str]
    down: frozenset[str]
    open: frozenset[str]


def outlook(league: str, results: Iterable[Result]) -> Outlook:
    """What the table of all ``results`` of a season of ``league`` decides."""
    table = standings(results)
    places = PLACES.get(league, NOBODY)
    ups, middle, downs = _cut(table, places)
    up = frozenset(club for club, _ in ups)
    down = frozenset(club for club, _ in downs)
    every = frozenset(club for club, _ in table)
    stays = frozenset(club for club, _ in middle)
    return Outlook(stays, up, down, every - up - down - stays)


def standings(results: Iterable[Result]) -> list[tuple[str, int]]:
    """Club and points, the first of the table first; level clubs by goal difference and goals."""
    points: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for home, away, scored, conceded in results:
        for club, mine, theirs in ((home, scored, conceded), (away, conceded, scored)):
            row = points[club]
            row[0] += 3 if mine > theirs else 1 if mine == theirs else 0
            row[1] += mine - theirs
            row[2] += mine
    ranked = sorted(points.items(), key=lambda item: ([-figure for figure in item[1]], item[0]))
    return [(club, row[0]) for club, row in ranked]


def _cut(table: Sequence[tuple[str, int]], places: TierPlaces) -> tuple[list[tuple[str, int]], ...]:
    """Those that go up, stay and go down for certain: not nearly level with those on the other side."""
    size = len(table)
    if size <= places.up + places.may_go_up + places.may_go_down + places.down:
        return [], [], []  # a table of a few clubs decides nothing
    low = size - places.down
    ups = [row for row in table[: places.up] if row[1] > table[places.up][1] + NEARLY_LEVEL]
    downs = [row for row in table[low:] if row[1] < table[low - 1][1] - NEARLY_LEVEL]
    first, last = places.up + places.may_go_up, low - places.may_go_down
    middle = [
        row
        for row in table[first:last]
        if (not first or row[1] < table[first - 1][1] - NEARLY_LEVEL)
        and (last == size or row[1] > table[last][1] + NEARLY_LEVEL)
    ]
    return ups, middle, downs


def neighbours(league: str) -> tuple[str | None, str | None]:
    """The leagues that a club of ``league`` goes up and down to, of those we read.

    >>> neighbours("championship"), neighbours("eredivisie")
    (('epl', 'league-one'), (None, None))
    """
    here = next(candidate for candidate in LEAGUES if candidate.key == league)
    by_tier = {candidate.tier: candidate.key for candidate in LEAGUES if candidate.country == here.country}
    return by_tier.get(here.tier - 1), by_tier.get(here.tier + 1)
