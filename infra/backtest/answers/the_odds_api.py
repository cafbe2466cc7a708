"""The Odds API v4 as it would have answered: each book's newest price of the matches to come.

https://the-odds-api.com/liveapi/guides/v4/. The season files tell two prices a book, so a price stands
from when it was collected until the closing one is there, and says so in ``last_update``. The market's
mean and best are no bookmakers: nobody sends them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from infra.backtest.answers.spelling import Spelling
from infra.backtest.season import PastSeason, Played
from sabiscore.domain.book import LISTED
from sabiscore.domain.match import Market, Phase
from sabiscore.sources.the_odds_api import SPORTS

LEAGUES = {sport: league for league, sport in SPORTS.items()}
_KEYS = {book.code: book.keys[0] for book in LISTED if book.keys}
"""Our code of a book → the provider's key; of several that mean one book, the first."""
_MARKETS: dict[str, Market] = {"h2h": "1x2", "totals": "ou25"}


class OddsApi:
    """The provider over one season; what it says of a match is put together once a phase of its prices."""

    def __init__(self, season: PastSeason, spelling: Spelling) -> None:
        self._season = season
        self._spelling = spelling
        self._answered: dict[tuple[str, Phase | None, tuple[str, ...]], str] = {}

    def odds(self, sport: str, markets: Sequence[str], now: datetime) -> bytes | None:
        """The body of ``/v4/sports/{sport}/odds``; None for a sport that is not played here."""
        division = self._season.divisions.get(LEAGUES.get(sport, ""))
        if division is None:
            return None
        coming = [match for match in division.matches if match.listed_at <= now < match.kickoff_at]
        return f"[{', '.join(self._event(match, sport, markets, now) for match in coming)}]".encode()

    def _event(self, played: Played, sport: str, markets: Sequence[str], now: datetime) -> str:
        phase = played.phase_at(now)
        key = played.match.id, phase, tuple(markets)
        if key not in self._answered:
            self._answered[key] = json.dumps(_event(played, sport, markets, self._spelling, phase))
        return self._answered[key]


def _event(
    played: Played, sport: str, markets: Sequence[str], spelling: Spelling, phase: Phase | None
) -> dict[str, Any]:
    match = played.match
    names = {side: spelling.of(match.league, team) for side, team in (("h", match.home), ("a", match.away))}
    books = [] if phase is None else list(_books(played, phase, markets, names["h"], names["a"]))
    return {
        "id": sha256(match.id.encode()).hexdigest()[:32],
        "sport_key": sport,
        "sport_title": sport,
        "commence_time": _text(played.kickoff_at),
        "home_team": names["h"],
        "away_team": names["a"],
        "bookmakers": books,
    }


def _books(
    played: Played, phase: Phase, markets: Sequence[str], home: str, away: str
) -> Iterator[dict[str, Any]]:
    at = played.closes_at if phase == "close" else played.match.priced_at or played.closes_at
    for code, key in _KEYS.items():
        offered = []
        for name in markets:
            prices = played.match.prices.get((_MARKETS[name], code, phase)) if name in _MARKETS else None
            if prices is not None:
                offered.append(_market(name, prices, home, away, at))
        if offered:
            yield {"key": key, "title": key, "last_update": _text(at), "markets": offered}


def _market(name: str, prices: Sequence[float], home: str, away: str, at: datetime) -> dict[str, Any]:
    names = (home, "Draw", away) if name == "h2h" else ("Over", "Under")
    line = {} if name == "h2h" else {"point": 2.5}
    outcomes = [
        {"name": outcome, "price": price, **line} for outcome, price in zip(names, prices, strict=True)
    ]
    return {"key": name, "last_update": _text(at), "outcomes": outcomes}


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
