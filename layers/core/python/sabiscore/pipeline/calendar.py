"""The matches as they are known now: what season files say, and what was observed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sabiscore.domain.league import LEAGUES
from sabiscore.domain.match import Match
from sabiscore.identity.rosters import KnownMatches
from sabiscore.pipeline.memo import Memo
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.database import Store
from sabiscore.store.observations import Observation, Observations

EVERYWHERE = tuple(league.key for league in LEAGUES)
"""Who plays in a league next season is decided by those above and below it too."""
OVER = ("finished", "awarded")
OFF = ("postponed", "abandoned")
LAST_SEASON = timedelta(days=120)
"""How long a season counts as the current one after its last match, unless the next one is announced."""
OBSERVED = timedelta(days=60)
"""Older observations are not read: season files have those results by then."""


def calendar_at(
    now: datetime,
    leagues: Sequence[str],
    *,
    store: Store,
    observations: Observations,
    memo: Memo[KnownMatches],
) -> KnownMatches:
    """The matches of ``leagues`` as known at ``now``, without prices.

    They are those of each league's current season, and of the one before until it is over for four months.
    Matches that are postponed or abandoned are left out. ``memo`` gives the same object again while nothing
    has changed.
    """
    ended, matches = (now - LAST_SEASON).date(), store.known(leagues)
    everywhere = store.known(EVERYWHERE)
    newest = observations.current((now - OBSERVED).date(), PREFERENCE["results"])
    known = {
        match_id: observation
        for match_id, observation in newest.items()
        if observation.league in leagues and observation.known_at <= now
    }

    def read() -> KnownMatches:
        current = _current(matches, known, ended)
        in_files = {match.id for match in everywhere}
        only_observed = {key: seen.source for key, seen in known.items() if key not in in_files}
        return KnownMatches(current, everywhere, now.date(), only_observed, leagues)

    return memo.get((matches, everywhere, newest, len(known), now.date()), read)


def _current(matches: Sequence[Match], observed: Mapping[str, Observation], ended: date) -> list[Match]:
    newest: dict[tuple[str, str], date] = {}
    for match in matches:
        season = match.league, match.season
        newest[season] = max(match.day, newest.get(season, match.day))
    current = {season for season, day in newest.items() if day >= ended}
    return overlaid([match for match in matches if (match.league, match.season) in current], observed)


def overlaid(matches: Iterable[Match], observed: Mapping[str, Observation]) -> list[Match]:
    """``matches`` with what was observed of them, and the matches that were only observed, by day and id.

    A result in a season file counts before any observation. A postponed match is left out until it has a
    new day. A match that was only observed is left out too when one of its teams plays on that day already.
    """
    left = dict(observed)
    merged = []
    for match in matches:
        observation = left.pop(match.id, None)
        current = (
            match if observation is None or match.goals is not None else _as_observed(match, observation)
        )
        if current is not None:
            merged.append(current)
    days = {observation.day for observation in left.values()}
    busy = {(match.day, team) for match in merged if match.day in days for team in (match.home, match.away)}
    for observation in sorted(left.values(), key=lambda observation: observation.match_id):
        new = _as_observed(_match_of(observation), observation)
        if new is not None and busy.isdisjoint({(new.day, new.home), (new.day, new.away)}):
            busy |= {(new.day, new.home), (new.day, new.away)}
            merged.append(new)
    return sorted(merged, key=lambda match: (match.day, match.id))


def _match_of(observation: Observation) -> Match:
    return Match(
        league=observation.league,
        season=observation.season,
        day=observation.day,
        home=observation.home,
        away=observation.away,
        leg=observation.leg,
    )


def _as_observed(match: Match, observation: Observation) -> Match | None:
    if observation.status in OFF:
        return None
    kickoff_at = observation.kickoff_at or _kickoff_of_same_day(match, observation)
    moved = replace(match, day=observation.day, kickoff_at=kickoff_at)
    if observation.status in OVER and observation.goals is not None:
        return replace(moved, goals=observation.goals, rated=observation.status == "finished")
    return moved


def _kickoff_of_same_day(match: Match, observation: Observation) -> datetime | None:
    return match.kickoff_at if match.day == observation.day else None
