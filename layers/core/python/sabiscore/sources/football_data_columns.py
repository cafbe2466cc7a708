"""Which column of a football-data.co.uk file holds what, worked out once a file from its header.

Column names are explained at https://www.football-data.co.uk/notes.txt: ``B365H`` is Bet365's home
price, a ``C`` after the book (``B365CH``) marks the closing price, ``>2.5`` and ``<2.5`` the totals
and ``AHH``/``AHA`` the Asian handicap, whose line is ``AHh``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from itertools import pairwise

from sabiscore.domain.book import LISTED, UNLISTED
from sabiscore.domain.match import BOOKS, LINE_BOOKS, Market, Phase
from sabiscore.errors import BadSeasonFile

CODES: Mapping[str, str] = {column: book.code for book in LISTED for column in book.columns}
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
    "xg": ("HxG", "AxG"),
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
_EXTRA_LEAGUE = frozenset({"Country", "League", "Season", "Home", "Away"})
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


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlan:
    """The plan by which every row of one file is read; numbers are positions in the row.

    ``played`` are the columns that hold something only when a match was begun. ``unknown`` are the columns
    of which nothing is read; the prices of the first four ``unknown_books`` are read as those of books
    without a name.
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
    if at.keys() >= _EXTRA_LEAGUE:
        raise BadSeasonFile(
            "it is a table of an extra league, with all its seasons in another layout.",
            hint="Such files (the provider's folder new/) are not read; leave it out.",
        )

    def need(*names: str) -> int:
        found = next((at[name] for name in names if name in at), None)
        if found is None:
            raise BadSeasonFile(
                f"there is no column {names[0]}.",
                hint="A season file begins with a header such as Div,Date,HomeTeam,AwayTeam,FTHG,FTAG,FTR.",
            )
        return found

    unlisted = _unlisted(at)
    books = dict(zip(unlisted, UNLISTED, strict=False))
    quotes = tuple(_quotes(at, {**CODES, **books}))
    unknown = tuple(sorted(set(at) - _known((*CODES, *books))))
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
        unknown_books=unlisted,
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


def _quotes(at: Mapping[str, int], codes: Mapping[str, str]) -> Iterator[QuoteColumns]:
    for code, book in codes.items():
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


def _known(codes: Iterable[str]) -> frozenset[str]:
    """The columns of which something is read, or of which we know that nothing is."""
    priced = {
        code + mark + suffix
        for code in codes
        for mark in _PHASES.values()
        for suffixes in _SUFFIXES.values()
        for suffix in (*suffixes, "AH")
    }
    statistics = {name for pair in STATISTIC_COLUMNS.values() for name in pair}
    return _BASICS | UNUSED | statistics | priced


def _unlisted(at: Mapping[str, int]) -> tuple[str, ...]:
    """The feed's codes of books that are not listed, in the order of the header: home, draw and away each.

    A ``C`` at the end marks a closing price, also where no early one stands beside it, unless the columns of
    that closing price are there too.
    """
    unknown = set(at) - _known(CODES)
    stems = {name[:-1] for name in unknown if name.endswith("H") and name[:-1]}
    triples = {stem for stem in stems if {stem + "D", stem + "A"} <= unknown}
    codes = dict.fromkeys(_code(stem, triples) for stem in sorted(triples, key=lambda stem: at[stem + "H"]))
    return tuple(code for code in codes if code not in CODES)


def _code(stem: str, triples: AbstractSet[str]) -> str:
    mark = _PHASES["close"]
    closes = len(stem) > len(mark) and stem.endswith(mark) and stem + mark not in triples
    return stem.removesuffix(mark) if closes else stem
