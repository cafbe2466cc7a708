"""Matches as an iCalendar file (RFC 5545), every instant in UTC so that no reader has to know a zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast

from sabiscore.http.representation import Representation
from sabiscore.insights.document import Document, MatchList, MatchRow, Probabilities

CALENDAR_TYPE = "text/calendar; charset=utf-8"
LONGEST_LINE = 75
"""Octets of a line without its end (RFC 5545, section 3.1)."""
LASTS = timedelta(hours=2)


def calendar_file(document: Document) -> bytes:
    """The calendar of a list of matches, with their chances or results."""
    matches = cast("MatchList", document)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//SabiScore//Edge//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "X-WR-CALNAME:Football with calibrated chances",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    ]
    for row in matches.matches:
        lines += _event(row, matches.freshness.as_of or matches.generated_at)
    return "".join(f"{_folded(line)}\r\n" for line in (*lines, "END:VCALENDAR")).encode()


def _event(row: MatchRow, stamped_at: datetime) -> Iterator[str]:
    match = row.match
    yield "BEGIN:VEVENT"
    yield f"UID:{match.id}@sabiscore"
    yield f"DTSTAMP:{_utc(stamped_at)}"
    if match.kickoff_at is not None:
        yield f"DTSTART:{_utc(match.kickoff_at)}"
        yield f"DTEND:{_utc(match.kickoff_at + LASTS)}"
    else:
        yield f"DTSTART;VALUE=DATE:{match.day:%Y%m%d}"
    yield f"SUMMARY:{_escaped(_summary(row))}"
    yield f"DESCRIPTION:{_escaped(_description(row))}"
    yield f"CATEGORIES:{_escaped(match.league.name)}"
    yield f"STATUS:{'CANCELLED' if row.state.status in ('postponed', 'abandoned') else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _summary(row: MatchRow) -> str:
    """The teams, with the score once there is one."""
    score = row.state.score
    between = f"{score.home}–{score.away}" if score is not None else "–"
    return f"{row.match.home.name} {between} {row.match.away.name}"


def _description(row: MatchRow) -> str:
    if row.probabilities is not None:
        return f"{_chances(row.probabilities)}. Nothing here is advice to bet."
    if row.sealed is not None:
        return f"Sealed before kick-off: {_chances(row.sealed.probabilities)}."
    return "Nothing was predicted."


def _chances(p: Probabilities) -> str:
    return f"Home {100 * p.home:.0f}%, draw {100 * p.draw:.0f}%, away {100 * p.away:.0f}%"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    r"""Text as a property holds it (section 3.3.11).

    >>> _escaped("Brighton; 2,5\n")
    'Brighton\\; 2\\,5\\n'
    """
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return text


def _folded(line: str) -> str:
    """``line`` in pieces of at most LONGEST_LINE octets, no character cut in two."""
    pieces, piece, octets = [], "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > LONGEST_LINE:
            pieces.append(piece)
            piece, octets = " ", 1
        piece, octets = piece + character, octets + size
    return "\r\n".join([*pieces, piece])


CALENDAR = Representation(CALENDAR_TYPE, calendar_file)
