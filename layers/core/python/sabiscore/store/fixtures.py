"""Coming matches beside the ones that season files already tell of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from sabiscore.domain.league import BY_KEY
from sabiscore.domain.match import Match


def still_coming(fixtures: Iterable[Match], known: Iterable[Match]) -> list[Match]:
    """The matches of ``fixtures`` that are not among ``known``, numbered on from their legs.

    Where a league meets once at a ground the fixture alone decides; elsewhere the same fixture on
    another day is its next leg.
    """
    days: defaultdict[tuple[str, str, str, str], list[date]] = defaultdict(list)
    for match in known:
        days[match.league, match.season, match.home, match.away].append(match.day)
    coming = []
    for match in sorted(fixtures, key=lambda match: match.day):
        met = days[match.league, match.season, match.home, match.away]
        if match.day in met or len(met) >= BY_KEY[match.league].meetings:
            continue
        met.append(match.day)
        coming.append(replace(match, leg=len(met)))
    return coming
