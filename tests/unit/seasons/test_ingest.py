"""Ingesting folders of season files: what is read, what is left alone, what is refused and why."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from sabiscore.domain.match import BOOKS
from sabiscore.errors import BadSeasonFile, BadStore
from sabiscore.identity.leagues import find_league
from sabiscore.seasons.ingest import ingest, season_files_in
from sabiscore.seasons.report import FileReport
from sabiscore.sources.football_data import PARSER
from sabiscore.store.database import Store
from sabiscore.store.season_goals import expected_of_file
from tests.support.season_files import HEADER, csv, row, season, write

SPANISH = ("Alameda", "Bellavista", "Corvera", "Doñana", "Espejo", "Fuentes")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = tmp_path / "files"
    write(files, "E0_2425.csv", season())
    write(files, "E0_2324.csv", season(start_year=2023))
    write(files, "2425/SP1.csv", season("SP1", teams=SPANISH))
    return files


def by_name(files: tuple[FileReport, ...]) -> dict[str, FileReport]:
    return {file.name: file for file in files}


def test_a_folder_is_read_once_and_then_left_alone(folder: Path, store: Store) -> None:
    seen: list[tuple[int, int, str]] = []
    first = ingest(folder, store, on_progress=lambda done, total, name: seen.append((done, total, name)))
    assert {(file.division, file.season, file.status, file.matches, file.new) for file in first.files} == {
        ("E0", "2425", "new", 30, 30),
        ("E0", "2324", "new", 30, 30),
        ("SP1", "2425", "new", 30, 30),
    }
    assert [(done, total) for done, total, _ in seen] == [(1, 3), (2, 3), (3, 3)]
    again = ingest(folder, store)
    assert {(file.status, file.rows, file.same) for file in again.files} == {("unchanged", 30, 30)}
    assert first.useful
    assert again.useful
    assert len(store.history()) == 90


def test_a_changed_file_updates_what_changed(folder: Path, store: Store) -> None:
    ingest(folder, store)
    rows = season()
    rows[0] |= {"FTHG": "9", "FTR": "H"}
    write(folder, "E0_2425.csv", [*rows, row(HomeTeam="Gorse", AwayTeam="Heath", Date="01/06/2025")])
    report = by_name(ingest(folder, store).files)
    changed = report["E0_2425.csv"]
    assert (changed.status, changed.new, changed.changed, changed.same) == ("changed", 1, 1, 29)
    assert report["E0_2324.csv"].status == "unchanged"


def test_a_new_parser_reads_old_files_again(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(folder, store)
    monkeypatch.setattr("sabiscore.seasons.ingest.PARSER", PARSER + 1)
    assert {file.status for file in ingest(folder, store).files} == {"changed"}


def test_a_damaged_archive_is_healed_by_ingesting_again(folder: Path, store: Store) -> None:
    ingest(folder, store)
    store.archive.path(store.season_files()["E0", "2324"].archive_sha256).write_bytes(b"")
    report = by_name(ingest(folder, store).files)
    assert report["E0_2324.csv"].status == "changed"
    assert len(store.history()) == 90


def test_bad_files_are_reported_and_the_others_go_on(folder: Path, store: Store) -> None:
    write(folder, "XX_2425.csv", season("XX"))
    (folder / "D1_2425.csv").write_bytes(b"\0\1\2" * 100)
    cut = write(folder, "I1_2425.csv", season("I1"))
    cut.write_bytes(cut.read_bytes()[:-40])
    (folder / "F1_2425.csv").touch()
    write(folder, "again/E0_2425.csv", season())
    (folder / "notes.csv").write_text("hello")
    report = ingest(folder, store)
    assert {file.name: file.error for file in report.failed}.keys() == {
        "XX_2425.csv",
        "D1_2425.csv",
        "I1_2425.csv",
        "F1_2425.csv",
        "E0_2425.csv",
    }
    assert all(file.error and file.hint for file in report.failed)
    assert report.useful
    assert report.ignored == ("notes.csv",)
    assert set(store.season_files()) == {("E0", "2425"), ("E0", "2324"), ("SP1", "2425")}


def test_refused_rows_are_counted_by_reason_with_examples(folder: Path, store: Store) -> None:
    rows = season()
    rows[2] |= {"FTR": "A", "FTHG": "3", "FTAG": "0"}
    rows[7] |= {"B365H": "0.5"}
    write(folder, "E0_2425.csv", rows)
    report = ingest(folder, store)
    file = by_name(report.files)["E0_2425.csv"]
    assert file.refused == report.refused == {"goals contradict the result": 1}
    assert (file.rows, file.matches, file.examples[0].line) == (30, 29, 4)
    assert file.set_aside == {"1x2 b365 pre: odds not above 1": 1}
    assert by_name(ingest(folder, store).files)["E0_2425.csv"].refused == file.refused


def test_nothing_useful(tmp_path: Path, store: Store) -> None:
    with pytest.raises(BadSeasonFile, match="There is no folder") as missing:
        ingest(tmp_path / "nowhere", store)
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadSeasonFile, match="no season files in") as empty:
        season_files_in(tmp_path / "empty")
    assert missing.value.hint
    assert empty.value.hint
    report = ingest([tmp_path / "E0_2425.csv"], store)
    assert not report.useful
    assert "cannot be read" in report.failed[0].error


def test_real_and_simulated_files_never_meet(folder: Path, store: Store) -> None:
    ingest(folder, store, kind="simulated")
    with pytest.raises(BadStore, match="holds simulated matches"):
        ingest(folder, store)


def test_coming_matches_are_read_with_the_seasons(folder: Path, store: Store) -> None:
    blank = dict.fromkeys(("FTHG", "FTAG", "FTR", "HTHG", "HTAG", "HTR", "HS", "AS", "HST", "AST"), "")
    write(
        folder, "fixtures.csv", [row(**blank, Date="22/11/2025"), row(**blank, Div="XX", Date="22/11/2025")]
    )
    file = by_name(ingest(folder, store).files)["fixtures.csv"]
    assert (file.status, file.rows, file.matches, file.new) == ("changed", 2, 1, 1)
    assert file.refused == {"unknown division": 1}
    assert [match.id for match in store.coming()] == ["epl-2526-ashford-brookvale"]
    assert by_name(ingest(folder, store).files)["fixtures.csv"].status == "unchanged"


def test_prices_of_coming_matches_are_never_younger_than_their_file(folder: Path, store: Store) -> None:
    blank = dict.fromkeys(("FTHG", "FTAG", "FTR", "HTHG", "HTAG", "HTR", "HS", "AS", "HST", "AST"), "")
    fixtures = write(folder, "fixtures.csv", [row(**blank, Date="22/11/2025")])
    wednesday = datetime(2025, 11, 19, 9, 30, tzinfo=UTC)
    os.utime(fixtures, (wednesday.timestamp(), wednesday.timestamp()))
    ingest(folder, store)
    assert store.coming()[0].priced_at == wednesday
    sunday = wednesday + timedelta(days=4)
    os.utime(fixtures, (sunday.timestamp(), sunday.timestamp()))
    ingest(folder, store)
    assert store.coming()[0].priced_at == datetime(2025, 11, 21, 15, 0, tzinfo=UTC)


def test_a_season_folder_is_named_from_inside_too(
    folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder / "2425")
    report = ingest(Path(), store)
    assert [(file.division, file.season, file.status) for file in report.files] == [("SP1", "2425", "new")]


def test_the_report_is_plain_values(folder: Path, store: Store) -> None:
    document = json.loads(json.dumps(ingest(folder, store).as_json()))
    assert document["totals"] == {"files": 3, "new": 3, "rows": 90, "matches": 90, "refused": {}}
    assert document["useful"] is True
    assert document["files"][0]["status"] == "new"


def test_two_processes_read_the_same_as_one(
    folder: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sabiscore.seasons.ingest.POOL_FROM", 2)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(("layers/core/python", ".")))
    two = ingest(folder, store, workers=2)
    with Store.open(f"sqlite:///{tmp_path}/other.db", tmp_path / "other") as other:
        assert ingest(folder, other, workers=1) == two
        assert len(other.history()) == len(store.history())


EXTRA = (
    b"Country,League,Season,Date,Time,Home,Away,HG,AG,Res,PSCH,PSCD,PSCA\n"
    b"Argentina,Liga Profesional,2025,25/01/2025,20:00,A,B,1,0,H,2,3,4\n"
)
WIDE = (*HEADER, "HxG", "AxG", "ZZH", "ZZD", "ZZA")


def wide(rows: list[dict[str, str]]) -> bytes:
    """``rows`` with expected goals and the prices of a book that nobody listed."""
    more = {"HxG": "1.97", "AxG": "0.84", "ZZH": "2", "ZZD": "3.4", "ZZA": "3.9"}
    return csv([row | more for row in rows], WIDE)


def test_a_book_that_is_not_listed_is_reported_once_for_all_files(folder: Path, store: Store) -> None:
    for name in ("E0_2425.csv", "E0_2324.csv"):
        (folder / name).write_bytes(wide(season(start_year=2000 + int(name[3:5]))))
    report = ingest(folder, store)
    assert report.unknown_books == {"ZZ": ("E0_2324.csv", "E0_2425.csv")}
    assert report.as_json()["unknown_books"] == report.unknown_books
    history = store.history()
    other = history.odds[:, 0, BOOKS.index("other1")]
    assert (~np.isnan(other[:, 0])).sum() == 60


def test_files_of_extra_leagues_are_named_for_what_they_are(folder: Path, store: Store) -> None:
    (folder / "new").mkdir()
    argentina = folder / "new" / "ARG.csv"
    argentina.write_bytes(EXTRA)
    report = ingest(folder, store)
    assert report.extra_leagues == {"ARG.csv": "Argentina"}
    (alone,) = ingest([argentina], store).files
    assert "is an extra league, Argentina" in alone.error
    (renamed,) = ingest([argentina.rename(folder / "F1_2425.csv")], store).files
    assert "a table of an extra league" in renamed.error


def test_a_folder_of_extra_leagues_alone_says_so(tmp_path: Path) -> None:
    (tmp_path / "BRA.csv").write_bytes(EXTRA)
    with pytest.raises(BadSeasonFile, match="only 1 of extra leagues"):
        season_files_in(tmp_path)


def test_expected_goals_of_the_newest_season_file_are_reported_as_they_were_read(
    folder: Path, store: Store
) -> None:
    rows = season()
    (folder / "E0_2425.csv").write_bytes(wide(rows[:3]))
    (folder / "E0_2324.csv").write_bytes(wide(season(start_year=2023)))
    ingest(folder, store)
    expected = expected_of_file(store, find_league("epl"))
    assert {(goals.season, goals.home, goals.away, goals.source) for goals in expected} == {
        ("2425", 1.97, 0.84, "football-data.co.uk")
    }
    assert len(expected) == 3
    assert expected_of_file(store, find_league("laliga")) == []
    assert expected_of_file(store, find_league("ligue-1")) == []


@pytest.mark.parametrize("division", ["EC", "SC1", "SC2", "SC3"])
def test_lower_divisions_feed_the_ratings(tmp_path: Path, store: Store, division: str) -> None:
    write(tmp_path / "lower", f"{division}_2425.csv", season(division))
    (file,) = ingest(tmp_path / "lower", store).files
    assert (file.status, file.matches, file.refused) == ("new", 30, {})
