"""Downloading seasons: what is fetched, kept, not published yet, or not to be used."""

from __future__ import annotations

import os
from pathlib import Path

import httpx2
import pytest

from sabiscore.errors import SourceUnavailable
from sabiscore.identity.leagues import find_league
from sabiscore.net.client import Client
from sabiscore.seasons.download import download, seasons_until
from tests.support.season_files import csv, row, season, write

EPL, LALIGA = find_league("epl"), find_league("laliga")
SEASON = csv(season())


def site(documents: dict[str, bytes], asked: list[str]) -> Client:
    """A client of a site that has only ``documents``, by path."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.path)
        found = documents.get(request.url.path)
        return (
            httpx2.Response(404) if found is None else httpx2.Response(200, stream=httpx2.ByteStream(found))
        )

    return Client(transport=httpx2.MockTransport(answer))


def test_the_newest_season_is_fetched_anew_and_older_ones_are_kept(tmp_path: Path) -> None:
    write(tmp_path, "E0_2324.csv", season(start_year=2023))
    write(tmp_path, "E0_2425.csv", season()[:3])
    write(tmp_path, "SP1_2324.csv", season("SP1", 2023))
    asked: list[str] = []
    documents = {"/fixtures.csv": csv([row(Date="22/11/2025")]), "/mmz4281/2425/E0.csv": SEASON}
    with site(documents, asked) as client:
        result = download(tmp_path, ["2324", "2425"], client, leagues=[EPL, LALIGA])
    assert sorted(asked) == ["/fixtures.csv", "/mmz4281/2425/E0.csv", "/mmz4281/2425/SP1.csv"]
    assert set(result.fetched) == {"fixtures.csv", "E0_2425.csv"}
    assert set(result.kept) == {"E0_2324.csv", "SP1_2324.csv"}
    assert result.not_there == ("SP1_2425.csv",)
    assert (tmp_path / "E0_2425.csv").read_bytes() == SEASON
    assert not list(tmp_path.glob(".*"))


def test_an_error_page_never_takes_a_good_files_place(tmp_path: Path) -> None:
    write(tmp_path, "E0_2425.csv", season())
    documents = {"/fixtures.csv": b"<html>", "/mmz4281/2425/E0.csv": b"<html>busy</html>"}
    with site(documents, []) as client:
        result = download(tmp_path, ["2425"], client, leagues=[EPL])
    assert set(result.failed) == {"fixtures.csv", "E0_2425.csv"}
    assert "no column" in result.failed["E0_2425.csv"]
    assert (tmp_path / "E0_2425.csv").read_bytes() == SEASON


def test_a_site_that_is_away_is_told_at_once(tmp_path: Path) -> None:
    def refuse(_: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("no route")

    with Client(transport=httpx2.MockTransport(refuse)) as client, pytest.raises(SourceUnavailable):
        download(tmp_path, ["2425"], client, leagues=[EPL])
    assert list(tmp_path.iterdir()) == []


def test_seasons_until_cross_the_century() -> None:
    from datetime import date

    assert seasons_until(date(2001, 6, 30), 3) == ["9899", "9900", "0001"]


def test_a_file_that_is_as_it_was_is_as_young_as_its_last_fetch(tmp_path: Path) -> None:
    (tmp_path / "E0_2425.csv").write_bytes(SEASON)
    os.utime(tmp_path / "E0_2425.csv", (0, 0))
    documents = {"/fixtures.csv": csv([row(Date="22/11/2025")]), "/mmz4281/2425/E0.csv": SEASON}
    with site(documents, []) as client:
        result = download(tmp_path, ["2425"], client, leagues=[EPL])
    assert "E0_2425.csv" in result.fetched
    assert (tmp_path / "E0_2425.csv").read_bytes() == SEASON
    assert (tmp_path / "E0_2425.csv").stat().st_mtime > 0
