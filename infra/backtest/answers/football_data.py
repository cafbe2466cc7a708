"""football-data.co.uk as it stood at an instant: the list of coming matches, and files that grow."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from infra.backtest.season import Division, PastSeason


def fixtures(season: PastSeason, now: datetime) -> bytes:
    """fixtures.csv: the matches of the next days, early prices where they are collected, nothing else."""
    header = list(dict.fromkeys(name for division in season.divisions.values() for name in _early(division)))
    rows = []
    for division in season.divisions.values():
        place = {name: index for index, name in reversed(list(enumerate(division.header)))}
        priced = {division.header[index] for index in _price_places(division)}
        for played in division.matches:
            if not played.listed_at <= now < played.kickoff_at:
                continue
            known = played.match.priced_at is not None and played.match.priced_at <= now
            rows.append(
                [
                    played.cells[place[name]] if name in place and (known or name not in priced) else ""
                    for name in header
                ]
            )
    return _table(header, rows)


class GrowingSeasonFile:
    """The file of ``division``, put together once for each time that it grew."""

    def __init__(self, division: Division) -> None:
        self._division = division
        self._last: tuple[int, bytes] = (0, b"")

    def at(self, now: datetime) -> bytes | None:
        """The file as it was last filed; None before its first match is in it."""
        filed = [played.cells for played in self._division.matches if played.filed_at <= now]
        if len(filed) != self._last[0]:
            self._last = len(filed), _table(self._division.header, filed)
        return self._last[1] if filed else None


def _early(division: Division) -> list[str]:
    """The columns of fixtures.csv: who meets when, and early prices."""
    columns = division.columns
    basics = [columns.division, columns.day, columns.time, columns.home, columns.away]
    places = {place for place in basics if place is not None} | set(_price_places(division))
    return [division.header[place] for place in sorted(places)]


def _price_places(division: Division) -> list[int]:
    quotes = [place for quote in division.columns.quotes if quote.key[2] == "pre" for place in quote.columns]
    lines = [place for phase, places in division.columns.lines if phase == "pre" for place in places]
    return sorted({*quotes, *lines})


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([header, *rows])
    return text.getvalue().encode()
