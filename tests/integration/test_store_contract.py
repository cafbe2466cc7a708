"""What a store promises, on SQLite and on a real PostgreSQL alike."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match
from sabiscore.errors import BadArchive, BadSeasonFile, BadStore
from sabiscore.history import COLUMNS, History, columns_of
from sabiscore.identity.leagues import find_league
from sabiscore.sources.base import Parsed
from sabiscore.sources.football_data import FootballData
from sabiscore.store.changes import SeasonChanges
from sabiscore.store.database import SeasonFile, Store
from tests.support.season_files import Row, csv, row, season

EPL = find_league("epl")


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    with Store.open(database_url, tmp_path / "archive") as opened:
        yield opened


def parsed(rows: list[Row], division: str = "E0", years: str = "2425") -> Parsed:
    return FootballData().parse(f"{division}_{years}.csv", csv(rows))


def put(store: Store, rows: list[Row], division: str = "E0", years: str = "2425") -> SeasonChanges:
    content = parsed(rows, division, years)
    record = SeasonFile(
        division=division,
        season=years,
        sha256="0" * 64,
        parser=1,
        rows=content.rows,
        matches=len(content.matches),
        refused={"why": 1},
    )
    return store.replace_season(record, columns_of(content.matches), content.names)


def same(left: History, right: History) -> bool:
    return left.teams == right.teams and all(
        np.array_equal(getattr(left, name), getattr(right, name), equal_nan=True)
        if getattr(left, name).dtype.kind == "f"
        else np.array_equal(getattr(left, name), getattr(right, name))
        for name in COLUMNS
    )


def coming(home: str = "Ashford", away: str = "Brookvale", day: str = "17/08/2025", **cells: str) -> Match:
    blank = dict.fromkeys(("FTHG", "FTAG", "FTR", "HTHG", "HTAG", "HTR", "HS", "AS", "HST", "AST"), "")
    fixture = row(HomeTeam=home, AwayTeam=away, Date=day, **blank, **cells)
    return FootballData().parse("fixtures.csv", csv([fixture])).matches[0]


def test_a_season_comes_back_as_it_was_put(store: Store) -> None:
    rows = season()
    changes = put(store, rows)
    expected = columns_of(parsed(rows).matches)
    assert (len(changes.new), changes.unchanged) == (30, 0)
    assert same(store.season("E0", "2425"), expected)
    assert same(store.history(), expected.in_order())
    record = store.season_files()["E0", "2425"]
    assert (record.rows, record.matches, record.refused) == (30, 30, {"why": 1})
    assert record.ingested_at is not None
    assert record.ingested_at.tzinfo is not None


def test_recent_matches_come_back_from_sql_with_times_prices_and_lines(store: Store) -> None:
    rows = season()
    put(store, rows)
    expected = sorted(
        (replace(match, statistics={}) for match in parsed(rows).matches), key=lambda match: match.day
    )
    assert store.recent(EPL) == expected
    assert store.team_names()["castle-hill"] == "Castle Hill"


def test_the_same_again_changes_nothing_and_a_correction_changes_one_match(store: Store) -> None:
    rows = season()
    put(store, rows)
    assert put(store, rows) == SeasonChanges(unchanged=30)
    rows[4] |= {"FTHG": "4", "FTAG": "0", "FTR": "H"}
    rows[5] |= {"B365H": "2.15"}
    changes = put(store, rows)
    assert (len(changes.changed), changes.unchanged, changes.new, changes.gone) == (2, 28, (), ())
    corrected = [match for match in store.recent(EPL) if match.id in changes.changed]
    assert corrected[0].goals == (4, 0)
    assert corrected[1].prices["1x2", "b365", "pre"][0] == 2.15


def test_a_season_that_lost_matches_is_refused_and_the_old_one_stays(store: Store) -> None:
    put(store, season())
    with pytest.raises(BadSeasonFile, match="lacks 10 of the 30 matches"):
        put(store, season()[:20])
    assert len(store.season("E0", "2425")) == len(store.recent(EPL)) == 30
    assert len(put(store, season()[:29]).gone) == 1
    assert len(store.recent(EPL)) == 29


def test_sql_holds_the_newest_two_seasons_and_the_archive_all(store: Store) -> None:
    for start in (2024, 2022, 2023, 2021):
        put(store, season(start_year=start), years=f"{start % 100}{start % 100 + 1}")
    assert {match.season for match in store.recent(EPL)} == {"2324", "2425"}
    put(store, season(start_year=2025), years="2526")
    assert {match.season for match in store.recent(EPL)} == {"2425", "2526"}
    history = store.history()
    assert len(history) == 150
    assert sorted(set(history.season.tolist())) == [2021, 2022, 2023, 2024, 2025]
    assert (np.diff(history.day) >= 0).all()


def test_the_newest_season_says_how_a_team_is_spelt(store: Store) -> None:
    put(store, [row(HomeTeam="St Pauli")])
    put(store, [row(HomeTeam="St. Pauli", Date="17/08/2023")], years="2324")
    assert store.team_names()["st-pauli"] == "St Pauli"


def test_a_slug_that_is_a_club_of_another_country_is_refused(store: Store) -> None:
    put(store, season())
    with pytest.raises(BadSeasonFile, match="slug of a club of england"):
        put(store, season("SP1"), "SP1")
    assert ("SP1", "2425") not in store.season_files()


def test_real_and_simulated_never_mix(store: Store) -> None:
    assert store.kind is None
    store.claim("simulated")
    store.claim("simulated")
    with pytest.raises(BadStore, match="holds simulated matches; real ones") as caught:
        store.claim("real")
    assert "SABISCORE_HOME" in caught.value.hint
    assert store.kind == "simulated"


def test_an_altered_archive_is_never_used_and_reading_the_file_again_heals_it(store: Store) -> None:
    put(store, season())
    path = store.archive.path(store.season_files()["E0", "2425"].archive_sha256)
    data = path.read_bytes()
    for bad in (data[:-1], data[:50] + b"x" + data[51:], b""):
        path.write_bytes(bad)
        with pytest.raises(BadArchive, match="is not what was stored"):
            store.history()
    path.unlink()
    with pytest.raises(BadArchive, match="cannot be read"):
        store.season("E0", "2425")
    put(store, season())
    assert len(store.history()) == len(store.recent(EPL)) == 30


def test_coming_matches_are_replaced_whole_and_give_way_to_season_files(store: Store) -> None:
    put(store, season())
    first = coming()
    later = coming("Castle Hill", "Dunmore", "24/08/2025")
    assert store.replace_fixtures([first, later]).new == tuple(sorted([first.id, later.id]))
    assert list(store.coming()) == [first, later]
    assert len(store.history()) == 32
    moved = coming("Castle Hill", "Dunmore", "26/08/2025")
    assert store.replace_fixtures([first, moved]) == SeasonChanges(changed=(later.id,), unchanged=1)
    put(store, [row(Date="17/08/2025")], years="2526")
    assert list(store.coming()) == [moved]
    store.replace_fixtures([first, moved])
    assert list(store.coming()) == [moved]
    assert len(store.history()) == 32


def test_a_coming_second_meeting_is_the_next_leg(store: Store) -> None:
    league = LEAGUE_BY_KEY["scottish-premiership"]
    put(store, [row(Div="SC0", Date="17/08/2025")], "SC0", "2526")
    fixtures = [coming(Div="SC0", day="17/08/2025"), coming(Div="SC0", day="07/02/2026")]
    store.replace_fixtures(fixtures)
    assert [(match.day, match.leg) for match in store.coming()] == [(date(2026, 2, 7), 2)]
    assert [match.leg for match in store.recent(league)] == [1, 2]


def test_a_store_of_newer_code_is_refused(database_url: str, tmp_path: Path) -> None:
    with Store.open(database_url, tmp_path) as opened, opened.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(BadStore, match="is at migration 9999; this version knows them up to"):
        Store.open(database_url, tmp_path)


def test_an_unread_season_is_named(store: Store) -> None:
    with pytest.raises(BadStore, match="no season 2425 of E0"):
        store.season("E0", "2425")
    assert len(store.history()) == 0


def test_writers_at_the_same_time_leave_one_whole_store(database_url: str, tmp_path: Path) -> None:
    years = [f"{start % 100}{start % 100 + 1}" for start in range(2018, 2025)]

    def write_all(seed: int) -> None:
        with Store.open(database_url, tmp_path / "archive") as store:
            store.claim("real")
            for year in years if seed % 2 else reversed(years):
                put(store, season(start_year=2000 + int(year[:2]), seed=seed), years=year)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write_all, range(4)))
    with Store.open(database_url, tmp_path / "archive") as store:
        assert len(store.history()) == 30 * len(years)
        expected = without_statistics(store.season("E0", "2425"))
        newest = [match for match in store.recent(EPL) if match.season == "2425"]
        assert same(columns_of([replace(match, statistics={}) for match in newest]), expected)
        assert {match.season for match in store.recent(EPL)} == {"2324", "2425"}


def without_statistics(history: History) -> History:
    ordered = history.in_order().take(np.arange(len(history)))
    ordered.statistics[:] = np.nan
    return ordered
