"""Season files as a provider publishes them: longer every week, clubs written now so, now otherwise."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from sabiscore.sources.football_data_times import read_day

RENAMES = {
    "Ath Madrid": "Atl. Madrid",
    "Vallecano": "Rayo Vallecano",
    "La Coruna": "Dep. A Coruna",
    "Betis": "Real Betis",
    "Sheffield Weds": "Sheffield Wed",
    "Bradford": "Bradford City",
}
"""Football-data.co.uk's own ways to write one club, in season files and in fixtures.csv of one week."""
COMING = timedelta(days=7)
FIXTURES_HEADER = ("Div", "Date", "Time", "HomeTeam", "AwayTeam")

Row = dict[str, str]


class SeasonAsItComes:
    """One season file, cut at days, each row with the names of that week."""

    def __init__(self, path: Path) -> None:
        text = path.read_text("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text))
        self.name = path.name
        self.header = [name for name in reader.fieldnames or () if name]
        self.rows: list[tuple[date, Row]] = []
        for row in reader:
            day = read_day((row.get("Date") or "").strip())
            if day is not None:
                self.rows.append((day, {name: (row.get(name) or "").strip() for name in self.header}))

    def weeks(self, days: int = 7) -> Iterator[date]:
        """The days at which somebody looks, the last one after the last match."""
        first, last = min(day for day, _ in self.rows), max(day for day, _ in self.rows)
        at = first
        while at <= last:
            at += timedelta(days=days)
            yield at

    def until(self, day: date, called: Mapping[str, str]) -> bytes:
        """The file as it is on the morning of ``day``, its clubs written as ``called``."""
        return self._bytes([row for played, row in self.rows if played < day], called)

    def coming(self, day: date, called: Mapping[str, str]) -> Sequence[Row]:
        """Rows of fixtures.csv on ``day``: the matches of the days after it, without results."""
        return [
            self._written(
                {name: row[name] for name in ("Div", "Date", "Time", "HomeTeam", "AwayTeam")}, called
            )
            for played, row in self.rows
            if day <= played < day + COMING and row.get("Time")
        ]

    def _bytes(self, rows: Sequence[Row], called: Mapping[str, str]) -> bytes:
        out = io.StringIO()
        writer = csv.DictWriter(out, self.header)
        writer.writeheader()
        writer.writerows(self._written(row, called) for row in rows)
        return out.getvalue().encode()

    @staticmethod
    def _written(row: Row, called: Mapping[str, str]) -> Row:
        return row | {side: called.get(row[side], row[side]) for side in ("HomeTeam", "AwayTeam")}


def fixtures_csv(rows: Sequence[Row]) -> bytes:
    """``rows`` of several divisions as fixtures.csv."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIXTURES_HEADER)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()
