"""One row of a football-data.co.uk file → one match, or the reason why it is none."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import itemgetter

from sabiscore.domain.book import BY_CODE
from sabiscore.domain.league import League
from sabiscore.domain.match import Match, Phase, in_season, season_start_year
from sabiscore.identity.names import team_slug
from sabiscore.sources.football_data_columns import ColumnPlan, QuoteKey
from sabiscore.sources.football_data_times import kickoff, priced_at, read_day

NAN = math.nan
LONGEST_NAME = 60
WIDEST_HANDICAP = 10
MOST_GOALS = 50
MOST_OF_A_STATISTIC = 200
MOST_EXPECTED_GOALS = 20
HIGHEST = 1001.0
OVERROUND = (0.99, 1.25)
"""What a book's inverse prices may sum to: under it is a gift, over it a typing error."""
BEST_PRICE_OVERROUND = (0.90, 1.25)
"""For best prices: those of several books and hours do sum to less than one."""

Prices = tuple[float, ...]

_ABANDONED = frozenset({"abandoned", "awarded", "walkover", "void"})
_MIXED_LINE = re.compile(r"([+-]?)(\d+) ([13])/([24])")
_SPLIT_LINE = re.compile(r"([+-]?\d+(?:\.5)?)\s*[,/]\s*([+-]?\d+(?:\.5)?)")


class NotAMatch(Exception):
    """A row that is no match; the message is the reason it is counted under."""


@dataclass(frozen=True, slots=True)
class SeasonFindings:
    """What was met while reading: team slug → its name here, and counts of what was set aside."""

    names: dict[str, str] = field(default_factory=dict)
    set_aside: Counter[str] = field(default_factory=Counter)


class Numbers(dict[str, float]):
    """Text → its number, NaN when it is none; a file repeats few different prices very often."""

    def __missing__(self, text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = NAN
        self[text] = number
        return number


class RowReader:
    """Reads the rows of one league and season of a file whose ``columns`` are known."""

    def __init__(self, columns: ColumnPlan, league: League, season: str, seen: SeasonFindings) -> None:
        self.columns = columns
        self.league = league
        self.season = season
        self.start_year = season_start_year(season)
        self.names, self.set_aside = seen.names, seen.set_aside
        self._number = Numbers().__getitem__
        # Backwards, so that of two columns for one quote the first with a usable price stays.
        quotes = [
            (quote.key, quote.columns, itemgetter(*quote.columns), *_overround(quote.key))
            for quote in reversed(columns.quotes)
        ]
        self._triples = [quote for quote in quotes if len(quote[1]) == 3]
        self._pairs = [quote for quote in quotes if len(quote[1]) == 2]
        self._own_lines = [(quote.key, quote.line) for quote in columns.quotes if quote.line is not None]

    def read(self, row: Sequence[str]) -> Match:
        """The match in ``row`` (stripped, at least as wide as the header); raises NotAMatch."""
        columns = self.columns
        day = read_day(row[columns.day])
        if day is None:
            raise NotAMatch("date unreadable")
        if not in_season(day, self.start_year):
            raise NotAMatch("date outside the season")
        home, away = self._team(row[columns.home]), self._team(row[columns.away])
        if home == away:
            raise NotAMatch("a team against itself")
        numbers = list(map(self._number, row))
        goals = self._goals(row, numbers)
        lines = self._lines(row, numbers)
        prices = self._prices(row, numbers, lines)
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
            statistics=self._statistics(row, numbers, goals),
            prices=prices,
            lines=lines,
            priced_at=collected if kickoff_at is None or collected is None else min(collected, kickoff_at),
        )

    def _team(self, name: str) -> str:
        team = team_slug(name, self.league.country, self.season)
        if not team:
            raise NotAMatch("team missing")
        if len(name) > LONGEST_NAME:
            raise NotAMatch("team name too long")
        self.names[team] = name
        return team

    def _goals(self, row: Sequence[str], numbers: Sequence[float]) -> tuple[int, int] | None:
        columns = self.columns
        result = row[columns.result].upper() if columns.result is not None else ""
        if not row[columns.home_goals] and not row[columns.away_goals]:
            if result:
                raise NotAMatch("result without goals")
            if any(row[position] for position in columns.played):
                raise NotAMatch("begun and not finished: no final score")
            return None
        home, away = numbers[columns.home_goals], numbers[columns.away_goals]
        if not (0 <= home <= MOST_GOALS and 0 <= away <= MOST_GOALS):
            raise NotAMatch("goals unreadable")
        if not (home.is_integer() and away.is_integer()):
            raise NotAMatch("goals unreadable")
        if result and result not in ("H", "D", "A"):
            raise NotAMatch("result is not H, D or A")
        if result and result != _result(home, away):
            raise NotAMatch("goals contradict the result")
        return int(home), int(away)

    def _kickoff(self, row: Sequence[str], day: date) -> datetime | None:
        position = self.columns.time
        if position is None or not row[position]:
            return None
        at = kickoff(day, row[position])
        if at is None:
            self.set_aside["time: unreadable"] += 1
        return at

    def _statistics(
        self, row: Sequence[str], numbers: Sequence[float], goals: tuple[int, int] | None
    ) -> dict[str, tuple[float, float]]:
        statistics = {}
        for name, i, j in self.columns.statistics:
            home, away = numbers[i], numbers[j]
            most = MOST_EXPECTED_GOALS if name == "xg" else MOST_OF_A_STATISTIC
            if not (0 <= home <= most and 0 <= away <= most):
                if not row[i] and not row[j]:
                    continue
                home = self._validated(name, row[i], home, most)
                away = self._validated(name, row[j], away, most)
            if name == "half_time" and (goals is None or home > goals[0] or away > goals[1]):
                self.set_aside["half_time: more than at full time"] += 1
            elif home == home or away == away:  # one of them is a number, not NaN
                statistics[name] = home, away
        return statistics

    def _validated(self, name: str, text: str, value: float, most: float) -> float:
        if 0 <= value <= most:
            return value
        if text:
            self.set_aside[f"{name}: not a count"] += 1
        return NAN

    def _lines(self, row: Sequence[str], numbers: Sequence[float]) -> dict[Phase, float]:
        lines: dict[Phase, float] = {}
        for phase, positions in self.columns.lines:
            for position in positions:
                if row[position]:
                    line = handicap_line(row[position], numbers[position])
                    if line is None:
                        self.set_aside[f"line {phase}: unreadable"] += 1
                    else:
                        lines[phase] = line
                    break
        return lines

    def _prices(
        self, row: Sequence[str], numbers: Sequence[float], lines: dict[Phase, float]
    ) -> dict[QuoteKey, Prices]:
        prices: dict[QuoteKey, Prices] = {}
        # Three million quotes pass these two loops, so what is usual is written out here.
        for key, positions, pick, low, high in self._triples:
            home, draw, away = odds = pick(numbers)
            if (
                1 < home <= HIGHEST
                and 1 < draw <= HIGHEST
                and 1 < away <= HIGHEST
                and low <= 1 / home + 1 / draw + 1 / away <= high
            ):
                prices[key] = odds
            else:
                self._set_aside(key, [row[position] for position in positions], odds)
        for key, positions, pick, low, high in self._pairs:
            first, second = odds = pick(numbers)
            if 1 < first <= HIGHEST and 1 < second <= HIGHEST and low <= 1 / first + 1 / second <= high:
                prices[key] = odds
            else:
                self._set_aside(key, [row[position] for position in positions], odds)
        self._drop_without_line(prices, row, lines)
        return prices

    def _set_aside(self, key: QuoteKey, texts: list[str], odds: Prices) -> None:
        if not any(texts):
            return
        if not all(texts):
            reason = "incomplete"
        elif any(price != price for price in odds):
            reason = "unreadable"
        elif not all(1 < price <= HIGHEST for price in odds):
            reason = "odds not above 1"
        else:
            reason = "impossible overround"
        self.set_aside[f"{' '.join(key)}: {reason}"] += 1

    def _drop_without_line(
        self, prices: dict[QuoteKey, Prices], row: Sequence[str], lines: dict[Phase, float]
    ) -> None:
        if len(lines) < 2:
            for key in [key for key in prices if key[0] == "ah" and key[2] not in lines]:
                del prices[key]
                self.set_aside[f"{' '.join(key)}: no line"] += 1
        for key, position in self._own_lines:
            own = row[position]
            if own and key in prices and handicap_line(own, self._number(own)) != lines.get(key[2]):
                del prices[key]
                self.set_aside[f"{' '.join(key)}: another line"] += 1


def handicap_line(text: str, number: float) -> float | None:
    """The goals given to the home side, in quarters; None when ``text`` is no such line.

    ``number`` is ``text`` read as a number, NaN when it is more than that.

    >>> [handicap_line(text, NAN) for text in ("-1.5/-2", "-1 1/4", "0,+0.5", "x")]
    [-1.75, -1.25, 0.25, None]
    """
    line = number
    if line == line:  # not NaN
        pass
    elif found := _MIXED_LINE.fullmatch(text):
        line = int(found[2]) + int(found[3]) / int(found[4])
        line = -line if found[1] == "-" else line
    elif found := _SPLIT_LINE.fullmatch(text):
        line = (float(found[1]) + float(found[2])) / 2
    return line if abs(line) <= WIDEST_HANDICAP and (line * 4).is_integer() else None


def _overround(key: QuoteKey) -> tuple[float, float]:
    return BEST_PRICE_OVERROUND if BY_CODE[key[1]].kind == "best" else OVERROUND


def _result(home: float, away: float) -> str:
    return "H" if home > away else "A" if home < away else "D"
