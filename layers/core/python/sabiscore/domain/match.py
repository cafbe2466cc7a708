"""A match as the rest of the system knows it: identity, result, statistics and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sabiscore.domain.book import LISTED

STATISTICS = ("half_time", "shots", "on_target", "corners", "fouls", "yellows", "reds", "xg")
"""Names of the per-side measurements a match may have, each a (home, away) pair."""

BOOKS = tuple(book.code for book in LISTED)
"""Book codes of the 1X2 market, in the order of ``domain/book.py``."""

LINE_BOOKS = tuple(book.code for book in LISTED if book.lines)
"""Book codes of the over/under 2.5 and Asian-handicap markets."""

Phase = Literal["pre", "close"]
"""``pre``: collected up to two days before kick-off. ``close``: the last price before it."""

Market = Literal["1x2", "ou25", "ah"]
"""``1x2`` home/draw/away · ``ou25`` over/under 2.5 goals · ``ah`` Asian handicap home/away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One fixture, played or to come.

    ``day`` is the local date of the feed; ``kickoff_at`` is aware UTC, None where the feed has no
    time. ``season`` is like ``"2425"``, taken from the feed. ``goals`` is None until played.
    ``rated`` is False for awarded results and walk-overs: they count in tables, not in ratings.
    ``statistics`` maps a name of STATISTICS to (home, away), NaN where one side is unknown.
    ``prices`` maps (market, book, phase) to decimal odds in the market's order; ``lines`` maps a
    phase to the Asian-handicap line (goals given to home). ``priced_at`` is when the ``pre`` prices
    were collected, aware UTC.
    """

    league: str
    season: str
    day: date
    home: str
    away: str
    leg: int = 1
    kickoff_at: datetime | None = None
    goals: tuple[int, int] | None = None
    rated: bool = True
    statistics: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    prices: Mapping[tuple[Market, str, Phase], tuple[float, ...]] = field(default_factory=dict)
    lines: Mapping[Phase, float] = field(default_factory=dict)
    priced_at: datetime | None = None

    @property
    def id(self) -> str:
        return match_id(self.league, self.season, self.home, self.away, self.leg)


def match_id(league: str, season: str, home: str, away: str, leg: int = 1) -> str:
    """The id that stays when a match is moved; legs after the first carry their number.

    >>> match_id("epl", "2526", "arsenal", "chelsea")
    'epl-2526-arsenal-chelsea'
    >>> match_id("scottish-premiership", "2425", "celtic", "rangers", 2)
    'scottish-premiership-2425-celtic-rangers-2'
    """
    stem = f"{league}-{season}-{home}-{away}"
    return stem if leg == 1 else f"{stem}-{leg}"


def season_start_year(season: str) -> int:
    """The year a season such as ``"9900"`` or ``"2425"`` begins in.

    >>> season_start_year("2425"), season_start_year("9394")
    (2024, 1993)
    """
    start = int(season[:2])
    return 1900 + start if start >= 90 else 2000 + start


def season_on(day: date) -> str:
    """The season that a league match on ``day`` belongs to when no feed says so: July begins one.

    >>> season_on(date(2025, 5, 10)), season_on(date(2025, 8, 16))
    ('2425', '2526')
    """
    start = day.year if day.month >= 7 else day.year - 1
    return f"{start % 100:02d}{(start + 1) % 100:02d}"


def in_season(day: date, start_year: int) -> bool:
    """True when ``day`` can lie in the season that begins in ``start_year``: June to 31 August.

    The end is late because 2019/20 was finished in August 2020.
    """
    return date(start_year, 6, 1) <= day <= date(start_year + 1, 8, 31)
