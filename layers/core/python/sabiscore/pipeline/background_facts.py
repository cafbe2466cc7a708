"""Background facts, gathered once a day for each league: its table, and expected goals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sabiscore.clock import Clock
from sabiscore.domain.facts import ExpectedGoals, Kind, Standing
from sabiscore.errors import NotFound, SourceOff
from sabiscore.fetching.event_matching import match_events
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.identity.rosters import Known
from sabiscore.identity.teams import Teams
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.sources.base import Wanted
from sabiscore.store.expectations import ExpectedGoalsStore, MatchExpectedGoals
from sabiscore.store.standings import StandingStore, TableRow

ASKED_KEY = "schedules:background"
"""The key of the CAS store that holds when each kind of each league was gathered last."""
EVERY = timedelta(days=1)
SLACK = timedelta(minutes=5)
"""Schedules do not begin on the second."""
NO_FAILURE = (SourceOff, NotFound)
"""Not reported: the source is switched off, or has no such document yet."""
KINDS: tuple[Kind, ...] = ("standings", "xg")
EXPECTED_GOALS_BACK = timedelta(days=14)
"""How far back expected goals are asked for."""


def gather_background(
    leagues: Sequence[str],
    calendar: Known,
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
    figures, problems = {"standings": 0, "expected_goals": 0}, list[str]()
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
            rows = expected_goals_of(gathered, calendar, sources.records, known_at)
            figures["expected_goals"] += expected_goals.add(rows)
        _note(cas_store, [f"{kind}/{league}" for league in _answered(gathered, due)], now)
        problems += [
            f"{name}: {error}"
            for name, error in sorted(gathered.failures.items())
            if not isinstance(error, NO_FAILURE)
        ]
    return figures, problems


def _answered(gathered: FetchedFacts, due: Sequence[str]) -> list[str]:
    """The leagues that a source had facts of; all that are ``due`` where every source has nothing yet."""
    nothing_yet = [isinstance(error, NotFound) for error in gathered.failures.values()]
    if nothing_yet and all(nothing_yet):
        return list(due)
    return [league for _, league in gathered.won]


def table_rows(
    gathered: FetchedFacts, calendar: Known, records: SourceHealth, known_at: datetime
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


def expected_goals_of(
    gathered: FetchedFacts, calendar: Known, records: SourceHealth, known_at: datetime
) -> Iterator[MatchExpectedGoals]:
    """The expected goals of matches of ours, each match once a source."""
    resolved = match_events(gathered, calendar, records)
    done = set[tuple[str, str]]()
    for source, replies in sorted(gathered.replies.items()):
        ids = resolved[source].matches if source in resolved else {}
        for fact in (fact for reply in replies for fact in reply.of(ExpectedGoals)):
            match = calendar.by_id.get(ids.get(fact.event, ""))
            if match is not None and (source, match.id) not in done:
                done.add((source, match.id))
                yield MatchExpectedGoals(
                    match_id=match.id,
                    league=match.league,
                    season=match.season,
                    home=fact.home,
                    away=fact.away,
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
    return last is None or not timedelta(0) <= now - last < EVERY - SLACK
