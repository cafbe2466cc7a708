"""Downloading seasons: what is fetched, kept, not published yet, or not to be used."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
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

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        found = documents.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, stream=httpx.ByteStream(found))

    return Client(transport=httpx.MockTransport(answer))


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
    assert "it is a web page" in result.failed["E0_2425.csv"]
    assert (tmp_path / "E0_2425.csv").read_bytes() == SEASON


ANOTHER = csv([row(Div="EC", Date="15/08/2026", HomeTeam="Dunmore", AwayTeam="Fenwick")])
"""What the provider sends as E0.csv before E0's first match."""


@pytest.mark.parametrize("early", [ANOTHER, csv([])])
def test_what_is_sent_before_a_seasons_first_match_is_not_published_yet(tmp_path: Path, early: bytes) -> None:
    documents = {"/fixtures.csv": csv([row(Date="22/11/2026")]), "/mmz4281/2627/E0.csv": early}
    with site(documents, []) as client:
        result = download(tmp_path, ["2627"], client, leagues=[EPL])
    assert (result.not_there, dict(result.failed)) == (("E0_2627.csv",), {})
    assert not (tmp_path / "E0_2627.csv").exists()


def test_another_divisions_file_in_a_season_that_has_begun_is_a_failure(tmp_path: Path) -> None:
    write(tmp_path, "E0_2627.csv", season(start_year=2026))
    before = (tmp_path / "E0_2627.csv").read_bytes()
    documents = {"/fixtures.csv": csv([row(Date="22/11/2026")]), "/mmz4281/2627/E0.csv": ANOTHER}
    with site(documents, []) as client:
        result = download(tmp_path, ["2627"], client, leagues=[EPL])
    assert "1 rows are of EC and not of E0" in result.failed["E0_2627.csv"]
    assert (tmp_path / "E0_2627.csv").read_bytes() == before


def test_the_bare_host_is_asked_and_its_name_with_www_where_it_stays_silent(tmp_path: Path) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.host == "football-data.co.uk":
            return httpx.Response(503)
        if request.url.path == "/fixtures.csv":
            return httpx.Response(200, stream=httpx.ByteStream(csv([row(Date="22/11/2025")])))
        return httpx.Response(300)

    with Client(transport=httpx.MockTransport(answer)) as client:
        result = download(tmp_path, ["2526"], client, leagues=[EPL])
    assert asked == [
        "https://football-data.co.uk/fixtures.csv",
        "https://www.football-data.co.uk/fixtures.csv",
        "https://www.football-data.co.uk/mmz4281/2526/E0.csv",
    ]
    assert (result.fetched, result.not_there) == (("fixtures.csv",), ("E0_2526.csv",))
    assert "www.football-data.co.uk answers in place of football-data.co.uk" in result.news[0]


def test_a_site_that_is_away_is_reported_at_once(tmp_path: Path) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    with Client(transport=httpx.MockTransport(refuse)) as client, pytest.raises(SourceUnavailable):
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
