"""The page of matches: one day, its rows in order of kick-off, and where the other days are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date

from sabiscore.domain.league import SERVED
from sabiscore.insights.document import DayCount, MatchList, MatchRow
from sabiscore.pages.frame import Frame
from sabiscore.pages.probability_bar import ProbabilityBar, probability_bar
from sabiscore.pages.rendering import render

DAYS_SHOWN = 9
DAYS_BACK_SHOWN = 2
LEAGUES = sorted(SERVED, key=lambda league: (league.country, league.name))


@dataclass(frozen=True, slots=True)
class ListedMatch:
    """A match with the bar of its forecast, or of what was sealed of it, and the words it is searched by."""

    row: MatchRow
    bar: ProbabilityBar | None
    words: str


def matches_page(document: MatchList, league: str | None, team: str | None, site: str | None = None) -> bytes:
    """The page of ``document``: of the day it was asked for, or of the first in it that has any match.

    Of a ``team``, or of several with commas between, all matches are shown, whatever the day. ``site`` is
    where readers find it, None where nobody said.
    """
    shown = None if team else document.day or _first_day(document.matches)
    of_day = [row for row in document.matches if shown is None or _day_of(row) == shown]
    rows = [listed for listed in map(_listed, of_day) if team is None or _is_about(listed, team)]
    later = [each for each in document.days if shown is not None and each.day > shown]
    values = {
        "frame": Frame(
            page="matches",
            title=_title(shown),
            description=_description(len(rows), shown),
            dated=document,
            site=site,
        ),
        "document": document,
        "rows": rows,
        "day": shown,
        "days": _around(document.days, shown),
        "next_day": later[0] if later else None,
        "leagues": LEAGUES,
        "league": league,
        "team": team,
    }
    return render("matches.html", values)


def _listed(row: MatchRow) -> ListedMatch:
    match = row.match
    words = f"{match.home.name} {match.away.name} {match.league.name} {match.league.country}".lower()
    chances = row.probabilities or (row.sealed.probabilities if row.sealed else None)
    return ListedMatch(row, probability_bar(chances, match) if chances else None, words)


def _is_about(listed: ListedMatch, team: str) -> bool:
    """Whether ``team``, one or several with commas between, names a team of the match by key or by words."""
    keys = (listed.row.match.home.key, listed.row.match.away.key)
    names = [name.strip().lower() for name in team.split(",")]
    return any(name in keys or all(word in listed.words for word in name.split()) for name in names if name)


def _first_day(rows: Iterable[MatchRow]) -> date | None:
    return min(map(_day_of, rows), default=None)


def _day_of(row: MatchRow) -> date:
    """The UTC day of the kick-off; the match's own day where no time is known."""
    kickoff = row.match.kickoff_at
    return kickoff.astimezone(UTC).date() if kickoff else row.match.day


def _around(days: Sequence[DayCount], shown: date | None) -> Sequence[DayCount]:
    """DAYS_SHOWN days with matches, ``shown`` among them, a few before it."""
    before = sum(1 for each in days if shown is not None and each.day < shown)
    begin = max(0, min(before - DAYS_BACK_SHOWN, len(days) - DAYS_SHOWN))
    return days[begin : begin + DAYS_SHOWN]


def _title(day: date | None) -> str:
    if day is None:
        return "Football matches"
    return f"Football matches of {day:%A} {day.day} {day:%B}"


def _description(count: int, day: date | None) -> str:
    of_day = f" of {day.day} {day:%B %Y}" if day else ""
    return f"Calibrated chances of {count} football matches{of_day}, each with its age and its source."
