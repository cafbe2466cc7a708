"""Matches, predictions and the record in the forms that calendars, feed readers and tables take."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import timedelta

import pytest
from arro3.core import DataType
from arro3.io import read_parquet

from sabiscore.publication.ledger_pages import publish_ledger
from sabiscore.publication.matchday import MatchLife, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.support.ledgers import chain, reader
from tests.support.served import KICKOFF, MATCHES, NOW, world

CALENDAR = "/api/v1/calendar/epl.ics"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def lines(answer) -> list[str]:
    """The lines of a calendar as a reader unfolds them."""
    return answer.text.replace("\r\n ", "").split("\r\n")


def test_a_calendar_holds_the_matches_of_a_league_in_utc(served):
    answer = served.client.get(CALENDAR)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "etag" in answer.headers
    found = lines(answer)
    assert (found[0], found[-2], found[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR", "")
    assert found.count("BEGIN:VEVENT") == found.count("END:VEVENT") == 3
    assert "DTSTART:20250816T140000Z" in found
    assert "DTEND:20250816T160000Z" in found
    assert "DTSTART;VALUE=DATE:20250816" in found, "a match without a time has its day"
    assert "UID:epl-2526-arsenal-chelsea@sabiscore" in found
    assert "SUMMARY:Arsenal – Chelsea" in found
    assert any(line.startswith("DESCRIPTION:Home ") and "\\, draw " in line for line in found)
    assert all("TZID" not in line for line in found)


def test_no_line_is_longer_than_a_calendar_may_have(served):
    for line in served.client.get(CALENDAR).content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    assert b"\n" not in served.client.get(CALENDAR).content.replace(b"\r\n", b"")


def test_results_and_matches_that_were_put_off_are_told(tmp_path):
    served = world(tmp_path, MATCHES[2:])
    arsenal, tottenham = (replace(match, prices={}, lines={}, priced_at=None) for match in MATCHES[:2])
    played = MatchLife(match=replace(arsenal, goals=(2, 1)), status="finished")
    off = MatchLife(match=tottenham, status="postponed")
    put_supplements(served.folder, {MATCHDAY: matchday_file([played, off])})
    served.clock.at = KICKOFF + timedelta(hours=4)
    found = lines(served.client.get(CALENDAR))
    assert "SUMMARY:Arsenal 2–1 Chelsea" in found
    assert found.count("STATUS:CANCELLED") == 1


def test_a_team_has_a_calendar_of_its_own(served):
    found = lines(served.client.get(f"{CALENDAR}?team=spurs"))
    assert [line for line in found if line.startswith("SUMMARY")] == [
        "SUMMARY:Manchester United – Tottenham Hotspur"
    ]


@pytest.mark.parametrize(
    "path",
    ["/api/v1/calendar/epl", "/api/v1/calendar/nowhere.ics", f"{CALENDAR}?team=arsnal", f"{CALENDAR}?x=1"],
)
def test_a_calendar_that_is_none_is_refused(served, path):
    assert served.client.get(path).status_code == 422


def test_the_feed_has_the_newest_entries_first(served):
    publish_ledger(served.folder, chain(60)[-1].hash, reader(chain(60)))
    answer = served.client.get("/api/v1/feed.json")
    assert answer.headers["content-type"] == "application/feed+json"
    feed = answer.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in feed["items"]] == [entry.hash for entry in reversed(chain(60)[10:])]
    settled, sealed = feed["items"][:2]
    assert settled["content_text"] == "serie-a-2526-home29-away ended 1–0: home."
    assert sealed["content_text"].endswith("home 50%, draw 30%, away 20%.")
    assert sealed["date_published"] == "2025-08-15T09:00:00Z"


def test_an_empty_feed_is_a_feed(served):
    assert served.client.get("/api/v1/feed.json").json()["items"] == []


def test_the_record_is_a_table_with_the_evaluation_named_as_such(served):
    early = {"n": 90, "difference": -0.001, "low": -0.003, "high": 0.001}
    score = {
        "n": 120,
        "log_loss": 0.95,
        "brier": 0.58,
        "rps": 0.2,
        "accuracy": 0.53,
        "calibration_error": 0.01,
    }
    scores = {"with_odds": {**score, "early": early, "close": None}}
    served.models.evaluated = {"seasons": ["2425"], "scores": {"all": scores, "epl": scores, "2425": scores}}
    answer = served.client.get("/api/v1/performance?format=csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["source"], row["part"], row["key"]) for row in rows] == [
        ("record", "all", ""),
        ("record", "last_month", ""),
        ("evaluation", "all", ""),
        ("evaluation", "league", "epl"),
        ("evaluation", "season", "2425"),
    ]
    assert (rows[0]["n"], rows[0]["bets_n"]) == ("", ""), "nothing is settled yet"
    assert (rows[3]["log_loss"], rows[3]["against_early_odds_low"]) == ("0.95", "-0.003")
    assert rows[3]["against_closing_odds_low"] == ""


def test_the_table_as_parquet_has_the_same_cells_with_their_types(served):
    score = {
        "n": 120,
        "log_loss": 0.95,
        "brier": 0.58,
        "rps": 0.2,
        "accuracy": 0.53,
        "calibration_error": 0.01,
    }
    scores = {"with_odds": {**score, "early": None, "close": None}}
    served.models.evaluated = {"seasons": ["2425"], "scores": {"all": scores, "epl": scores}}
    answer = served.client.get("/api/v1/performance?format=parquet")
    assert answer.headers["content-type"] == "application/vnd.apache.parquet"
    table = read_parquet(io.BytesIO(answer.content)).read_all()
    text = served.client.get("/api/v1/performance?format=csv").text
    columns = [[cell.as_py() for cell in column] for column in table.columns]
    cells = [["" if cell is None else str(cell) for cell in row] for row in zip(*columns, strict=True)]
    assert [table.column_names, *cells] == list(csv.reader(io.StringIO(text)))
    kinds = {name: table.schema.field(name).type for name in ("key", "n", "log_loss", "bets_won", "bets_roi")}
    words, whole, number = DataType.utf8(), DataType.int64(), DataType.float64()
    assert kinds == {"key": words, "n": whole, "log_loss": number, "bets_won": whole, "bets_roi": number}


def test_the_table_and_the_document_are_kept_apart(served):
    assert served.client.get("/api/v1/performance").json()["generated_at"]
    assert served.client.get("/api/v1/performance?format=csv").text.startswith("source,")
    assert served.client.get("/api/v1/performance?format=xls").status_code == 422


def test_language_models_are_told_of_every_read(served):
    answer = served.client.get("/llms.txt")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    for path in ("/api/v1/matches", "/api/v1/ledger/{entry}", "/api/v1/calendar/{file}"):
        assert f"[GET {path}]" in answer.text
    assert "/api/cron/{name}" not in answer.text
    assert served.clock.at == NOW
