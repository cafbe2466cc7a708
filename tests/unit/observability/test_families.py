"""What is born at 0 is all that can be known, and its text is what Prometheus reads."""

from __future__ import annotations

import subprocess
from typing import get_args

import pytest

from infra.api_document.routes import every_page, every_route
from sabiscore.cache.tiered_cache import Source
from sabiscore.errors import BadEntry
from sabiscore.jobs.report import Outcome
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.observability import families
from sabiscore.observability.endpoints import ENDPOINTS, UNMATCHED
from sabiscore.observability.exposition import Gauge, exposition
from sabiscore.observability.metrics import Metrics
from sabiscore.observability.totals import KeptTotals, Totals, read_kept


def test_every_route_is_a_known_endpoint_with_its_methods():
    served: dict[str, set[str]] = {}
    for route in (*every_route(), *every_page()):
        served.setdefault(route.path, set()).update(route.methods or ())
    known = {endpoint: set(methods) for endpoint, methods in ENDPOINTS.items() if endpoint != UNMATCHED}
    assert known == served


def test_every_source_job_and_outcome_is_born_at_0():
    assert set(families.SOURCES) == set(get_args(Source))
    assert set(families.JOBS) == set(TIMETABLE)
    assert set(families.JOB_OUTCOMES) == set(get_args(Outcome))
    lines = exposition(Totals(), ()).splitlines()
    assert 'sabiscore_http_requests_total{method="GET",endpoint="/match/{match_id}",status="500"} 0' in lines
    assert 'sabiscore_job_runs_total{job="odds",outcome="failed"} 0' in lines
    assert 'sabiscore_http_request_duration_seconds_bucket{method="GET",endpoint="/",le="0.148"} 0' in lines
    assert {line.rpartition(" ")[2] for line in lines if not line.startswith("#")} == {"0", "0.000000"}


def counted() -> Metrics:
    metrics = Metrics()
    metrics.observe("GET", "/value", 200, 0.148)
    metrics.observe("GET", "/value", 418, 7.0)
    metrics.observe("BREW", UNMATCHED, 405, 0.002)
    metrics.inferred(0.0002)
    metrics.job_ran("odds", "done")
    metrics.ledger_verified("intact")
    return metrics


def test_a_histogram_holds_what_took_as_long_as_an_edge_and_counts_up():
    lines = exposition(counted().totals(), ()).splitlines()
    of = [line for line in lines if "request_duration" in line and '"GET",endpoint="/value"' in line]
    assert [line.rpartition(" ")[2] for line in of] == [*"00000111112", "7.148000", "2"]


def test_a_made_up_method_adds_no_series_of_its_own():
    lines = exposition(counted().totals(), ()).splitlines()
    assert 'sabiscore_http_requests_total{method="other",endpoint="unmatched",status="405"} 1' in lines
    assert not any("BREW" in line for line in lines)


def test_counts_that_are_not_known_are_left_out_and_gauges_stay():
    text = exposition(None, [Gauge(families.READY, 1), Gauge(families.ODDS_AGE, 61.5, ("epl",))])
    assert "_total" not in text
    assert 'sabiscore_odds_age_seconds{league="epl"} 61.5\n' in text


def test_a_label_is_escaped():
    text = exposition(None, [Gauge(families.ODDS_AGE, 1, ('a"\\\n',))])
    assert 'sabiscore_odds_age_seconds{league="a\\"\\\\\\n"} 1\n' in text


def test_counts_that_are_kept_are_read_as_they_were():
    totals = counted().totals()
    assert read_kept(KeptTotals(7, totals).text()) == KeptTotals(7, totals)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"at":1}',
        '{"at":1,"counters":{},"histograms":[]}',
        '{"at":1,"counters":[[["a"],"b"]],"histograms":[]}',
        '{"at":1,"counters":[],"histograms":[[["sabiscore_model_inference_duration_seconds"],[1]]]}',
        '{"at":1,"counters":[],"histograms":[[["of nobody"],[1]]]}',
    ],
)
def test_what_is_no_count_is_refused(text):
    with pytest.raises(BadEntry):
        read_kept(text)


def test_promtool_finds_nothing_to_say(promtool):
    gauges = [Gauge(family, 1, ("epl",) * len(family.labels)) for family in families.SEEN]
    command = [promtool, "check", "metrics"]
    text = exposition(counted().totals(), gauges)
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
