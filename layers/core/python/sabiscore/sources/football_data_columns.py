"""Which column of a football-data.co.uk file holds what, worked out once a file from its header.

Column names are explained at https://www.football-data.co.uk/notes.txt: ``B365H`` is Bet365's home
price, a ``C`` after the book (``B365CH``) marks the closing price, ``>2.5`` and ``<2.5`` the totals
and ``AHH``/``AHA`` the Asian handicap, whose line is ``AHh``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sabiscore.domain.match import BOOKS, LINE_BOOKS, Market, Phase
from sabiscore.errors import BadSeasonFile

CODES: Mapping[str, str] = {
    "Avg": "avg", "BbAv": "avg", "Max": "max", "BbMx": "max", "B365": "b365", "PS": "ps", "P": "ps",
    "BFE": "bfe", "BW": "bw", "WH": "wh", "IW": "iw", "VC": "vc", "LB": "lb", "1XB": "1xb", "BF": "bf",
    "GB": "gb", "SB": "sb", "SJ": "sj", "BS": "bs", "SO": "so", "SY": "sy",
}  # fmt: skip
"""The feed's code of a book → ours. Where two codes mean one book the first with a price counts:
the averages and best prices were ``BbAv`` and ``BbMx`` until 2018/19."""

STATISTIC_COLUMNS: Mapping[str, tuple[str, str]] = {
    "half_time": ("HTHG", "HTAG"),
    "shots": ("HS", "AS"),
    "on_target": ("HST", "AST"),
    "corners": ("HC", "AC"),
    "fouls": ("HF", "AF"),
    "yellows": ("HY", "AY"),
    "reds": ("HR", "AR"),
}

UNUSED = frozenset(
    {
        "HTR", "Referee", "Attendance", "HHW", "AHW", "HO", "AO", "HBP", "ABP", "HFKC", "AFKC",
        "Bb1X2", "BbOU", "BbAH",
    }
)  # fmt: skip
"""Columns that are known and of no use here."""
_BASICS = frozenset(
    {
        "Div", "Date", "Time", "HomeTeam", "AwayTeam", "HT", "AT", "FTHG", "FTAG", "FTR",
        "HTHG", "HTAG", "AHh", "AHCh", "BbAHh",
    }
)  # fmt: skip
_SUFFIXES: Mapping[Market, tuple[str, ...]] = {
    "1x2": ("H", "D", "A"),
    "ou25": (">2.5", "<2.5"),
    "ah": ("AHH", "AHA"),
}
_PHASES: Mapping[Phase, str] = {"pre": "", "close": "C"}

QuoteKey = tuple[Market, str, Phase]


@dataclass(frozen=True, slots=True)
class QuoteColumns:
    """Where one book's prices for one market stand; ``line`` is the column of its own handicap."""

    key: QuoteKey
    columns: tuple[int, ...]
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The plan by which every row of one file is read; numbers are positions in the row.

    ``played`` are the columns that hold something only when a match was begun.
    """

    width: int
    division: int | None
    day: int
    time: int | None
    home: int
    away: int
    home_goals: int
    away_goals: int
    result: int | None
    played: tuple[int, ...]
    statistics: tuple[tuple[str, int, int], ...]
    quotes: tuple[QuoteColumns, ...]
    lines: tuple[tuple[Phase, tuple[int, ...]], ...]
    unknown: tuple[str, ...]
    unknown_books: tuple[str, ...]


def plan_columns(header: Sequence[str]) -> ColumnPlan:
    """The columns that ``header`` names; of duplicated names the first counts, blank ones never.

    Raises BadSeasonFile when a column is missing without which there is no match.
    """
    at = _positions(header)

    def need(*names: str) -> int:
        found = next((at[name] for name in names if name in at), None)
        if found is None:
            raise BadSeasonFile(
                f"there is no column {names[0]}.",
                hint="A season file begins with a header such as Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR.",
            )
        return found

    quotes = tuple(_quotes(at))
    unknown = tuple(sorted(set(at) - _known()))
    return ColumnPlan(
        width=len(header),
        division=at.get("Div"),
        day=need("Date"),
        time=at.get("Time"),
        home=need("HomeTeam", "HT"),
        away=need("AwayTeam", "AT"),
        home_goals=need("FTHG"),
        away_goals=need("FTAG"),
        result=at.get("FTR"),
        played=tuple(at[name] for name in ("FTR", "HTHG", "HTAG", "HTR") if name in at),
        statistics=tuple(
            (name, at[home], at[away])
            for name, (home, away) in STATISTIC_COLUMNS.items()
            if home in at and away in at
        ),
        quotes=quotes,
        lines=tuple(_lines(at, quotes)),
        unknown=unknown,
        unknown_books=_books_among(unknown),
    )


def _positions(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip() for name in header]
    at: dict[str, int] = {}
    for position, name in enumerate(names):
        if name:
            at.setdefault(name, position)
    for position, (first, second) in enumerate(pairwise(names)):
        # D2_0405 heads three columns in a row LB, LB, LB: the book's home, draw and away prices.
        if first == second and first in CODES and names[position + 2 : position + 3] == [first]:
            del at[first]
            for offset, suffix in enumerate("HDA"):
                at.setdefault(first + suffix, position + offset)
    return at


def _quotes(at: Mapping[str, int]) -> Iterator[QuoteColumns]:
    for code, book in CODES.items():
        for market, suffixes in _SUFFIXES.items():
            for phase, mark in _PHASES.items():
                names = [code + mark + suffix for suffix in suffixes]
                if book in (BOOKS if market == "1x2" else LINE_BOOKS) and all(name in at for name in names):
                    line = at.get(f"{code}{mark}AH") if market == "ah" else None
                    yield QuoteColumns((market, book, phase), tuple(at[name] for name in names), line)


def _lines(at: Mapping[str, int], quotes: Sequence[QuoteColumns]) -> Iterator[tuple[Phase, tuple[int, ...]]]:
    shared: Mapping[Phase, tuple[str, ...]] = {"pre": ("AHh", "BbAHh"), "close": ("AHCh",)}
    for phase, names in shared.items():
        columns = [at[name] for name in names if name in at]
        # Until 2004/05 each book stood beside its own line; the first that has one speaks for all.
        columns += [quote.line for quote in quotes if quote.line is not None and quote.key[2] == phase]
        if columns:
            yield phase, tuple(columns)


def _known() -> frozenset[str]:
    priced = {
        code + mark + suffix
        for code in CODES
        for mark in _PHASES.values()
        for suffixes in _SUFFIXES.values()
        for suffix in (*suffixes, "AH")
    }
    statistics = {name for pair in STATISTIC_COLUMNS.values() for name in pair}
    return _BASICS | UNUSED | statistics | priced


def _books_among(unknown: Sequence[str]) -> tuple[str, ...]:
    stems = {name[:-1] for name in unknown if name.endswith("H")}
    return tuple(sorted(stem for stem in stems if stem and {stem + "D", stem + "A"} <= set(unknown)))
