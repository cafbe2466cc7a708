"""Season files week after week, with the provider's corrections: nothing is lost, nothing is locked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from sabiscore.identity.spellings import established
from sabiscore.seasons.ingest import ingest
from sabiscore.seasons.report import FileReport
from sabiscore.store.database import Store
from tests.seasons_as_they_come import RENAMES, SeasonAsItComes, fixtures_csv
from tests.support.provider_replies import data_folder
from tests.support.season_files import row, write

CLUBS = ("Ath Madrid", "Barcelona", "Betis", "Getafe", "Elche", "La Coruna", "Real Madrid", "Sevilla")
DAY = date(2026, 8, 15)
Pairing = tuple[date, str, str]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path / "archive") as opened:
        last = [
            (date(2025, 8, 16) + timedelta(days=3 * number), home, away)
            for number, (home, away) in enumerate(permutations(CLUBS, 2))
        ]
        put(opened, tmp_path, last, "SP1_2526.csv")
        yield opened


def put(
    store: Store, folder: Path, pairings: list[Pairing], name: str = "SP1_2627.csv", *, accept: bool = False
) -> FileReport:
    """What an ingest says of a season file with these matches."""
    rows = [
        row(Div="SP1", Date=day.strftime("%d/%m/%Y"), HomeTeam=home, AwayTeam=away)
        for day, home, away in pairings
    ]
    (report,) = ingest([write(folder, name, rows)], store, accept=accept).files
    return report


def stored(store: Store) -> set[str]:
    return {
        match.id.removeprefix("laliga-2627-") for match in store.known(["laliga"]) if match.season == "2627"
    }


def test_a_club_written_otherwise_a_week_later_is_the_same_club(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, [(DAY, "Betis", "Getafe"), (DAY, "Dep. A Coruna", "Elche")])
    week = DAY + timedelta(days=7)
    report = put(
        store, tmp_path, [(DAY, "Betis", "Getafe"), (DAY, "La Coruna", "Elche"), (week, "Sevilla", "Betis")]
    )
    assert (report.status, report.new, report.gone, report.same) == ("changed", 1, 0, 2)
    assert stored(store) == {"betis-getafe", "la-coruna-elche", "sevilla-betis"}


def test_corrections_are_taken_and_counted(store: Store, tmp_path: Path) -> None:
    put(
        store,
        tmp_path,
        [(DAY, "Betis", "Getafe"), (DAY, "Sevilla", "Elche"), (DAY, "Barcelona", "La Coruna")],
    )
    later = DAY + timedelta(days=1)
    report = put(
        store,
        tmp_path,
        [(DAY, "Getafe", "Betis"), (later, "Sevilla", "Elche"), (later, "Ath Madrid", "La Coruna")],
    )
    assert (report.status, report.turned, report.moved) == ("changed", 1, 1)
    assert (report.new, report.gone) == (2, 2)
    assert stored(store) == {"getafe-betis", "sevilla-elche", "ath-madrid-la-coruna"}


def test_a_name_in_a_known_clubs_place_is_learnt(store: Store, tmp_path: Path) -> None:
    put(store, tmp_path, [(DAY, "Betis", "Getafe"), (DAY, "La Coruna", "Elche")])
    report = put(store, tmp_path, [(DAY, "Betis", "Getafe"), (DAY, "Galician Blues", "Elche")])
    assert report.clubs == {"galician-blues": "la-coruna"}
    assert (report.new, report.gone, report.refused) == (0, 0, {})
    week = DAY + timedelta(days=7)
    matches = [
        (DAY, "Betis", "Getafe"),
        (DAY, "Galician Blues", "Elche"),
        (week, "Sevilla", "Galician Blues"),
    ]
    assert put(store, tmp_path, matches).refused == {}
    assert stored(store) == {"betis-getafe", "la-coruna-elche", "sevilla-la-coruna"}


def test_a_name_of_no_club_is_left_out_and_named(store: Store, tmp_path: Path) -> None:
    week = DAY + timedelta(days=7)
    report = put(store, tmp_path, [(DAY, "Betis", "Getafe"), (week, "Getafe", "Sevillanos")])
    assert (report.status, report.matches, report.refused) == ("new", 1, {"unknown club 'Sevillanos'": 1})
    (line,) = report.unknown_names
    assert line.startswith('sevillanos = "sevilla"  # aliases/football_data.toml [spain]')
    assert stored(store) == {"betis-getafe"}
    assert "sevillanos" not in store.team_names()


def test_a_file_that_was_cut_is_refused_with_what_would_be_lost(store: Store, tmp_path: Path) -> None:
    every = [
        (DAY + timedelta(days=7 * week), club, "Elche") for week, club in enumerate(CLUBS) if club != "Elche"
    ]
    put(store, tmp_path, every)
    report = put(store, tmp_path, every[:4])
    assert report.status == "failed"
    assert "lacks 3 of the 7 matches" in report.error
    assert "--accept" in report.hint
    assert {key.removeprefix("laliga-2627-") for key in report.lost} == {
        "la-coruna-elche", "real-madrid-elche", "sevilla-elche",
    }  # fmt: skip
    assert len(stored(store)) == 7
    taken = put(store, tmp_path, every[:4], accept=True)
    assert (taken.status, taken.lost) == ("changed", report.lost)
    assert len(stored(store)) == 4


@pytest.mark.skipif(data_folder() is None, reason="the made-up weeks above stand in for a real season")
@pytest.mark.parametrize(("first", "second"), [("E2_2526", "E2_2627"), ("SP2_2526", "SP2_2627")])
def test_real_seasons_come_in_whole_under_any_of_the_providers_names(
    first: str, second: str, tmp_path: Path
) -> None:
    data = data_folder()
    assert data is not None
    country = {"E": "england", "S": "spain"}[first[0]]
    before = sorted((data / "football-data").glob(f"{first[:2].rstrip('_')[:1]}*_2425.csv"))
    with Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path / "archive") as store:
        ingest(before, store)
        for name in (first, second):
            season = SeasonAsItComes(data / "new-seasons" / f"{name}.csv")
            for number, day in enumerate(season.weeks(28)):
                odd = bool(number % 2)
                files = [tmp_path / season.name, tmp_path / "fixtures.csv"]
                files[0].write_bytes(season.until(day, RENAMES if odd else {}))
                files[1].write_bytes(fixtures_csv(season.coming(day, {} if odd else RENAMES)))
                report = ingest(files, store)
                assert not report.failed
                assert not any(file.unknown_names for file in report.files)
            assert len(store.season(*name.split("_"))) == len(season.rows)
        assert store.team_names().keys() <= established(country) | established("scotland")
