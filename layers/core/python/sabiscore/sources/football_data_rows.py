"""One row of a football-data.co.uk file → one match, or the reason why it is none."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sabiscore.domain.league import League
from sabiscore.domain.match import Match, Phase, season_start_year
from sabiscore.sources.football_data_columns import Columns, QuoteKey
from sabiscore.sources.football_data_names import team_slug
from sabiscore.sources.football_data_times import in_season, kickoff, priced_at, read_day

MOST_GOALS = 50
MOST_OF_A_STATISTIC = 200
HIGHEST = 1001.0
OVERROUND = (0.99, 1.25)
"""What a book's inverse prices may sum to: under it is a gift, over it a typing error."""
BEST_PRICE_OVERROUND = (0.90, 1.25)
"""For ``max``, whose best prices of several books and hours do sum to less than one."""

Prices = tuple[float, ...]

_ABANDONED = frozenset({"abandoned", "awarded", "walkover", "void"})
_MIXED_LINE = re.compile(r"([+-]?)(\d+) ([13])/([24])")
_SPLIT_LINE = re.compile(r"([+-]?\d+(?:\.5)?)\s*[,/]\s*([+-]?\d+(?:\.5)?)")


class NoMatch(Exception):
    """A row that is no match; the message is the reason it is counted under."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was met while reading: team slug → its name here, and counts of what was set aside."""

    names: dict[str, str] = field(default_factory=dict)
    set_aside: Counter[str] = field(default_factory=Counter)


class RowReader:
    """Reads the rows of one league and season of a file whose ``columns`` are known."""

    def __init__(self, columns: Columns, league: League, season: str, seen: Seen) -> None:
        self.columns = columns
        self.league = league
        self.season = season
        self.start_year = season_start_year(season)
        self.names, self.set_aside = seen.names, seen.set_aside
        # Backwards, so that of two columns for one quote the first with a usable price stays.
        self._triples = [
            (quote.key, *quote.columns, *_overround(quote.key))
            for quote in reversed(columns.quotes)
            if len(quote.columns) == 3
        ]
        self._pairs = [
            (quote.key, *quote.columns, *_overround(quote.key))
            for quote in reversed(columns.quotes)
            if len(quote.columns) == 2
        ]
        self._own_lines = [(quote.key, quote.line) for quote in columns.quotes if quote.line is not None]

    def read(self, row: Sequence[str]) -> Match:
        """The match in ``row`` (stripped, at least as wide as the header); raises NoMatch."""
        columns = self.columns
        day = read_day(row[columns.day])
        if day is None:
            raise NoMatch("date unreadable")
        if not in_season(day, self.start_year):
            raise NoMatch("date outside the season")
        home, away = self._team(row[columns.home]), self._team(row[columns.away])
        if home == away:
            raise NoMatch("a team against itself")
        goals = self._goals(row)
        lines = self._lines(row)
        prices = self._prices(row, lines)
        kickoff_at = self._kickoff(row, day)
        collected = priced_at(day) if any(key[2] == "pre" for key in prices) else None
        return Match(
            league=self.league.key,
            season=self.season,
            day=day,
            home=home,
            away=away,
            kickoff_at=kickoff_at,
            goals=goals,
            rated=len(row) == columns.width or not _ABANDONED.intersection(map(str.lower, row)),
            statistics=self._statistics(row, goals),
            prices=prices,
            lines=lines,
            priced_at=collected if kickoff_at is None or collected is None else min(collected, kickoff_at),
        )

    def _team(self, name: str) -> str:
        team = team_slug(name, self.league.country)
        if not team:
            raise NoMatch("team missing")
        if len(name) > 60:
            raise NoMatch("team name too long")
        self.names[team] = name
        return team

    def _goals(self, row: Sequence[str]) -> tuple[int, int] | None:
        columns = self.columns
        result = row[columns.result].upper() if columns.result is not None else ""
        home, away = row[columns.home_goals], row[columns.away_goals]
        if not home and not away:
            if any(row[position] for position in columns.played):
                raise NoMatch("result without goals")
            return None
        goals = _whole(home), _whole(away)
        if goals[0] is None or goals[1] is None:
            raise NoMatch("goals unreadable")
        if result and result not in ("H", "D", "A"):
            raise NoMatch("result is not H, D or A")
        if result and result != _result(goals[0], goals[1]):
            raise NoMatch("goals contradict the result")
        return goals[0], goals[1]

    def _kickoff(self, row: Sequence[str], day: date) -> datetime | None:
        position = self.columns.time
        if position is None or not row[position]:
            return None
        at = kickoff(day, row[position])
        if at is None:
            self.set_aside["time: unreadable"] += 1
        return at

    def _statistics(
        self, row: Sequence[str], goals: tuple[int, int] | None
    ) -> dict[str, tuple[float, float]]:
        statistics = {}
        for name, home, away in self.columns.statistics:
            if not (row[home] or row[away]):
                continue
            pair = self._measure(name, row[home]), self._measure(name, row[away])
            if name == "half_time" and (goals is None or pair[0] > goals[0] or pair[1] > goals[1]):
                self.set_aside["half_time: more than at full time"] += 1
                continue
            statistics[name] = pair
        return statistics

    def _measure(self, name: str, text: str) -> float:
        try:
            value = float(text or "nan")
        except ValueError:
            value = -1.0
        if 0 <= value <= MOST_OF_A_STATISTIC:
            return value
        if text:
            self.set_aside[f"{name}: not a count"] += 1
        return float("nan")

    def _lines(self, row: Sequence[str]) -> dict[Phase, float]:
        lines: dict[Phase, float] = {}
        for phase, positions in self.columns.lines:
            text = next((row[position] for position in positions if row[position]), "")
            if not text:
                continue
            line = handicap_line(text)
            if line is None:
                self.set_aside[f"line {phase}: unreadable"] += 1
            else:
                lines[phase] = line
        return lines

    def _prices(self, row: Sequence[str], lines: dict[Phase, float]) -> dict[QuoteKey, Prices]:
        prices: dict[QuoteKey, Prices] = {}
        self._three_way(prices, row)
        self._two_way(prices, row)
        self._drop_without_line(prices, row, lines)
        return prices

    # Three million quotes pass the next two methods, so what is usual is written out in them.

    def _three_way(self, prices: dict[QuoteKey, Prices], row: Sequence[str]) -> None:
        for key, i, j, k, low, high in self._triples:
            if not row[i] and not row[j] and not row[k]:
                continue
            try:
                home, draw, away = float(row[i]), float(row[j]), float(row[k])
            except ValueError:
                self._unread(key, (row[i], row[j], row[k]))
                continue
            if not (1 < home <= HIGHEST and 1 < draw <= HIGHEST and 1 < away <= HIGHEST):
                self.set_aside[f"{_label(key)}: odds not above 1"] += 1
            elif low <= 1 / home + 1 / draw + 1 / away <= high:
                prices[key] = home, draw, away
            else:
                self.set_aside[f"{_label(key)}: impossible overround"] += 1

    def _two_way(self, prices: dict[QuoteKey, Prices], row: Sequence[str]) -> None:
        for key, i, j, low, high in self._pairs:
            if not row[i] and not row[j]:
                continue
            try:
                first, second = float(row[i]), float(row[j])
            except ValueError:
                self._unread(key, (row[i], row[j]))
                continue
            if not (1 < first <= HIGHEST and 1 < second <= HIGHEST):
                self.set_aside[f"{_label(key)}: odds not above 1"] += 1
            elif low <= 1 / first + 1 / second <= high:
                prices[key] = first, second
            else:
                self.set_aside[f"{_label(key)}: impossible overround"] += 1

    def _unread(self, key: QuoteKey, texts: tuple[str, ...]) -> None:
        self.set_aside[f"{_label(key)}: {'unreadable' if all(texts) else 'incomplete'}"] += 1

    def _drop_without_line(
        self, prices: dict[QuoteKey, Prices], row: Sequence[str], lines: dict[Phase, float]
    ) -> None:
        for key in [key for key in prices if key[0] == "ah" and key[2] not in lines]:
            del prices[key]
            self.set_aside[f"{_label(key)}: no line"] += 1
        for key, position in self._own_lines:
            own = row[position]
            if own and key in prices and handicap_line(own) != lines.get(key[2]):
                del prices[key]
                self.set_aside[f"{_label(key)}: another line"] += 1


def handicap_line(text: str) -> float | None:
    """The goals given to the home side, in quarters; None when ``text`` is no such line.

    >>> handicap_line("-0.25"), handicap_line("-1.5/-2"), handicap_line("-1 1/4"), handicap_line("x")
    (-0.25, -1.75, -1.25, None)
    """
    if found := _MIXED_LINE.fullmatch(text):
        size = int(found[2]) + int(found[3]) / int(found[4])
        line = -size if found[1] == "-" else size
    elif found := _SPLIT_LINE.fullmatch(text):
        line = (float(found[1]) + float(found[2])) / 2
    else:
        try:
            line = float(text)
        except ValueError:
            return None
    return line if abs(line) <= 10 and (line * 4).is_integer() else None


def _overround(key: QuoteKey) -> tuple[float, float]:
    return BEST_PRICE_OVERROUND if key[1] == "max" else OVERROUND


def _label(key: QuoteKey) -> str:
    return " ".join(key)


def _result(home: int, away: int) -> str:
    return "H" if home > away else "A" if home < away else "D"


def _whole(text: str) -> int | None:
    """The number of goals in ``text``, which may be written 2.0."""
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() and 0 <= value <= MOST_GOALS else None
