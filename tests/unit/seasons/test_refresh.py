"""Season files that are not there are not asked for again and again."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import httpx

from sabiscore.net.client import Client
from sabiscore.seasons.refresh import FootballDataFiles
from sabiscore.store.database import Store
from tests.support.season_files import csv, row, season

FIRST, NEXT = date(2024, 8, 17), date(2024, 8, 18)
NEWEST, BEFORE = "/mmz4281/2425/SP1.csv", "/mmz4281/2324/SP1.csv"


def test_what_is_absent_is_asked_for_the_next_day_and_never_of_a_season_that_is_over(tmp_path: Path) -> None:
    documents = {"/fixtures.csv": csv([row(Date="22/11/2025")]), "/mmz4281/2425/E0.csv": csv(season())}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        found = documents.get(request.url.path)
        return httpx.Response(404) if found is None else httpx.Response(200, stream=httpx.ByteStream(found))

    with (
        Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path / "archive") as store,
        Client(transport=httpx.MockTransport(answer)) as client,
    ):
        files = FootballDataFiles(tmp_path / "seasons", store, client, [].append)
        seen = []
        for day in (FIRST, FIRST, NEXT):
            asked.clear()
            fetched = files(day)
            seen.append((NEWEST in asked, BEFORE in asked, {path.name for path in fetched}))
    here = {"fixtures.csv", "E0_2425.csv"}
    assert seen == [(True, True, here), (False, False, here), (True, False, here)]
