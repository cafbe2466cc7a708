"""What browsers measured is counted as they told it; what no browser tells is refused and not counted."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from sabiscore.http.vitals_body import LONGEST_MS
from tests.support.served import World, world

REPORT = {"page": "value", "lcp": 640.2, "fcp": 312.4, "ttfb": 41.8, "inp": 24, "cls": 0.004}
JSON = {"content-type": "application/json"}


def vitals(served: World) -> dict[str, float]:
    """Counts and sums of each vital so far."""
    lines = [line.rpartition(" ") for line in served.client.get("/metrics").text.splitlines()]
    return {
        name: float(value)
        for name, _, value in lines
        if name.startswith("sabiscore_web_vital") and ("_count" in name or "_sum" in name)
    }


def grown(served: World, report: Mapping[str, object]) -> dict[str, float]:
    before = vitals(served)
    answer = served.pages.post("/vitals", content=json.dumps(report), headers=JSON)
    assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (204, "", "no-store")
    return {
        name: round(value - before[name], 6)
        for name, value in vitals(served).items()
        if value != before[name]
    }


def test_what_was_measured_of_a_view_is_counted_by_page(tmp_path):
    seconds, page = "sabiscore_web_vital_seconds", 'page="value"'
    took = {"lcp": 0.6402, "fcp": 0.3124, "ttfb": 0.0418, "inp": 0.024}
    took_by = {f'{seconds}_sum{{vital="{vital}",{page}}}': value for vital, value in took.items()}
    counts = {f'{seconds}_count{{vital="{vital}",{page}}}': 1.0 for vital in took}
    shift = "sabiscore_web_vital_layout_shift"
    moved = {f"{shift}_sum{{{page}}}": 0.004, f"{shift}_count{{{page}}}": 1.0}
    assert grown(world(tmp_path), REPORT) == {**took_by, **counts, **moved}


def test_a_page_that_nobody_knows_adds_no_series(tmp_path):
    (sum_, count) = grown(world(tmp_path), {"page": "madeup", "lcp": 1000}).items()
    of = '{vital="lcp",page="other"}'
    assert dict([sum_, count]) == {
        f"sabiscore_web_vital_seconds_sum{of}": 1.0,
        f"sabiscore_web_vital_seconds_count{of}": 1.0,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"lcp": 1},
        {"page": "value", "lcp": -1},
        {"page": "value", "lcp": LONGEST_MS + 1},
        {"page": "value", "lcp": float("nan")},
        {"page": "value", "lcp": "640"},
        {"page": "value", "cls": 101},
        {"page": 'value",x="y', "lcp": 1},
        {"page": "value", "reader": "me"},
    ],
)
def test_what_no_browser_tells_is_refused_and_not_counted(tmp_path, wrong):
    served = world(tmp_path)
    before = vitals(served)
    assert served.pages.post("/vitals", content=json.dumps(wrong), headers=JSON).status_code in (400, 422)
    assert vitals(served) == before


def test_a_report_is_not_read_back(tmp_path):
    answer = world(tmp_path).pages.get("/vitals")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
