"""From what was known at the clock to what is served: coming matches, rosters and the saved states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np

from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import BY_KEY, LEAGUES, SERVED
from sabiscore.domain.match import Match, season_start_year
from sabiscore.features.replay import replay
from sabiscore.history import (
    History,
    day_number,
    league_key,
    matches_of,
    split,
)
from sabiscore.publication.publish import Publication, publish

HORIZON = timedelta(days=14)
"""How far ahead matches are published."""

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
) -> Publication:
    """Publishes the served leagues' matches of the next 14 days, as known at ``as_of``, to ``folder``.

    Nothing of ``history`` that was not known then is looked at: see sabiscore.history.split.
    """
    past, coming = split(history, as_of)
    played = past.take(past.played)
    soon = coming.take(
        np.isin(coming.league, _SERVED) & (coming.day < day_number((as_of + HORIZON).date())) & ~coming.played
    )
    state = replay(played).state
    return publish(
        folder,
        matches_of(soon.in_order()),
        state.save,
        as_of=as_of,
        published_at=now,
        kind=kind,
        rehearsal=rehearsal,
        source=source,
        rosters=rosters(past, coming),
    )


def rosters(past: History, coming: History) -> dict[str, tuple[str, ...]]:
    """The teams of each served league's current season: that of its next match, else of its last."""
    found = {}
    for index in _SERVED:
        mine = [part.take(part.league == index) for part in (past, coming)]
        seasons = [part.season.max() for part in mine[:1] if len(part)] + [
            part.season[part.day.argmin()] for part in mine[1:] if len(part)
        ]
        if seasons:
            current = max(seasons)
            found[league_key(index)] = tuple(
                sorted({team for part in mine for team in _teams(part.take(part.season == current))})
            )
    return found


def current_rosters(matches: Iterable[Match], today: date) -> dict[str, tuple[str, ...]]:
    """``rosters`` of all ``matches`` that are known on the UTC day ``today``."""
    played: dict[str, str] = {}
    next_on: dict[str, tuple[date, str]] = {}
    teams: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for match in matches:
        league, season = match.league, match.season
        teams[league, season] |= {match.home, match.away}
        if match.day < today:
            played[league] = max(played.get(league, season), season, key=season_start_year)
        else:
            next_on[league] = min(next_on.get(league, (match.day, season)), (match.day, season))
    found = {}
    for league in sorted(played.keys() | next_on.keys()):
        if BY_KEY[league].served:
            seasons = [one for one in (played.get(league), next_on.get(league, ("", None))[1]) if one]
            current = max(seasons, key=season_start_year)
            found[league] = tuple(sorted(teams[league, current]))
    return found


def _teams(history: History) -> Iterator[str]:
    for column in (history.home, history.away):
        yield from (history.teams[index] for index in np.unique(column))
