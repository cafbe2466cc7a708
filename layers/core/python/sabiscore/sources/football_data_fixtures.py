"""Which matches of a season file are the same fixture again, and which were never really played."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match, season_start_year

AWARDS_SINCE = 2017
SHOTS_COVERAGE = 0.9
"""From AWARDS_SINCE on, where this share of a season's matches has shots, one without was not played."""

Numbered = tuple[int, Match]


def settle(read: Sequence[Numbered]) -> tuple[list[Match], list[tuple[int, str]]]:
    """The matches of ``read`` (line, match) with legs and awards settled, and what is refused.

    Legs follow the date. Where the league meets once at a ground, a second identical fixture is
    a duplicate (one that was played is kept before one that was not); nobody plays twice a day.
    """
    refused: list[tuple[int, str]] = []
    seasons: defaultdict[Hashable, list[Numbered]] = defaultdict(list)
    for line, match in read:
        seasons[match.league, match.season].append((line, match))
    matches: list[Match] = []
    for season in seasons.values():
        kept = [(line, match) for line, match in _with_legs(season, refused)]
        matches += _with_awards([match for _, match in _one_a_day(kept, refused)])
    return matches, refused


def _with_legs(season: Iterable[Numbered], refused: list[tuple[int, str]]) -> Iterator[Numbered]:
    fixtures: defaultdict[tuple[str, str], list[Numbered]] = defaultdict(list)
    for line, match in season:
        fixtures[match.home, match.away].append((line, match))
    for repeats in fixtures.values():
        meetings = LEAGUE_BY_KEY[repeats[0][1].league].meetings
        if meetings == 1:
            repeats.sort(key=lambda item: (item[1].goals is None, item[0]))
        else:
            repeats.sort(key=lambda item: (item[1].day, item[0]))
        for leg, (line, match) in enumerate(repeats, 1):
            if leg > meetings:
                refused.append((line, "duplicate fixture"))
            else:
                yield line, match if leg == 1 else replace(match, leg=leg)


def _one_a_day(season: Iterable[Numbered], refused: list[tuple[int, str]]) -> Iterator[Numbered]:
    busy: set[Hashable] = set()
    for line, match in sorted(season, key=lambda item: item[0]):
        if {(match.day, match.home), (match.day, match.away)} & busy:
            refused.append((line, "a team plays twice that day"))
            continue
        busy |= {(match.day, match.home), (match.day, match.away)}
        yield line, match


def _with_awards(season: list[Match]) -> Iterator[Match]:
    played = sum(match.goals is not None for match in season)
    with_shots = sum("shots" in match.statistics for match in season)
    complete = season_start_year(season[0].season) >= AWARDS_SINCE if season else False
    complete = complete and with_shots >= SHOTS_COVERAGE * played > 0
    for match in season:
        if complete and match.goals is not None and "shots" not in match.statistics:
            yield replace(match, rated=False)
        else:
            yield match
