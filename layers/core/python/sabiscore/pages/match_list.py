"""The page of matches: one day, its rows in order of kick-off, and where the other days are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sabiscore.insights.document import LeagueRef, MatchList, MatchRow, Probabilities
from sabiscore.pages.frame import Frame
from sabiscore.pages.probability_bar import ProbabilityBar, probability_bar
from sabiscore.pages.rendering import render

DAYS_SHOWN = 7


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A match with its bar, and the words it can be searched by."""

    row: MatchRow
    bar: ProbabilityBar
    words: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day with so many matches, as a link names it."""

    day: date
    matches: int


def matches_page(document: MatchList, day: date | None, league: str | None, team: str | None) -> bytes:
    """The page of ``document``: of its matches those of ``day``, by default of the first that has any.

    Of a ``team``, or of several with commas between, all matches are shown, whatever the day.
    """
    days = _days(document.matches)
    shown = None if team else day or (days[0].day if days else None)
    of_day = [row for row in document.matches if shown is None or _day_of(row) == shown]
    listed = [_listed(row, row.probabilities) for row in of_day if row.probabilities is not None]
    rows = [row for row in listed if team is None or _is_about(row, team)]
    values = {
        "frame": Frame("matches", _title(shown, document), _description(document), document),
        "document": document,
        "rows": rows,
        "day": shown,
        "days": _around(days, shown),
        "next_day": next((each for each in days if shown is not None and each.day > shown), None),
        "leagues": _leagues(document.matches),
        "league": league,
        "team": team,
    }
    return render("matches.html", values)


def _listed(row: MatchRow, chances: Probabilities) -> ListedMatch:
    match = row.match
    words = f"{match.home.name} {match.away.name} {match.league.name} {match.league.country}".lower()
    return ListedMatch(row, probability_bar(chances, match), words)


def _is_about(listed: ListedMatch, team: str) -> bool:
    """Whether ``team``, one or several with commas between, names a team of the match by key or by words."""
    keys = (listed.row.match.home.key, listed.row.match.away.key)
    names = [name.strip().lower() for name in team.split(",")]
    return any(name in keys or all(word in listed.words for word in name.split()) for name in names if name)


def _day_of(row: MatchRow) -> date:
    """The UTC date of the kick-off, or of the match where the hour is not known."""
    kickoff: datetime | None = row.match.kickoff_at
    return kickoff.astimezone(UTC).date() if kickoff else row.match.day


def _days(rows: Iterable[MatchRow]) -> list[Day]:
    return [Day(day, n) for day, n in sorted(Counter(map(_day_of, rows)).items())]


def _around(days: Sequence[Day], shown: date | None) -> Sequence[Day]:
    """DAYS_SHOWN days with matches, ``shown`` among them."""
    place = next((k for k, each in enumerate(days) if each.day == shown), 0)
    begin = max(0, min(place - 1, len(days) - DAYS_SHOWN))
    return days[begin : begin + DAYS_SHOWN]


def _leagues(rows: Iterable[MatchRow]) -> list[LeagueRef]:
    by_key = {row.match.league.key: row.match.league for row in rows}
    return sorted(by_key.values(), key=lambda league: (league.country, league.name))


def _title(day: date | None, document: MatchList) -> str:
    if day is None or not document.matches:
        return "Football matches"
    return f"Football matches of {day:%A} {day.day} {day:%B}"


def _description(document: MatchList) -> str:
    return f"Calibrated chances of {document.count} football matches, each with its age and its source."
