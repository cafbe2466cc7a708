"""What the growth benchmark makes of its figures, and that its cases build and run."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from infra.bench import growth_case
from infra.bench.growth import IN_PROCESS, StepCost, lines, report, slope
from infra.bench.growth_plot import plot
from sabiscore.insights.stored_track_record import read_track_record
from sabiscore.publication.publish import read


def costs(build: str, power: float, scale: float = 1.0) -> list[StepCost]:
    return [
        StepCost(build=build, step="calibrate", size=n, seconds=scale * n**power, peak_mb=100.0 * scale)
        for n in (1, 5, 20)
    ]


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5])
def test_the_slope_is_the_power_that_costs_grow_with(power: float) -> None:
    assert slope(costs("here", power)) == pytest.approx(power)


def test_a_single_length_has_no_slope() -> None:
    assert slope(costs("here", 1.0)[:1]) is None


def test_another_build_gives_ratios_of_the_same_steps() -> None:
    found = report([*costs("here", 0.0, 0.5), *costs("against", 1.0)])
    assert [(ratio["size"], ratio["time"]) for ratio in found["ratios"]] == [
        (1, pytest.approx(0.5)),
        (5, pytest.approx(0.1)),
        (20, pytest.approx(0.025)),
    ]
    assert {ratio["memory"] for ratio in found["ratios"]} == {0.5}
    assert any("0.025 of the time" in line for line in lines(found))


def test_the_plot_has_a_line_for_each_build_and_step() -> None:
    found = report([*costs("here", 0.0), *costs("against", 1.0)])
    drawn = ET.fromstring(plot(found["costs"]))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 2


def test_a_built_record_is_settled_and_every_step_runs_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growth_case, "WEEKS", 2)
    growth_case.build(tmp_path / "simulated", 1)
    record = read_track_record(tmp_path / "simulated" / "publication").record
    assert record.all.predictions is not None
    assert record.all.predictions.n == 2 * growth_case.MATCHES_A_WEEK
    assert record.all.bets is not None
    for step in IN_PROCESS["seasons"]:
        assert growth_case.measured(tmp_path / "simulated", step)["seconds"] is not None
    grown = read_track_record(tmp_path / "simulated" / "publication").record
    assert grown.all.predictions is not None
    assert grown.all.predictions.n == 3 * growth_case.MATCHES_A_WEEK


def test_coming_matches_are_published_once_and_every_step_finds_nothing_new(tmp_path: Path) -> None:
    folder = tmp_path / "simulated"
    growth_case.build_coming(folder, 40)
    publication = read(folder / "publication")
    assert len(publication.matches) == 40
    assert all(match.prices for match in publication.matches.values())
    for step in IN_PROCESS["matches"]:
        assert growth_case.measured(folder, step)["seconds"] is not None
    assert read(folder / "publication").digest == publication.digest
