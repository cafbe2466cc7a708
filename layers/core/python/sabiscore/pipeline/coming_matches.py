"""From what was known at the clock to what is served: coming matches, rosters and the saved states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import LEAGUE_BY_KEY, LEAGUES, SERVED
from sabiscore.domain.match import Match
from sabiscore.history import (
    History,
    date_of,
    day_number,
    league_key,
    matches_of,
    season_name,
    split,
)
from sabiscore.identity.rosters import Roster
from sabiscore.identity.rosters import current_rosters as season_rosters
from sabiscore.pipeline.club_forms import publish_forms, rated_over_time
from sabiscore.pipeline.recent_matches import played_lives
from sabiscore.publication.matchday import BACK, matchday_file
from sabiscore.publication.publish import Publication, publish
from sabiscore.publication.supplements import MATCHDAY, put_supplements

HORIZON = timedelta(days=14)
"""How far ahead matches are published."""
SEASON = timedelta(days=365)
"""How far back results are looked for that a club's form is made of."""

_SERVED = [index for index, league in enumerate(LEAGUES) if league in SERVED]


def publish_coming(
    folder: Path,
    history: History,
    as_of: datetime,
    *,
    rehearsal: bool,
    kind: DataKind,
    source: str,
    now: datetime,
    has_record: bool = False,
) -> Publication:
    """Publishes the served leagues' matches of the next 14 days, as known at ``as_of``, to ``folder``.

    ``has_record``: something is sealed in the store.

    Nothing of ``history`` that was not known then is looked at: see sabiscore.history.split.
    """
    past, coming = split(history, as_of)
    played = past.take(past.played)
    soon = coming.take(
        np.isin(coming.league, _SERVED) & (coming.day < day_number((as_of + HORIZON).date())) & ~coming.played
    )
    state, ratings = rated_over_time(played)
    known = rosters_between(past, coming)
    recent = results_of(played.take(played.day >= day_number((as_of - BACK).date())))
    clubs = listed(known)
    publish_forms(
        folder, clubs, results_of(played.take(played.day >= day_number((as_of - SEASON).date()))), ratings
    )
    put_supplements(folder, {MATCHDAY: matchday_file(played_lives(recent, as_of))})
    return publish(
        folder,
        matches_of(soon.in_order()),
        state.save,
        as_of=as_of,
        published_at=now,
        kind=kind,
        rehearsal=rehearsal,
        source=source,
        rosters=clubs,
        may_play=may_play(known),
        roster_sources=roster_sources(known),
        has_record=has_record,
    )


def results_of(history: History) -> list[Match]:
    """The played matches of ``history`` one by one, with their results and without prices."""
    goals, rated = history.goals.tolist(), history.rated.tolist()
    return [
        replace(match, goals=(int(score[0]), int(score[1])), rated=is_rated, prices={}, lines={})
        for match, score, is_rated in zip(matches_of(history), goals, rated, strict=True)
    ]


def rosters(past: History, coming: History) -> dict[str, tuple[str, ...]]:
    """The teams known of each served league's current season: that of its next match, else of its last."""
    return listed(rosters_between(past, coming))


def current_rosters(matches: Iterable[Match], today: date) -> dict[str, tuple[str, ...]]:
    """``rosters`` of all ``matches`` that are known on the UTC day ``today``."""
    return listed(served_rosters(matches, today))


def listed(found: Mapping[str, Roster]) -> dict[str, tuple[str, ...]]:
    """League key → the slugs of the clubs that are known to play in it."""
    return {league: tuple(sorted(roster.clubs)) for league, roster in found.items()}


def may_play(found: Mapping[str, Roster]) -> dict[str, tuple[str, ...]]:
    """League key → the slugs of the clubs that may play in it too, while its roster is not whole."""
    return {league: tuple(sorted(roster.may_play)) for league, roster in found.items() if not roster.whole}


def roster_sources(found: Mapping[str, Roster]) -> dict[str, Mapping[str, str]]:
    """League key → club → the source that says it plays there."""
    return {league: roster.clubs for league, roster in found.items()}


def served_rosters(
    matches: Iterable[Match], today: date, told_by: Mapping[str, str] | None = None
) -> dict[str, Roster]:
    """The rosters of the served leagues; ``matches`` of other leagues say who goes up and down."""
    found = season_rosters(matches, today, told_by)
    return {league: roster for league, roster in found.items() if LEAGUE_BY_KEY[league].served}


def rosters_between(past: History, coming: History) -> dict[str, Roster]:
    """``served_rosters`` on the day of the first coming match, or the day after the last past one."""
    if not len(past) and not len(coming):
        return {}
    today = int(coming.day.min()) if len(coming) else int(past.day.max()) + 1
    recent = past.take(past.season >= past.season.max() - 1) if len(past) else past
    matches = [*_pairings(recent), *_pairings(coming)]
    return served_rosters(matches, date_of(today))


def _pairings(history: History) -> Iterator[Match]:
    """Who played whom, when and how it ended."""
    goals = history.goals.tolist()
    for row in range(len(history)):
        score = None if np.isnan(goals[row][0]) else (int(goals[row][0]), int(goals[row][1]))
        yield Match(
            league=league_key(int(history.league[row])),
            season=season_name(int(history.season[row])),
            day=date_of(int(history.day[row])),
            home=history.teams[history.home[row]],
            away=history.teams[history.away[row]],
            leg=int(history.leg[row]),
            goals=score,
        )
