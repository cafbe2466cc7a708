"""ESPN's scoreboard as it would have answered: the round being played, scheduled or at full time.

A match in progress is left out: the season files do not say how it stood then.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from infra.backtest.answers.spelling import Spelling
from infra.backtest.season import PastSeason, Played
from sabiscore.domain.match import season_start_year
from sabiscore.sources.espn import SLUGS, STATISTICS

LEAGUES = {slug: league for league, slug in SLUGS.items()}
BEFORE, AFTER = timedelta(days=3), timedelta(days=4)
"""How far back and ahead of now the board reaches."""


def scoreboard(season: PastSeason, slug: str, spelling: Spelling, now: datetime) -> bytes | None:
    """The body of ``…/soccer/{slug}/scoreboard``; None for a league that is not played here."""
    division = season.divisions.get(LEAGUES.get(slug, ""))
    if division is None:
        return None
    year = season_start_year(season.name)
    shown = [
        match
        for match in division.matches
        if now - BEFORE <= match.kickoff_at < now + AFTER and not match.kickoff_at <= now < match.ends_at
    ]
    board = {
        "leagues": [{"id": slug, "name": division.league.name, "slug": slug, "season": {"year": year}}],
        "season": {"year": year},
        "day": {"date": now.date().isoformat()},
        "events": [_event(match, year, spelling, now) for match in shown],
    }
    return json.dumps(board).encode()


def _event(played: Played, year: int, spelling: Spelling, now: datetime) -> dict[str, Any]:
    number = str(int(sha256(played.match.id.encode()).hexdigest()[:8], 16))
    over = now >= played.ends_at
    at = played.kickoff_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
    name, state = ("STATUS_FULL_TIME", "post") if over else ("STATUS_SCHEDULED", "pre")
    return {
        "id": number,
        "date": at,
        "name": played.match.id,
        "season": {"year": year, "type": 1, "slug": f"{year}"},
        "competitions": [
            {
                "id": number,
                "date": at,
                "timeValid": True,
                "competitors": [_side(played, side, spelling, over=over) for side in (0, 1)],
                "status": {"type": {"name": name, "state": state, "completed": over}},
            }
        ],
    }


def _side(played: Played, side: int, spelling: Spelling, *, over: bool) -> dict[str, Any]:
    match = played.match
    team = (match.home, match.away)[side]
    goals = match.goals[side] if over and match.goals else 0
    name = spelling.of(match.league, team)
    return {
        "id": team,
        "homeAway": ("home", "away")[side],
        "score": str(goals),
        "team": {"id": team, "displayName": name, "shortDisplayName": name, "name": name},
        "statistics": list(_statistics(match.statistics, side)) if over else [],
    }


def _statistics(known: Any, side: int) -> list[dict[str, str]]:
    counts = {name: known[ours][side] for name, ours in STATISTICS.items() if ours in known}
    return [
        {"name": name, "displayValue": f"{count:.0f}"} for name, count in counts.items() if count == count
    ]
