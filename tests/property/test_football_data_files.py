"""Laws of the parser: nothing is lost, nothing but our errors is raised, what is written is read."""

from __future__ import annotations

import string
from datetime import date, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from sabiscore.errors import SabiScoreError
from sabiscore.identity.slugs import slug
from sabiscore.sources.football_data import FootballData
from tests.support.season_files import HEADER, TEAMS, csv, row

PARSE = FootballData().parse
NAMES = st.sampled_from(["E0_2425.csv", "fixtures.csv", "2425/SC0.csv", "B1_0001.csv"])
CELLS = st.text(
    string.printable.replace("\n", "").replace("\r", "").replace(",", "").replace('"', ""), max_size=12
)
PRICES = st.floats(1.01, 50).map(lambda price: f"{price:.2f}")


@given(NAMES, st.binary(max_size=400))
@example("E0_2425.csv", b"\xff\xfe\0D\0i\0v")
@example("E0_2425.csv", b"\xef\xbb\xbf")
def test_random_bytes_raise_nothing_but_our_errors(name: str, data: bytes) -> None:
    try:
        PARSE(name, data)
    except SabiScoreError as error:
        complaint = (str(error), error.hint)
    else:
        complaint = ("none", "none")
    assert all(complaint)


@given(NAMES, st.lists(st.lists(CELLS, max_size=len(HEADER) + 3), max_size=6))
def test_under_a_good_header_every_row_is_a_match_or_a_refusal(name: str, rows: list[list[str]]) -> None:
    text = "\n".join([",".join(HEADER), *(",".join(cells) for cells in rows)]) + "\n"
    filled = sum(any(cell.strip() for cell in cells) for cells in rows)
    try:
        parsed = PARSE(name, text.encode())
    except SabiScoreError as error:
        complaint = str(error)
    else:
        complaint = ""
        assert parsed.rows == filled
    whole = (
        "no matches",
        "are of",
        "none of its",
    )  # nothing to read, another division, no row that is a match
    assert not complaint or any(reason in complaint for reason in whole)


@given(
    st.permutations(TEAMS),
    st.integers(0, 290),
    st.integers(0, 20),
    st.integers(0, 20),
    st.tuples(PRICES, PRICES, PRICES),
    st.booleans(),
    st.integers(0, 4),
)
def test_what_is_written_is_read(
    teams: list[str],
    days: int,
    home: int,
    away: int,
    prices: tuple[str, str, str],
    two_digits: bool,
    surplus: int,
) -> None:
    day = date(2024, 8, 1) + timedelta(days=days)
    written = row(
        Date=day.strftime("%d/%m/%y" if two_digits else "%d/%m/%Y"),
        HomeTeam=f"{teams[0]} ",
        AwayTeam=f" {teams[1]}",
        FTHG=str(home),
        FTAG=f"{away}.0",
        FTR="H" if home > away else "A" if home < away else "D",
        HTHG="",
        HTAG="",
        AvgCA=row()["AvgCA"] + "," * surplus,
        **dict(zip(("B365H", "B365D", "B365A"), prices, strict=True)),
    )
    (match,) = PARSE("E0_2425.csv", csv([written])).matches
    assert (match.day, match.home, match.away) == (day, slug(teams[0]), slug(teams[1]))
    assert match.goals == (home, away)
    odds = tuple(map(float, prices))
    possible = 0.99 <= sum(1 / price for price in odds) <= 1.25
    assert match.prices.get(("1x2", "b365", "pre")) == (odds if possible else None)
