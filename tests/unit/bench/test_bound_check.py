"""A measurement says whether it holds, in words, for programs and as an exit code."""

from __future__ import annotations

import json

import pytest

from infra.bench.check import BoundCheck, Measurement, finish, joined
from infra.bench.faults import Reads, figures
from infra.bench.load import LINES, main
from infra.bench.overload import Crowd, TimedResponse, summary
from sabiscore.errors import Unavailable

GOOD, BAD = (
    BoundCheck(id="L2", what="cost", value=31.0, sense="≤", bound=60, unit="µs"),
    BoundCheck(id="L1", what="ratio", value=0.4, sense="≥", bound=0.5, unit="×"),
)


@pytest.mark.parametrize(
    ("value", "sense", "bound", "holds"),
    [(1, "≤", 1, True), (1.1, "≤", 1, False), (1, "≥", 1, True), (0.9, "≥", 1, False), (0, "=", 0, True)],
)
def test_a_figure_on_its_bound_holds(value, sense, bound, holds):
    assert BoundCheck(id="L1", what="figure", value=value, sense=sense, bound=bound).holds is holds


def test_what_is_missed_is_an_exit_code_and_a_word(capsys):
    assert finish(lambda: Measurement([GOOD]), as_json=False) == 0
    assert capsys.readouterr().out.endswith("holds\n")
    assert finish(lambda: joined([Measurement([GOOD]), Measurement([BAD], ["why"])]), as_json=False) == 1
    said = capsys.readouterr()
    assert "MISSED\n     why" in said.out
    assert said.err == "Missed 1 of 2 bounds: ratio.\n"


def test_a_program_reads_the_same(capsys):
    assert finish(lambda: Measurement([BAD]), as_json=True) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["holds"] is False
    assert document["checks"][0] == {
        "id": "L1", "what": "ratio", "value": 0.4, "sense": "≥", "bound": 0.5, "unit": "×", "holds": False,
    }  # fmt: skip


def test_what_cannot_be_measured_is_neither(capsys):
    def fail() -> Measurement:
        raise Unavailable("wrk is not installed.", hint="Run: infra/setup/services.sh")

    assert finish(fail, as_json=False) == 3
    assert "infra/setup" in capsys.readouterr().err


def answers(status: int, number: int, took_s: float = 0.01, is_timed: bool = True) -> list[TimedResponse]:
    return [TimedResponse(status, is_timed, 0.0, took_s)] * number


def test_a_crowd_is_judged_by_what_it_met():
    met = [*answers(200, 90), *answers(503, 210)]
    assert summary([Crowd(peak=100, met=met, lasted_s=1.0, recovery_s=0.1)]).holds
    slow = [*answers(200, 90), *answers(503, 210, took_s=0.06)]
    assert not summary([Crowd(100, slow, 1.0, 0.1)]).holds
    few = [*answers(200, 70), *answers(503, 230)]
    assert not summary([Crowd(100, few, 1.0, 0.1)]).holds
    untimed = [*met, *answers(503, 1, is_timed=False)]
    assert not summary([Crowd(100, untimed, 1.0, 0.1)]).holds
    assert not summary([Crowd(100, met, 1.0, 6.0)]).holds


def test_a_spoilt_cache_is_judged_by_what_a_request_costs_more():
    without = Reads([5.0] * 30, asked=0, strange=0)
    good = Reads([60.0] * 5 + [6.0] * 25, asked=5, strange=0)
    assert figures({"the edge": 20.0}, without, {"refuse": good}).holds
    paused = Reads([900.0] * 2 + [60.0] * 3 + [6.0] * 25, asked=5, strange=0)
    assert figures({"the edge": 20.0}, without, {"refuse": paused}).holds
    for bad in (
        Reads([70.0] * 5 + [6.0] * 25, asked=5, strange=0),
        Reads([60.0] * 5 + [12.0] * 25, asked=5, strange=0),
        Reads(good.took_ms, asked=6, strange=0),
        Reads(good.took_ms, asked=5, strange=1),
    ):
        assert not figures({"the edge": 20.0}, without, {"refuse": good, "drip": bad}).holds
    assert not figures({"the edge": 101.0}, without, {"refuse": good}).holds


def test_the_help_of_load_names_every_line_and_an_unknown_one_is_refused(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    words = capsys.readouterr().out.split()
    assert set(LINES) <= set(words)
    with pytest.raises(SystemExit) as refused:
        main(["L99"])
    assert refused.value.code == 2
    assert "no bench holds L99" in capsys.readouterr().err
