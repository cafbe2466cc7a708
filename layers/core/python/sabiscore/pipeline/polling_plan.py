"""Which leagues want prices now: the nearer a kick-off, the more often; never more than sources bear.

What each source's quota allows is counted where it is asked (net.quota); this only says what would be
worth a call. With the free plan of 500 calls a month most of these wishes are refused there, and the
urgent ones go through.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sabiscore.domain.match import Match
from sabiscore.net.cas_store import CasStore, compare_and_swap

ASKED = "schedules:odds"
AHEAD = timedelta(days=7)
"""Prices of matches farther away are not asked for."""
POLL_EVERY = (
    (timedelta(hours=2), timedelta(minutes=5)),
    (timedelta(hours=6), timedelta(minutes=15)),
    (timedelta(hours=24), timedelta(hours=1)),
    (AHEAD, timedelta(hours=6)),
)
"""(time left to the next kick-off, time between two calls for its league)."""
URGENT = timedelta(hours=2)
COURTESY: Mapping[str, timedelta] = {"football-data.co.uk": timedelta(hours=1)}
"""Of sources that publish now and then, and that nobody counts."""
POLLING_SLACK = timedelta(minutes=1)
"""Schedules do not begin on the second."""


@dataclass(frozen=True, slots=True)
class LastPoll:
    """When a league's prices were last had, and from whom."""

    at: datetime
    source: str


@dataclass(frozen=True, slots=True)
class DueLeagues:
    """Leagues to ask for now: those whose next kick-off is hours away at most, and the others."""

    urgent: tuple[str, ...]
    calm: tuple[str, ...]


def due(matches: Iterable[Match], asked: Mapping[str, LastPoll], now: datetime) -> DueLeagues:
    """The leagues of ``matches`` whose prices are wanted at ``now``, each once, in order of their keys."""
    left: dict[str, timedelta] = {}
    for match in matches:
        if match.kickoff_at is not None and now < match.kickoff_at <= now + AHEAD:
            ahead = match.kickoff_at - now
            left[match.league] = min(ahead, left.get(match.league, ahead))
    wanted = [league for league in sorted(left) if _is_due(left[league], asked.get(league), now)]
    return DueLeagues(
        tuple(league for league in wanted if left[league] <= URGENT),
        tuple(league for league in wanted if left[league] > URGENT),
    )


def _is_due(left: timedelta, asked: LastPoll | None, now: datetime) -> bool:
    if asked is None or asked.at > now + POLLING_SLACK:
        return True  # never, or by a clock that was wrong
    every = next(every for ahead, every in POLL_EVERY if left <= ahead)
    return now - asked.at >= max(every, COURTESY.get(asked.source, every)) - POLLING_SLACK


def read_asked(register: CasStore) -> dict[str, LastPoll]:
    """League → when it was last asked for; empty where nothing of use is kept."""
    return _read(register.read(ASKED))


def note_asked(register: CasStore, won: Mapping[str, str], at: datetime) -> None:
    """Keeps that at ``at`` each league of ``won`` had its prices from that source."""

    def step(text: str | None) -> str:
        known = _read(text) | {league: LastPoll(at, source) for league, source in won.items()}
        return json.dumps(
            {
                league: [league_plan.at.isoformat(), league_plan.source]
                for league, league_plan in sorted(known.items())
            }
        )

    if won:
        compare_and_swap(register, ASKED, step)


def _read(text: str | None) -> dict[str, LastPoll]:
    try:
        saved = json.loads(text) if text else {}
        return {
            league: LastPoll(datetime.fromisoformat(at), source) for league, (at, source) in saved.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}  # of another version: everything is due, and the quota keeps count
