"""Coming matches beside the ones that season files already tell of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match

Fixture = tuple[str, str, str, str]
"""League, season, home and away."""


def still_coming(fixtures: Iterable[Match], known: Mapping[Fixture, Sequence[date]]) -> list[Match]:
    """The matches of ``fixtures`` but those on a day of ``known``, numbered on from their legs.

    Where a league meets once at a ground the fixture alone decides; elsewhere the same fixture on
    another day is its next leg.
    """
    days: dict[Fixture, list[date]] = {}
    coming = []
    for match in sorted(fixtures, key=lambda match: match.day):
        fixture = match.league, match.season, match.home, match.away
        met = days.setdefault(fixture, list(known.get(fixture, ())))
        if match.day in met or len(met) >= LEAGUE_BY_KEY[match.league].meetings:
            continue
        met.append(match.day)
        coming.append(replace(match, leg=len(met)))
    return coming
