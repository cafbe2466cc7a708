"""``sabiscore models watch`` says what the record says of the models, known or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.insights.stored_track_record import put_track_record
from sabiscore.learning.track_record import track_record
from tests.support.challengers import DRIFT, MOVED, TRIAL


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path))
    return tmp_path


def test_what_is_not_known_is_said(data_dir: Path) -> None:
    shown = CliRunner().invoke(app, ["models", "watch"])
    assert shown.exit_code == 0
    assert [line.split(":")[0] for line in shown.output.splitlines()] == ["Drift", "Population", "Trial"]
    report = json.loads(CliRunner().invoke(app, ["models", "watch", "--json"]).output)
    assert report == {"drift": None, "population": None, "trial": None}
    unknown = MOVED.model_copy(update={"index": None, "because": "Only 200 predictions are sealed."})
    put_track_record(data_dir / "publication", track_record([], [], population=unknown))
    assert (
        "Population: Only 200 predictions are sealed." in CliRunner().invoke(app, ["models", "watch"]).output
    )


def test_all_three_are_shown_with_their_numbers(data_dir: Path) -> None:
    put_track_record(
        data_dir / "publication", track_record([], [], drift=DRIFT, population=MOVED, trial=TRIAL)
    )
    shown = CliRunner().invoke(app, ["models", "watch"]).output
    for words in (
        "the newest 380 settled: accuracy is 52.0%",
        "0.97",
        "form.shots",
        "missing than when the model was evaluated: market_now 43% (12% then).",
        "2.500",
        "Trial of 1.1.0 against 1.0.0: No difference beyond chance on 150 matches.",
        "(-0.0020 [-0.0100, +0.0060]",
    ):
        assert words in " ".join(shown.split())
    report = json.loads(CliRunner().invoke(app, ["models", "watch", "--json"]).output)
    assert report["trial"]["n"] == 150
    assert report["population"]["by_group"] == {"form": 0.31}
