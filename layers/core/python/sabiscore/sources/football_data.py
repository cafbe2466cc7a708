"""football-data.co.uk: results, statistics and odds of 18 divisions since 2000/01, a file a season."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from sabiscore.domain.league import BY_DIVISION, LEAGUES, League
from sabiscore.domain.match import season_start_year
from sabiscore.errors import BadSeasonFile, NotPublishedYet
from sabiscore.sources.base import Notes, Parsed, RefusedRow, Request
from sabiscore.sources.football_data_columns import ColumnPlan, plan_columns
from sabiscore.sources.football_data_fixtures import Numbered, settle
from sabiscore.sources.football_data_names import FIXTURES, FileName, is_fixtures, read_file_name
from sabiscore.sources.football_data_rows import NotAMatch, RowReader, SeasonFindings
from sabiscore.sources.football_data_table import MOST_TABLE_BYTES, Row, Table, read_table
from sabiscore.sources.football_data_times import read_day, season_of
from sabiscore.sources.hosts import HOSTS
from sabiscore.sources.reading import excerpt

PARSER = 2
"""Raise it whenever the same bytes parse to something else: stored seasons are then read anew."""

SITE = HOSTS["football-data.co.uk"][0]

ANOTHER_DIVISION = "another division"

ReaderFor = Callable[[Sequence[str]], RowReader]


class FootballData:
    """The source: what to ask for, and how to read the answers."""

    name = "football-data.co.uk"

    def season(self, league: League, season: str) -> Request:
        """The request for one season file."""
        url = f"{SITE}/mmz4281/{season}/{league.division}.csv"
        return Request(url=url, name=f"{league.division}_{season}.csv", max_bytes=MOST_TABLE_BYTES)

    def seasons(self, seasons: Iterable[str], leagues: Sequence[League] = LEAGUES) -> list[Request]:
        """The requests for all of ``seasons``, the newest first."""
        newest_first = sorted(set(seasons), key=season_start_year, reverse=True)
        return [self.season(league, season) for season in newest_first for league in leagues]

    def fixtures(self) -> Request:
        """The request for the coming matches of all divisions."""
        return Request(url=f"{SITE}/{FIXTURES}", name=FIXTURES, max_bytes=MOST_TABLE_BYTES)

    def parse(self, name: str, data: bytes) -> Parsed:
        """The matches of a season file, or of fixtures.csv, distinguished by ``name``.

        Raises BadSeasonFile, whose message begins with the name, when it cannot be read as one;
        NotPublishedYet for a header alone, or for the rows of another division, which the provider sends
        before a season's first match.
        """
        target = None if is_fixtures(name) else read_file_name(name)
        try:
            table = read_table(data)
            # Coming matches have no goals, and their file may have no columns for them.
            columns = plan_columns(table.header if target else (*table.header, "FTHG", "FTAG"))
            seen = SeasonFindings()
            if target is None:
                return _parse(table, columns, seen, _by_row(columns, seen))
            parsed = _parse(table, columns, seen, _by_file(columns, seen, target))
            if not parsed.matches:
                raise _without_matches(parsed.refused, target)
            return parsed
        except BadSeasonFile as error:
            raise type(error)(f"{name[-80:]} cannot be used: {error}", hint=error.hint) from error


def _without_matches(refused: Sequence[RefusedRow], target: FileName) -> BadSeasonFile:
    """Why a season file gives no match: the commonest reason, with its count and its first row."""
    if not refused:
        return NotPublishedYet("it has no matches yet.", hint="It is published with the first of them.")
    if all(row.reason == ANOTHER_DIVISION for row in refused):
        found = ", ".join(sorted({row.text.split(",", 1)[0] for row in refused}))
        return NotPublishedYet(
            f"its {len(refused)} rows are of {found[:60]} and not of {target.league.division}.",
            hint="The provider sends another division's file until the season has begun here.",
        )
    reason, count = Counter(row.reason for row in refused).most_common(1)[0]
    first = next(row for row in refused if row.reason == reason)
    every = "all" if count == len(refused) else f"{count}"
    return BadSeasonFile(
        f"none of its {len(refused)} rows is a match: {every} for {reason!r}, first in line {first.line} "
        f"({excerpt(first.text)}).",
        hint="Compare that line with a file that was read; perhaps the provider's format has changed.",
    )


def _parse(table: Table, columns: ColumnPlan, seen: SeasonFindings, reader_for: ReaderFor) -> Parsed:
    read: list[Numbered] = []
    refused: list[tuple[int, str]] = []
    for row in table.rows:
        cells = row.padded(columns.width)
        try:
            read.append((row.line, reader_for(cells).read(cells)))
        except NotAMatch as reason:
            refused.append((row.line, str(reason)))
    matches, unsettled = settle(read)
    return Parsed(
        matches=tuple(matches),
        refused=_refusals(table.rows, refused + unsettled),
        names=seen.names,
        notes=Notes(
            unknown_columns=columns.unknown,
            unknown_books=columns.unknown_books,
            set_aside=dict(seen.set_aside),
            blank_rows=table.blank_rows,
            surplus_rows=sum(any(row.cells[columns.width :]) for row in table.rows),
        ),
    )


def _by_file(columns: ColumnPlan, seen: SeasonFindings, target: FileName) -> ReaderFor:
    """Every row belongs to the league and season of the file's name."""
    reader = RowReader(columns, target.league, target.season, seen)
    own = ("", target.league.division)

    def reader_for(cells: Sequence[str]) -> RowReader:
        if columns.division is not None and cells[columns.division] not in own:
            raise NotAMatch(ANOTHER_DIVISION)
        return reader

    return reader_for


def _by_row(columns: ColumnPlan, seen: SeasonFindings) -> ReaderFor:
    """Every row names its division; its day tells the season."""
    division = columns.division
    if division is None:
        raise BadSeasonFile("there is no column Div.", hint="fixtures.csv holds several divisions.")
    readers: dict[tuple[str, str], RowReader] = {}

    def reader_for(cells: Sequence[str]) -> RowReader:
        league, day = BY_DIVISION.get(cells[division]), read_day(cells[columns.day])
        if league is None:
            raise NotAMatch("unknown division")
        if day is None:
            raise NotAMatch("date unreadable")
        key = league.key, season_of(day)
        if key not in readers:
            readers[key] = RowReader(columns, league, key[1], seen)
        return readers[key]

    return reader_for


def _refusals(rows: Sequence[Row], refused: list[tuple[int, str]]) -> tuple[RefusedRow, ...]:
    cells = {row.line: row.cells for row in rows} if refused else {}
    return tuple(
        RefusedRow(line, reason, ",".join(cells[line][:8])[:200]) for line, reason in sorted(refused)
    )
