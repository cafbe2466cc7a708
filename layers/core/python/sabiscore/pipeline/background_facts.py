"""Background facts, gathered once a day for each league: its table, and expected goals."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sabiscore.clock import Clock
from sabiscore.domain.facts import Kind, Standing
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.expected_goals import MatchedGoals, matched_goals
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.identity.rosters import KnownMatches
from sabiscore.identity.teams import Teams
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.sources.base import Wanted
from sabiscore.store.expectations import ExpectedGoalsStore, MatchExpectedGoals
from sabiscore.store.standings import StandingStore, TableRow

ASKED_KEY = "schedules:background"
"""The key of the CAS store that holds when each kind of each league was gathered last."""
ASK_FACTS_EVERY = timedelta(days=1)
FACTS_SLACK = timedelta(minutes=5)
"""Schedules do not begin on the second."""
KINDS: tuple[Kind, ...] = ("standings", "xg")
EXPECTED_GOALS_BACK = timedelta(days=14)
"""How far back expected goals are asked for."""


def gather_background(
    leagues: Sequence[str],
    calendar: KnownMatches,
    now: datetime,
    *,
    sources: FactSources,
    standings: StandingStore,
    expected_goals: ExpectedGoalsStore,
    cas_store: CasStore,
    clock: Clock,
) -> tuple[dict[str, int], list[str]]:
    """How many rows of each kind are new, and problems.

    A league is asked for a day after it was last answered. Where no source of a kind is switched on, that
    is no problem. ``now`` decides what is due; rows are dated by ``clock`` after the sources have answered.
    """
    figures = dict.fromkeys(("standings", "expected_goals", "sides_exchanged", "other_kickoffs"), 0)
    problems = list[str]()
    asked = read_asked(cas_store)
    for kind in KINDS:
        due = tuple(league for league in leagues if _is_due(asked.get(f"{kind}/{league}"), now))
        if not due:
            continue
        first = (now - EXPECTED_GOALS_BACK).date()
        gathered = sources.gather(Wanted(frozenset({kind}), due, first, now.date()))
        known_at = clock.now()
        if gathered.replies and kind == "standings":
            figures["standings"] += standings.add(table_rows(gathered, calendar, sources.records, known_at))
        elif gathered.replies:
            for name, count in store_expected_goals(
                gathered, calendar, sources.records, known_at, expected_goals
            ).items():
                figures[name] += count
        _note(cas_store, [f"{kind}/{league}" for league in _answered(gathered, due)], now)
        problems += gathered.problems
    return figures, problems


def _answered(gathered: FetchedFacts, due: Sequence[str]) -> list[str]:
    """The leagues that a source had facts of; all that are ``due`` where every source has nothing yet."""
    if gathered.nothing_yet:
        return list(due)
    return [league for _, league in gathered.won]


def table_rows(
    gathered: FetchedFacts, calendar: KnownMatches, records: SourceHealth, known_at: datetime
) -> list[TableRow]:
    """The table rows whose team is known; other names are put into ``records``, to be given an alias."""
    rows: dict[tuple[str, str, str, str], TableRow] = {}
    for source, replies in sorted(gathered.replies.items()):
        standings = [row for reply in replies for row in reply.of(Standing)]
        if not standings:
            continue
        teams, unmatched = Teams(source, calendar.rosters), list[str]()
        for row in standings:
            team = teams.find(row.league, row.season, row.team)
            if isinstance(team, str):
                rows.setdefault((row.league, row.season, team, source), _row(row, team, source, known_at))
            else:
                unmatched.append(team.alias_line)
        if unmatched:
            records.unmatched(source, unmatched)
    return list(rows.values())


def _row(row: Standing, team: str, source: str, known_at: datetime) -> TableRow:
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
        known_at=known_at,
    )


def store_expected_goals(
    gathered: FetchedFacts,
    calendar: KnownMatches,
    records: SourceHealth,
    known_at: datetime,
    expected_goals: ExpectedGoalsStore,
) -> dict[str, int]:
    """How many expected goals are new, and how many matches a source has otherwise than ours."""
    figures = dict.fromkeys(("expected_goals", "sides_exchanged", "other_kickoffs"), 0)
    for source, resolved in sorted(match_events(gathered, calendar, records).items()):
        matched = matched_goals(source, gathered.replies[source], resolved, calendar)
        figures["expected_goals"] += expected_goals.add(
            _expected_goals(goals, source, known_at) for goals in matched
        )
        figures["sides_exchanged"] += sum(goals.swapped for goals in matched)
        figures["other_kickoffs"] += sum(goals.moved for goals in matched)
    return figures


def _expected_goals(goals: MatchedGoals, source: str, known_at: datetime) -> MatchExpectedGoals:
    return MatchExpectedGoals(
        match_id=goals.match.id,
        league=goals.match.league,
        season=goals.match.season,
        home=goals.home,
        away=goals.away,
        source=source,
        known_at=known_at,
    )


def read_asked(cas_store: CasStore) -> dict[str, datetime]:
    """When each kind of each league (``xg/epl``) was last answered; empty where the entry is not readable."""
    return _read(cas_store.read(ASKED_KEY))


def _note(cas_store: CasStore, answered: Sequence[str], now: datetime) -> None:
    def step(text: str | None) -> str:
        known = _read(text) | dict.fromkeys(answered, now)
        return json.dumps({key: at.isoformat() for key, at in sorted(known.items())})

    if answered:
        compare_and_swap(cas_store, ASKED_KEY, step)


def _read(text: str | None) -> dict[str, datetime]:
    try:
        entries = json.loads(text) if text else {}
        return {key: datetime.fromisoformat(at) for key, at in entries.items()}
    except (ValueError, TypeError, AttributeError):
        return {}  # of another version: everything is due, and the quota still limits the calls


def _is_due(last: datetime | None, now: datetime) -> bool:
    return last is None or not timedelta(0) <= now - last < ASK_FACTS_EVERY - FACTS_SLACK
