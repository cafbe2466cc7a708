"""The board of the system: what is known of it now, and why what is not known is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sabiscore.insights.system_board import process_figures
from sabiscore.observability.metrics import Metrics
from sabiscore.publication.matchday import MatchLife, matchday_file
from sabiscore.publication.supplements import MATCHDAY, SYSTEM, put_supplements
from sabiscore.publication.system_state import ScheduleLine, SourceLine, system_file
from tests.support.served import MATCHES, NOW, World, match, world

SOURCE = SourceLine(
    name="the-odds-api.com", state="on", breaker="closed", used=3, quota=500, per="month",
    renews_at="2025-09-01T00:00:00+00:00", last_good_at=None, failures=1,
)  # fmt: skip
SCHEDULE = ScheduleLine(
    name="odds", due_at=NOW.isoformat(), started_at=None, finished_at=None, outcome=None, problems=0
)


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def board(served) -> dict:
    answer = served.client.get("/api/v1/system")
    assert answer.status_code == 200
    return answer.json()


def look(served, at=NOW) -> None:
    put_supplements(served.folder, {SYSTEM: system_file(at, [SOURCE], [SCHEDULE])})


def test_the_age_of_each_leagues_data_is_told(served):
    over = replace(match("man-united", "arsenal", day=date(2025, 8, 12)), goals=(1, 0), prices={}, lines={})
    life = MatchLife(match=replace(over, priced_at=None), status="finished")
    put_supplements(served.folder, {MATCHDAY: matchday_file([life])})
    rows = {row["league"]["key"]: row for row in board(served)["data"]}
    assert (rows["epl"]["coming"], rows["epl"]["age_s"]) == (3, 3 * 3600)
    assert rows["epl"]["last_result_day"] == "2025-08-12"
    assert (rows["bundesliga"]["coming"], rows["bundesliga"]["age_s"]) == (0, None)


def test_sources_and_schedules_are_as_one_looked_last(served):
    assert board(served)["unknown"]["sources"] == "No schedule has looked yet."
    look(served)
    found = board(served)
    (source,), (schedule,) = found["sources"], found["schedules"]
    assert (source["name"], source["used"], source["quota"], source["per"]) == (
        "the-odds-api.com",
        3,
        500,
        "month",
    )
    assert (schedule["name"], schedule["started_at"]) == ("odds", None)
    assert found["looked_at"] == "2025-08-15T09:00:00Z"


def test_that_no_schedule_looks_any_more_is_an_alert(served):
    look(served)
    assert board(served)["alerts"] == []
    served.clock.at = NOW + timedelta(minutes=31)
    (alert,) = board(served)["alerts"]
    assert (alert["name"], alert["status"]) == ("schedules", "warn")


def test_checks_that_do_not_pass_are_alerts(served):
    served.clock.at = NOW + timedelta(days=2)
    found = board(served)
    assert found["status"] == "degraded"
    assert [alert["name"] for alert in found["alerts"]] == ["freshness"]


def test_it_answers_where_nothing_is_published(tmp_path):
    found = board(World(tmp_path))
    assert (found["status"], found["data"]) == ("unavailable", [])
    assert found["unknown"]["data"] == "Nothing is published yet."


def test_what_schedules_saw_is_not_shown_where_it_was_altered(served):
    put_supplements(served.folder, {SYSTEM: (b"{}", "json")})
    assert board(served)["unknown"]["sources"] == "What schedules saw last cannot be read."


def test_it_is_kept_for_seconds_only(served):
    first = served.client.get("/api/v1/system")
    assert first.headers["cache-control"] == "public, max-age=10"
    assert "hit" in served.client.get("/api/v1/system").headers["cache-status"]


def test_no_setting_and_no_failures_text_is_shown(served):
    look(served)
    assert {"missing", "missing_settings", "failure", "note", "news"}.isdisjoint(board(served)["sources"][0])


def test_hits_and_latency_are_those_of_the_process():
    metrics = Metrics()
    assert (process_figures(metrics).hit_ratio, process_figures(metrics).latency) == (None, None)
    for source in ("memory", "memory", "shared", "computed"):
        metrics.answered(source)
    for seconds in (0.0005, 0.002, 0.02, 9.0):
        metrics.observe("GET", "/api/v1/insights/{match_id}", 200, seconds)
    figures = process_figures(metrics)
    assert figures.hit_ratio == 0.75
    assert figures.latency.model_dump() == {"n": 4, "p50_s": 0.005, "p95_s": None, "p99_s": None}


def test_every_served_match_counts(served):
    assert sum(row["coming"] for row in board(served)["data"]) == len(MATCHES) - 1
