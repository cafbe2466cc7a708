"""The public record in pages, one a season: the record itself stays short, and no day of it is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from sabiscore.errors import BadPublication
from sabiscore.insights.published_files import published_files
from sabiscore.insights.stored_track_record import EMPTY, NEWEST_DAYS, put_track_record
from sabiscore.insights.track_record import Anchor, Point, TrackRecord
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE
from sabiscore.publication.record_pages import page_files
from sabiscore.publication.supplements import NO_SUPPLEMENTS
from tests.support.served import Answer, World, world

PERFORMANCE = "/api/v1/performance"
SEASONS = 20
BEGIN = date(2005, 7, 1)
DAYS = [BEGIN + timedelta(days=n) for n in range(365 * SEASONS + 5)]
"""The five leap days among them: up to 30 June 2025."""
MOST_BYTES = 60_000


def record_of(days: list[date]) -> TrackRecord:
    """A record with figures of every other day and an anchor of each."""
    timeline = tuple(
        Point(
            day=day.isoformat(),
            n=n + 1,
            log_loss=0.96 + n / 1e6,
            closing_log_loss=0.95 + n / 7e6,
            profit_units=n / 3,
        )
        for n, day in enumerate(days[::2])
    )
    anchors = tuple(
        Anchor(day=day.isoformat(), entries=10 * (n + 1), head=f"{n:064x}") for n, day in enumerate(days)
    )
    return EMPTY.model_copy(update={"timeline": timeline, "anchors": anchors})


RECORD = record_of(DAYS)


@pytest.fixture
def served(tmp_path: Path) -> World:
    made = world(tmp_path)
    put_track_record(made.folder, RECORD)
    return made


def pages_of(served: World) -> Iterator[Answer]:
    """Every page, from the newest on by the links of the answers."""
    href = served.client.get(PERFORMANCE).json()["seasons"][-1]["href"]
    while href:
        answer = served.client.get(href)
        yield answer
        before = re.search(r'<([^<>]+)>; rel="prev"', answer.headers.get("link", ""))
        href = before[1] if before else None


def test_the_record_is_short_however_many_seasons_it_has(served: World) -> None:
    answer = served.client.get(PERFORMANCE)
    record = answer.json()
    assert len(answer.content) <= MOST_BYTES
    assert (served.folder / TRACK_RECORD_FILE).stat().st_size <= MOST_BYTES
    assert record["timeline"] == RECORD.model_dump(mode="json")["timeline"][-NEWEST_DAYS:]
    assert record["anchors"] == RECORD.model_dump(mode="json")["anchors"][-NEWEST_DAYS:]
    assert [page["season"] for page in record["seasons"]][::19] == ["0506", "2425"]
    assert sum(page["points"] for page in record["seasons"]) == len(RECORD.timeline)
    assert sum(page["anchors"] for page in record["seasons"]) == len(RECORD.anchors)


def test_its_pages_have_every_day_once(served: World) -> None:
    pages = [answer.json() for answer in pages_of(served)][::-1]
    whole = RECORD.model_dump(mode="json")
    assert len(pages) == SEASONS
    for member in ("timeline", "anchors"):
        assert [day for page in pages for day in page[member]] == whole[member]
    assert [page["next"] for page in pages[:-1]] == [f"{PERFORMANCE}/{page['season']}" for page in pages[1:]]
    assert (pages[0]["previous"], pages[-1]["next"]) == (None, None)
    assert pages[0]["unknown"] == {"previous": "It is the first on record."}


def test_a_page_of_a_season_that_is_over_stays_as_it_was(served: World) -> None:
    before = {path.name for path in page_files(served.folder)}
    put_track_record(served.folder, record_of([*DAYS, DAYS[-1] + timedelta(days=1)]))
    after = {path.name for path in page_files(served.folder)}
    assert len(before & after) == SEASONS
    assert len(after - before) == 1


def test_a_season_without_a_day_is_not_found(served: World) -> None:
    answer = served.client.get(f"{PERFORMANCE}/2526")
    assert (answer.status_code, answer.json()["title"]) == (404, "No such season")
    assert answer.json()["hint"] == f"Those on record are 0506 to 2425; see {PERFORMANCE}."
    for text in ("25", "season", "2425x"):
        assert served.client.get(f"{PERFORMANCE}/{text}").status_code == 422
    assert served.client.get(f"{PERFORMANCE}/2425?x=1").status_code == 422


def test_the_page_draws_every_day(served: World) -> None:
    page = served.pages.get("/record").text
    assert "2005" in page
    assert "2025" in page


def test_a_page_that_cannot_be_read_is_said_and_told_by_health(served: World) -> None:
    (lost,) = [path for path in page_files(served.folder) if b'"2010-09-01"' in path.read_bytes()]
    lost.write_bytes(lost.read_bytes()[:-9])
    assert served.client.get(f"{PERFORMANCE}/1011").status_code == 503
    assert served.client.get(f"{PERFORMANCE}/1112").status_code == 200
    assert served.client.get(PERFORMANCE).status_code == 200
    page = served.pages.get("/record").text
    assert "Earlier days cannot be read." in page
    assert "2005" not in page
    record = published_files(served.folder, served.publications, NO_SUPPLEMENTS, brought_when_asked=False)[
        "record"
    ]
    with pytest.raises(BadPublication, match=lost.name):
        record.get()


def test_a_record_of_an_older_build_is_served_with_all_that_is_in_it(tmp_path: Path) -> None:
    served, old = world(tmp_path), record_of(DAYS[-300:]).model_dump(mode="json")
    served.folder.mkdir(parents=True, exist_ok=True)
    whole = {"digest": digest_of(old), "record": old}
    (served.folder / TRACK_RECORD_FILE).write_text(json.dumps(whole))
    record = served.client.get(PERFORMANCE).json()
    assert (len(record["timeline"]), len(record["anchors"]), record["seasons"]) == (150, 300, [])
    assert "2024" in served.pages.get("/record").text
