"""The matches as they are known now: what season files say, and what was observed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sabiscore.domain.league import LEAGUES
from sabiscore.domain.match import Match
from sabiscore.identity.rosters import KnownMatches
from sabiscore.jobs.context import JobContext
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.observations import Observation

EVERYWHERE = tuple(league.key for league in LEAGUES)
"""Who plays in a league next season is decided by those above and below it too."""
OVER = ("finished", "awarded")
OFF = ("postponed", "abandoned")
LAST_SEASON = timedelta(days=120)
"""Until the matches of the next one are announced, a season that is over is the one that is known."""
OBSERVED = timedelta(days=60)
"""What was observed before that is in season files long since."""


def known(desk: JobContext, leagues: Sequence[str], now: datetime) -> KnownMatches:
    """The matches of the current season of each of ``leagues``, and of the last one until it is long over.

    They are without prices; those put off are left out.
    """
    ended, matches = (now - LAST_SEASON).date(), desk.store.known(leagues)
    everywhere = desk.store.known(EVERYWHERE)
    seen = desk.observations.current((now - OBSERVED).date(), PREFERENCE["results"])
    told = {key: one for key, one in seen.items() if one.league in leagues and one.known_at <= now}

    def read() -> KnownMatches:
        current = _current(matches, told, ended)
        in_files = {match.id for match in everywhere}
        alone = {key: one.source for key, one in told.items() if key not in in_files}
        return KnownMatches(current, everywhere, now.date(), alone, leagues)

    return desk.kept.get((matches, everywhere, seen, len(told), now.date()), read)


def _current(matches: Sequence[Match], told: Mapping[str, Observation], ended: date) -> list[Match]:
    newest: dict[tuple[str, str], date] = {}
    for match in matches:
        season = match.league, match.season
        newest[season] = max(match.day, newest.get(season, match.day))
    current = {season for season, day in newest.items() if day >= ended}
    return overlaid([match for match in matches if (match.league, match.season) in current], told)


def overlaid(matches: Iterable[Match], seen: Mapping[str, Observation]) -> list[Match]:
    """``matches`` with what was observed of them, and those that were only observed.

    A result in a season file counts before anything observed. A match that is put off is left out
    until it has a new day; one of a team that already plays on that day is left out too.
    """
    left = dict(seen)
    merged = []
    for match in matches:
        one = left.pop(match.id, None)
        now_known = match if match.goals is not None or one is None else _as_observed(match, one)
        if now_known is not None:
            merged.append(now_known)
    days = {one.day for one in left.values()}
    busy = {(one.day, team) for one in merged if one.day in days for team in (one.home, one.away)}
    for one in sorted(left.values(), key=lambda one: one.match_id):
        new = _as_observed(Match(one.league, one.season, one.day, one.home, one.away, one.leg), one)
        if new is not None and busy.isdisjoint({(new.day, new.home), (new.day, new.away)}):
            busy |= {(new.day, new.home), (new.day, new.away)}
            merged.append(new)
    return sorted(merged, key=lambda match: (match.day, match.id))


def _as_observed(match: Match, one: Observation) -> Match | None:
    if one.status in OFF:
        return None
    moved = replace(match, day=one.day, kickoff_at=one.kickoff_at or _same_day(match, one))
    if one.status in OVER and one.goals is not None:
        return replace(moved, goals=one.goals, rated=one.status == "finished")
    return moved


def _same_day(match: Match, one: Observation) -> datetime | None:
    return match.kickoff_at if match.day == one.day else None
