"""What is gathered besides prices and results, once a day a league: its table, and expected goals."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sabiscore.domain.facts import Kind, Standing
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.expected_goals import MatchedGoals, matched_goals
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.identity.rosters import KnownMatches
from sabiscore.identity.teams import Teams
from sabiscore.jobs.context import JobContext
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.sources.base import Wanted
from sabiscore.store.expectations import MatchExpectedGoals
from sabiscore.store.standings import TableRow

ASKED = "schedules:background"
EVERY = timedelta(days=1)
SLACK = timedelta(minutes=5)
"""Schedules do not begin on the second."""
KINDS: tuple[Kind, ...] = ("standings", "xg")
BACK = timedelta(days=14)


def gather_background(
    desk: JobContext, leagues: Sequence[str], calendar: KnownMatches, now: datetime
) -> tuple[dict[str, int], list[str]]:
    """How many rows of each kind are new, and what went wrong.

    A league is asked for when a day has passed since it was told of; where nobody who is on tells of a
    kind, nothing is missing.
    """
    figures = dict.fromkeys(("standings", "expected_goals", "sides_exchanged", "other_kickoffs"), 0)
    problems = list[str]()
    asked = read_asked(desk.register)
    for kind in KINDS:
        due = tuple(league for league in leagues if _is_due(asked.get(f"{kind}/{league}"), now))
        if not due:
            continue
        gathered = desk.sources.gather(Wanted(frozenset({kind}), due, (now - BACK).date(), now.date()))
        if gathered.replies and kind == "standings":
            figures["standings"] += desk.standings.add(places(desk, gathered, calendar))
        elif gathered.replies:
            figures |= _add_expected(desk, gathered, calendar, figures)
        _note(desk.register, [f"{kind}/{league}" for league in _told(gathered, due)], now)
        problems += gathered.problems
    return figures, problems


def _told(gathered: FetchedFacts, due: Sequence[str]) -> list[str]:
    """The leagues of which we were told, or were told that there is nothing yet."""
    if gathered.nothing_yet:
        return list(due)
    return [league for _, league in gathered.won]


def places(desk: JobContext, gathered: FetchedFacts, calendar: KnownMatches) -> list[TableRow]:
    """The rows of tables whose team is known; names that no team has are recorded, to be given an alias."""
    rosters, now, found = calendar.rosters, desk.now(), dict[tuple[str, str, str, str], TableRow]()
    for source, replies in sorted(gathered.replies.items()):
        told = [row for reply in replies for row in reply.of(Standing)]
        if not told:
            continue
        teams, unmatched = Teams(source, rosters), list[str]()
        for row in told:
            team = teams.find(row.league, row.season, row.team)
            if isinstance(team, str):
                found.setdefault((row.league, row.season, team, source), _place(row, team, source, now))
            else:
                unmatched.append(team.alias_line)
        if unmatched:
            desk.sources.records.unmatched(source, unmatched)
    return list(found.values())


def _place(row: Standing, team: str, source: str, now: datetime) -> TableRow:
    return TableRow(
        league=row.league,
        season=row.season,
        team=team,
        rank=row.rank,
        played=row.played,
        won=row.won,
        drawn=row.drawn,
        lost=row.lost,
        goals_for=row.goals_for,
        goals_against=row.goals_against,
        points=row.points,
        source=source,
        known_at=now,
    )


def _add_expected(
    desk: JobContext, gathered: FetchedFacts, calendar: KnownMatches, figures: Mapping[str, int]
) -> dict[str, int]:
    """``figures`` with the expected goals that are new, and what their sources have otherwise than we."""
    found = dict(figures)
    for source, resolved in sorted(match_events(gathered, calendar, desk.sources.records).items()):
        told = matched_goals(source, gathered.replies[source], resolved, calendar)
        found["expected_goals"] += desk.expectations.add(_expected(one, source, desk.now()) for one in told)
        found["sides_exchanged"] += sum(one.swapped for one in told)
        found["other_kickoffs"] += sum(one.moved for one in told)
    return found


def _expected(told: MatchedGoals, source: str, now: datetime) -> MatchExpectedGoals:
    match = told.match
    return MatchExpectedGoals(match.id, match.league, match.season, told.home, told.away, source, now)


def read_asked(register: CasStore) -> dict[str, datetime]:
    """When each kind of each league was last told, like ``xg/epl``; empty where nothing of use is kept."""
    return _read(register.read(ASKED))


def _note(register: CasStore, told: Sequence[str], now: datetime) -> None:
    def step(text: str | None) -> str:
        known = _read(text) | dict.fromkeys(told, now)
        return json.dumps({key: at.isoformat() for key, at in sorted(known.items())})

    if told:
        compare_and_swap(register, ASKED, step)


def _read(text: str | None) -> dict[str, datetime]:
    try:
        told = json.loads(text) if text else {}
        return {key: datetime.fromisoformat(at) for key, at in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # of another version: everything is due, and the quota keeps count


def _is_due(last: datetime | None, now: datetime) -> bool:
    return last is None or not timedelta(0) <= now - last < EVERY - SLACK
