"""Every fault a football-data.co.uk file is known to have, one at a time."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from sabiscore.errors import BadSeasonFile
from sabiscore.sources.base import Parsed
from sabiscore.sources.football_data import FootballData
from tests.support.season_files import HEADER, csv, row, season

PARSE = FootballData().parse


def parse(*rows: dict[str, str], name: str = "E0_2425.csv") -> Parsed:
    return PARSE(name, csv(rows))


def reasons(parsed: Parsed) -> list[tuple[int, str]]:
    return [(refused.line, refused.reason) for refused in parsed.refused]


def test_a_match_is_read_whole() -> None:
    parsed = parse(row())
    (match,) = parsed.matches
    assert match.id == "epl-2425-ashford-brookvale"
    assert (match.day, match.goals, match.rated) == (date(2024, 8, 17), (2, 1), True)
    assert match.kickoff_at == datetime(2024, 8, 17, 14, 0, tzinfo=UTC)
    assert match.priced_at == datetime(2024, 8, 16, 14, 0, tzinfo=UTC)
    assert match.statistics == {"half_time": (1, 0), "shots": (12, 8), "on_target": (5, 3)}
    assert match.prices == {
        ("1x2", "b365", "pre"): (2.0, 3.5, 3.9),
        ("1x2", "avg", "pre"): (2.02, 3.45, 3.85),
        ("1x2", "avg", "close"): (1.98, 3.5, 4.0),
        ("ou25", "avg", "pre"): (1.9, 1.95),
        ("ah", "avg", "pre"): (1.95, 1.93),
    }
    assert match.lines == {"pre": -0.5}
    assert parsed.names == {"ashford": "Ashford", "brookvale": "Brookvale"}
    assert not parsed.refused


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"Date": "2024-17-08"}, "date unreadable"),
        ({"Date": "08/17/2024"}, "date unreadable"),
        ({"Date": "17/08/2023"}, "date outside the season"),
        ({"HomeTeam": ""}, "team missing"),
        ({"AwayTeam": "x" * 10_000}, "team name too long"),
        ({"AwayTeam": "ASHFORD"}, "a team against itself"),
        ({"FTR": "A"}, "goals contradict the result"),
        ({"FTR": "W"}, "result is not H, D or A"),
        ({"FTHG": "two"}, "goals unreadable"),
        ({"FTHG": "1.5"}, "goals unreadable"),
        ({"FTHG": "nan"}, "goals unreadable"),
        ({"FTAG": ""}, "goals unreadable"),
        ({"FTHG": "", "FTAG": ""}, "result without goals"),
        ({"FTHG": "", "FTAG": "", "FTR": ""}, "begun and not finished: no final score"),
        ({"Div": "E1"}, "another division"),
    ],
)
def test_a_row_that_is_no_match_is_refused_with_its_line(cells: dict[str, str], reason: str) -> None:
    parsed = parse(row(HomeTeam="Castle Hill", AwayTeam="Dunmore"), row(**cells))
    assert reasons(parsed) == [(3, reason)]
    assert parsed.refused[0].text.startswith(("E0,", "E1,"))
    assert len(parsed.matches) == 1


@pytest.mark.parametrize(
    ("cells", "book"),
    [
        ({"B365H": "1"}, "1x2 b365 pre: odds not above 1"),
        ({"B365H": "0"}, "1x2 b365 pre: odds not above 1"),
        ({"B365H": "-2"}, "1x2 b365 pre: odds not above 1"),
        ({"B365H": "1e308"}, "1x2 b365 pre: odds not above 1"),
        ({"B365H": "nan"}, "1x2 b365 pre: unreadable"),
        ({"B365H": "3.53.75"}, "1x2 b365 pre: unreadable"),
        ({"B365D": ""}, "1x2 b365 pre: incomplete"),
        ({"B365H": "1.1"}, "1x2 b365 pre: impossible overround"),
        ({"B365H": "20"}, "1x2 b365 pre: impossible overround"),
    ],
)
def test_an_impossible_price_costs_the_quote_and_not_the_match(cells: dict[str, str], book: str) -> None:
    parsed = parse(row(**cells))
    (match,) = parsed.matches
    assert ("1x2", "b365", "pre") not in match.prices
    assert ("1x2", "avg", "pre") in match.prices
    assert parsed.notes.set_aside == {book: 1}


def test_the_best_price_of_many_books_may_sum_to_less_than_one() -> None:
    header = [*HEADER, "MaxH", "MaxD", "MaxA"]
    (match,) = PARSE("E0_2425.csv", csv([row(MaxH="2.2", MaxD="3.8", MaxA="4.2")], header)).matches
    assert match.prices["1x2", "max", "pre"] == (2.2, 3.8, 4.2)


def test_a_handicap_without_its_line_or_at_another_line_is_set_aside() -> None:
    parsed = parse(row(AHh=""))
    assert parsed.notes.set_aside == {"ah avg pre: no line": 1}
    header = [
        "Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "FTR",
        "B365AHH", "B365AHA", "B365AH", "GBAHH", "GBAHA", "GBAH",
    ]  # fmt: skip
    books = {"B365AHH": "1.9", "B365AHA": "1.95", "GBAHH": "1.8", "GBAHA": "2.05", "B365AH": "-1 1/4"}
    parsed = PARSE("E0_0304.csv", csv([row(Date="17/08/03", GBAH="-1.5/-2", **books)], header))
    assert parsed.matches[0].lines == {"pre": -1.25}
    assert set(parsed.matches[0].prices) == {("ah", "b365", "pre")}
    assert parsed.notes.set_aside == {"ah gb pre: another line": 1}


def test_early_averages_are_the_same_book_as_late_ones() -> None:
    header = ["Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "FTR", "BbAvH", "BbAvD", "BbAvA"]
    data = csv([row(Date="17/08/13", BbAvH="2.0", BbAvD="3.4", BbAvA="3.8")], header)
    assert PARSE("E0_1314.csv", data).matches[0].prices == {("1x2", "avg", "pre"): (2.0, 3.4, 3.8)}


def test_of_two_columns_for_one_quote_the_first_usable_counts() -> None:
    header = [*HEADER, "BbAvH", "BbAvD", "BbAvA"]
    both = row(BbAvH="2.1", BbAvD="3.4", BbAvA="3.7")
    (match,) = PARSE("E0_2425.csv", csv([both], header)).matches
    assert match.prices["1x2", "avg", "pre"] == (2.02, 3.45, 3.85)
    (match,) = PARSE("E0_2425.csv", csv([both | {"AvgH": "0"}], header)).matches
    assert match.prices["1x2", "avg", "pre"] == (2.1, 3.4, 3.7)


def test_a_book_whose_columns_lost_their_suffixes_is_still_read() -> None:
    header = ["Div", "Date", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "FTR", "LB", "LB", "LB"]
    line = "E0,17/08/04,Ashford,Brookvale,2,1,H,2.0,3.4,3.8"
    data = (",".join(header) + "\n" + line + "\n").encode()
    assert PARSE("E0_0405.csv", data).matches[0].prices == {("1x2", "lb", "pre"): (2.0, 3.4, 3.8)}


def test_ragged_short_and_blank_rows() -> None:
    header = b"Div,Date,HT,AT,FTHG,FTAG,FTR,HTHG,HTAG,HTR,,,\n"
    body = (
        b"G1,17/08/03,Alpha,Beta,1,0,H,0,0,D,,,,,,,,,,\n"  # longer than the header
        b"G1,18/08/03,Gamma ,Delta,0,0,D\n"  # shorter, and a space after the name
        b",,,,\n"
        b"\n"
        b"G1,19/08/03,Alpha,Gamma,0,3,A,,,,,,,,Alpha,Gamma,1,1,,Abandoned\n"
    )
    parsed = PARSE("G1_0304.csv", header + body)
    assert [(match.home, match.goals, match.rated) for match in parsed.matches] == [
        ("alpha", (1, 0), True),
        ("gamma", (0, 0), True),
        ("alpha", (0, 3), False),
    ]
    assert (parsed.notes.blank_rows, parsed.notes.surplus_rows, parsed.refused) == (2, 1, ())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_encodings(encoding: str) -> None:
    data = csv([row(HomeTeam="Málaga B")]).decode().encode(encoding)
    assert PARSE("SP2_2425.csv", data.replace(b"E0,", b"SP2,")).matches[0].home == "malaga-b"


def test_spelling_twins_are_one_club() -> None:
    data = csv([row(Div="N1", HomeTeam="Sparta"), row(Div="N1", HomeTeam="Ajax", AwayTeam="Roda JC")])
    teams = {team for match in PARSE("N1_2425.csv", data).matches for team in (match.home, match.away)}
    assert teams == {"sparta-rotterdam", "brookvale", "ajax", "roda"}


def test_a_second_identical_fixture_is_a_duplicate_where_a_league_meets_once() -> None:
    parsed = parse(row(), row(Date="01/02/2025"))
    assert reasons(parsed) == [(3, "duplicate fixture")]
    unplayed = row(FTHG="", FTAG="", FTR="", HTHG="", HTAG="", HTR="", HS="", AS="")
    parsed = parse(unplayed, row(Date="01/02/2025"))
    assert reasons(parsed) == [(2, "duplicate fixture")]
    assert parsed.matches[0].goals == (2, 1)


def test_repeated_fixtures_are_legs_in_the_order_of_their_dates() -> None:
    rows = [row(Div="SC0", Date=day) for day in ("01/02/2025", "17/08/2024", "10/05/2025", "17/05/2025")]
    parsed = parse(*rows, name="SC0_2425.csv")
    assert sorted((match.leg, match.day) for match in parsed.matches) == [
        (1, date(2024, 8, 17)),
        (2, date(2025, 2, 1)),
        (3, date(2025, 5, 10)),
    ]
    assert reasons(parsed) == [(5, "duplicate fixture")]


def test_nobody_plays_twice_on_one_day() -> None:
    parsed = parse(row(), row(AwayTeam="Castle Hill"), row(Div="E0", HomeTeam="Dunmore", AwayTeam="Fenwick"))
    assert reasons(parsed) == [(3, "a team plays twice that day")]


@pytest.mark.parametrize(("start_year", "rated"), [(2024, False), (2016, True)])
def test_a_match_without_shots_was_awarded_where_shots_are_complete(start_year: int, rated: bool) -> None:
    rows = season(start_year=start_year)
    rows[3] |= {"HS": "", "AS": ""}
    parsed = parse(*rows, name=f"E0_{start_year % 100}{start_year % 100 + 1}.csv")
    assert [match.rated for match in parsed.matches].count(False) == (0 if rated else 1)


def test_unknown_bookmakers_are_normal_and_named() -> None:
    header = [*HEADER, "ZZTH", "ZZTD", "ZZTA", "ZZTCH", "ZZTCD", "ZZTCA", "Weather"]
    early, close = (
        {"ZZTH": "2", "ZZTD": "3.4", "ZZTA": "3.9"},
        {"ZZTCH": "1.9", "ZZTCD": "3.5", "ZZTCA": "4.2"},
    )
    parsed = PARSE("E0_2526.csv", csv([row(Date="17/08/2025", **early, **close)], header))
    assert parsed.notes.unknown_books == ("ZZT",)
    assert parsed.notes.unknown_columns == ("Weather",)
    (match,) = parsed.matches
    assert match.prices["1x2", "other1", "pre"] == (2.0, 3.4, 3.9)
    assert match.prices["1x2", "other1", "close"] == (1.9, 3.5, 4.2)


@pytest.mark.parametrize(
    ("columns", "books", "keys"),
    [
        (("ZZC",), ("ZZ",), {("other1", "close")}),  # the closing price alone: never taken for an early one
        (("TOC", "TOCC"), ("TOC",), {("other1", "pre"), ("other1", "close")}),
        (("ZB", "ZA"), ("ZB", "ZA"), {("other1", "pre"), ("other2", "pre")}),
        (
            ("Z1", "Z2", "Z3", "Z4", "Z5"),
            ("Z1", "Z2", "Z3", "Z4", "Z5"),
            {(f"other{n}", "pre") for n in range(1, 5)},
        ),
        (("PPC",), (), {("pp", "close")}),
    ],
)
def test_columns_of_odds_that_nobody_listed_are_read_as_books(columns, books, keys) -> None:
    names = [code + side for code in columns for side in "HDA"]
    prices = dict(zip(names, ["2", "3.4", "3.9"] * len(columns), strict=True))
    parsed = PARSE("E0_2526.csv", csv([row(Date="17/08/2025", **prices)], [*HEADER, *names]))
    assert parsed.notes.unknown_books == books
    (match,) = parsed.matches
    assert {key[1:] for key in match.prices if key[0] == "1x2"} >= keys
    assert not {key[1:] for key in match.prices if key[1].startswith("other")} - keys


@pytest.mark.parametrize(
    ("column", "book"),
    [("BV", "vc"), ("BFD", "bfd"), ("BMGM", "bmgm"), ("CL", "cl"), ("PP", "pp"), ("SKB", "skb")],
)
def test_books_of_the_newest_seasons_are_read_by_name(column: str, book: str) -> None:
    names = [f"{column}{side}" for side in "HDA"]
    prices = dict(zip(names, ("2", "3.4", "3.9"), strict=True))
    parsed = PARSE("E0_2627.csv", csv([row(Date="15/08/2026", **prices)], [*HEADER, *names]))
    assert parsed.matches[0].prices["1x2", book, "pre"] == (2.0, 3.4, 3.9)
    assert parsed.notes.unknown_books == parsed.notes.unknown_columns == ()


@pytest.mark.parametrize(
    ("home", "away", "xg", "aside"),
    [
        ("1.97", "0.84", (1.97, 0.84), {}),
        ("", "", None, {}),
        ("38", "0.84", (math.nan, 0.84), {"xg: not a count": 1}),
        ("-1", "x", None, {"xg: not a count": 2}),
    ],
)
def test_expected_goals_of_a_season_file(home: str, away: str, xg, aside) -> None:
    parsed = PARSE("E0_2627.csv", csv([row(Date="15/08/2026", HxG=home, AxG=away)], [*HEADER, "HxG", "AxG"]))
    found = parsed.matches[0].statistics.get("xg")
    assert found == (None if xg is None else pytest.approx(xg, nan_ok=True))
    assert parsed.notes.set_aside == aside
    assert parsed.notes.unknown_columns == ()


def test_coming_matches_of_several_divisions() -> None:
    unplayed = {"FTHG": "", "FTAG": "", "FTR": "", "HTHG": "", "HTAG": "", "HTR": "", "HS": "", "AS": ""}
    rows = [
        row(**unplayed, Date="22/11/2025"),
        row(**unplayed, Div="SC0", Date="30/06/2026", HomeTeam="Fenwick", AwayTeam="Dunmore"),
        row(**unplayed, Div="EC", Date="22/11/2025"),
        row(**unplayed, Div="XX", Date="22/11/2025"),
    ]
    parsed = PARSE("fixtures.csv", b"\xef\xbb\xbf" + csv(rows))
    assert [match.id for match in parsed.matches] == [
        "epl-2526-ashford-brookvale",
        "scottish-premiership-2526-fenwick-dunmore",
        "national-league-2526-ashford-brookvale",
    ]
    assert all(match.goals is None for match in parsed.matches)
    assert reasons(parsed) == [(5, "unknown division")]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("E0_2425.csv", b"", "it is empty"),
        ("E0_2425.csv", b"\n\n,,,\n", "it is empty"),
        ("E0_2425.csv", b"\x89PNG\r\n\x1a\n\0\0\0", "it is binary"),
        ("E0_2425.csv", b"<!DOCTYPE html>\n<html>sorry</html>\n", "it is a web page"),
        ("E0_2425.csv", b"\n  <html><body>Multiple Choices</body></html>", "it is a web page"),
        ("E0_2425.csv", b"Sorry,come,back\n", "no column Date"),
        ("E0_2425.csv", csv([]), "it has no matches yet"),
        ("E0_2425.csv", csv([row(Div="EC"), row(Div="EC")]), "its 2 rows are of EC and not of E0"),
        ("E0_2425.csv", csv([row(), row(Date="18/08/2024")])[:-60], "it ends in the middle of line 3"),
        ("E0_2425.csv", b'Div,Date\n"E0,17/08/2024\n', "line 2"),
        ("E0_2425.csv", b"Div," * 3_000_000, "more than 8 MiB"),
        ("XX_2425.csv", csv([row()]), "division XX, which we do not know"),
        ("E0_2427.csv", csv([row()]), "two years do not follow"),
        ("results.csv", csv([row()]), "does not say its division and season"),
        ("fixtures.csv", b"Date,HomeTeam,AwayTeam,FTHG,FTAG\n", "no column Div"),
    ],
)
def test_what_is_no_season_file_is_refused_in_a_clear_sentence(name: str, data: bytes, words: str) -> None:
    with pytest.raises(BadSeasonFile, match=words) as caught:
        PARSE(name, data)
    assert name in str(caught.value)
    assert caught.value.hint


def test_a_file_refused_whole_says_why_how_often_and_where_first() -> None:
    rows = [row(Date="2024.8"), row(Date="x", HomeTeam="Dunmore"), row(FTR="?")]
    with pytest.raises(BadSeasonFile) as caught:
        parse(*rows)
    message = str(caught.value)
    assert "none of its 3 rows is a match: 2 for 'date unreadable', first in line 2 (E0,2024.8," in message


@pytest.mark.parametrize(
    "day", ["2024-08-17", "2024-08-17 00:00:00", "2024/08/17", "17/08/2024", "17/08/24", "17.08.2024"]
)
def test_dates_that_can_be_only_one_day_are_read(day: str) -> None:
    (match,) = parse(row(Date=day)).matches
    assert match.day == date(2024, 8, 17)


def test_requests() -> None:
    source = FootballData()
    requests = source.seasons(["2324", "2425"])
    assert requests[0].url == "https://football-data.co.uk/mmz4281/2425/E0.csv"
    assert requests[0].name == "E0_2425.csv"
    assert len(requests) == 44
    assert source.fixtures().url == "https://football-data.co.uk/fixtures.csv"
