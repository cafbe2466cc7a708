"""Ratios to a bare function, from seconds that were measured in turn."""

from __future__ import annotations

import json

import pytest

from infra.bench.cold_start import BARE_FUNCTION, ColdStartReport, cases, report


@pytest.fixture
def measured() -> ColdStartReport:
    seconds = {
        BARE_FUNCTION: [0.030, 0.020, 0.500],
        "health": [0.120, 0.090, 0.300],
        "insights hit": [0.240, 0.200, 0.900],
        "insights miss": [0.480, 0.400, 0.460],
    }
    return report("python3.13", cases("epl-2425-arsenal-chelsea"), seconds)


def test_medians_are_compared_so_that_one_slow_run_says_nothing(measured: ColdStartReport) -> None:
    ratios = {figure.name: round(figure.ratio, 6) for figure in measured.figures}
    assert ratios == {
        BARE_FUNCTION: 1.0,
        "health": 4.0,
        "insights hit": 8.0,
        "insights miss": round(46 / 3, 6),
    }


def test_a_ratio_above_its_limit_is_said_and_fails_the_run(measured: ColdStartReport) -> None:
    assert {figure.name: figure.holds for figure in measured.figures} == {
        BARE_FUNCTION: True,
        "health": True,
        "insights hit": True,
        "insights miss": False,
    }
    assert not measured.holds
    assert [line for line in measured.lines() if "TOO SLOW" in line] == [
        "  insights miss        460.0 ms  15.33 × TOO SLOW"
    ]


def test_the_report_is_plain_values(measured: ColdStartReport) -> None:
    plain = json.loads(json.dumps(measured.as_json()))
    assert plain["holds"] is False
    assert plain["rounds"] == 3
    assert plain["figures"][1]["name"] == "health"


def test_the_limits_are_those_of_the_reliability_bar() -> None:
    limits = {case.name: case.limit for case in cases("epl-2425-arsenal-chelsea")}
    assert limits == {BARE_FUNCTION: 1.0, "health": 5.0, "insights hit": 9.0, "insights miss": 15.0}
