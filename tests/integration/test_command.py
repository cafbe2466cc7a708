"""The ``sabiscore`` command as a person uses it: what it answers, and what it says when it cannot."""

from __future__ import annotations

import csv
import json
import math
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from infra.local.seasons import simulate_into
from tests.support.command import Sabiscore
from tests.support.local_world import SEED, TODAY, World

SIDES = {"H": "home", "D": "draw", "A": "away"}


@pytest.fixture
def own(world: World, tmp_path: Path) -> Path:
    """A copy of the shared world's home that a test may change."""
    shutil.copytree(world.settings.data_dir, tmp_path / "own" / "simulated")
    return tmp_path / "own" / "real"


@pytest.fixture(scope="module")
def seasons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("command") / "seasons"
    simulate_into(folder, SEED, 1, TODAY, ["D1"])
    return folder


def test_the_version_is_one_line(sabiscore: Sabiscore) -> None:
    said = sabiscore("--version")
    assert said.code == 0
    assert said.out.startswith("sabiscore 0.")


@pytest.mark.parametrize(
    "command", ["run", "up", "bench", "ingest", "train", "evaluate", "predict", "models", "simulate", "clean"]
)
def test_every_command_explains_itself(sabiscore: Sabiscore, command: str) -> None:
    said = sabiscore(command, "--help")
    assert said.code == 0
    assert "Usage: sabiscore" in said.out
    assert len(said.out.splitlines()) > 8


def test_ingest_counts_and_the_second_time_changes_nothing(sabiscore: Sabiscore, seasons: Path) -> None:
    first = sabiscore("ingest", "--from", seasons, "--simulated")
    assert first.code == 0
    assert "D1" in first.out
    again = sabiscore("ingest", "--from", seasons, "--simulated")
    assert "Nothing changed." in again.out
    report = json.loads(sabiscore("ingest", "--from", seasons, "--simulated", "--json").out)
    assert report["kind"] == "simulated"
    assert {file["status"] for file in report["files"]} == {"unchanged"}


def test_a_row_that_is_refused_is_counted_with_its_reason(
    sabiscore: Sabiscore, seasons: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(seasons, tmp_path / "seasons")
    path = folder / "D1_2526.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    home, away, result = (lines[0].split(",").index(name) for name in ("FTHG", "FTAG", "FTR"))
    cells = lines[1].split(",")
    cells[home], cells[away], cells[result] = "3", "0", "A"
    lines[1] = ",".join(cells)
    path.write_text("\n".join(lines), encoding="utf-8")
    said = sabiscore("ingest", "--from", folder, "--simulated")
    assert said.code == 0
    assert "goals contradict the result (1)" in said.out


def _nothing(folder: Path) -> Path:
    return folder / "nowhere"


def _empty(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _with(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        folder.mkdir()
        (folder / name).write_bytes(content)
        return folder

    return make


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        pytest.param(_nothing, "There is no folder", id="no-such-folder"),
        pytest.param(_empty, "no season files", id="empty-folder"),
        pytest.param(_with("E0_2425.csv", b"\x89PNG\r\n\x1a\n\x00\x00"), "E0_2425.csv", id="binary"),
        pytest.param(_with("E0_2425.csv", b"Div,Date,Home"), "E0_2425.csv", id="truncated"),
        pytest.param(_with("E0_2425.csv", b"<html>not found</html>"), "E0_2425.csv", id="error-page"),
        pytest.param(_with("XX_2425.csv", b"Div,Date\n"), "XX", id="unknown-division"),
    ],
)
def test_what_cannot_be_ingested_is_a_sentence_and_leaves_nothing(
    sabiscore: Sabiscore, tmp_path: Path, make: Callable[[Path], Path], sentence: str
) -> None:
    said = sabiscore("ingest", "--from", make(tmp_path / "data"))
    assert said.code == 2
    assert sentence in said.err
    assert not list((tmp_path / "home").rglob("*.npz"))


def test_simulated_seasons_are_refused_among_real_ones(sabiscore: Sabiscore, seasons: Path) -> None:
    said = sabiscore("ingest", "--from", seasons)
    assert said.code == 2
    assert "--simulated" in said.err


def test_simulate_writes_a_marked_folder_and_never_into_real_seasons(
    sabiscore: Sabiscore, tmp_path: Path
) -> None:
    said = sabiscore(
        "simulate", "--to", tmp_path / "new", "--seasons", "1", "--division", "E0", "--today", "2026-03-14"
    )
    assert said.code == 0
    assert (tmp_path / "new" / "E0_2526.csv").exists()
    real = _with("E0_2425.csv", b"Div,Date")(tmp_path / "real")
    assert sabiscore("simulate", "--to", real).code == 2
    assert sabiscore("simulate", "--to", tmp_path / "x", "--division", "E9").code == 2
    assert sorted(path.name for path in real.iterdir()) == ["E0_2425.csv"]


def test_predict_answers_as_the_api_does(sabiscore: Sabiscore, world: World) -> None:
    data_dir = Path(world.environ["SABISCORE_HOME"])
    published = json.loads((world.settings.publication / "coming.json").read_text())["publication"]
    match = next(m for m in published["matches"] if m["league"] == "epl")
    said = sabiscore(
        "predict", "EPL", match["home"], match["away"], "--simulated", "--json", data_dir=data_dir
    )
    insight = json.loads(said.out)
    assert said.code == 0
    assert insight["match"]["scheduled"] is True
    assert insight["match"]["home"]["key"] == match["home"]
    text = sabiscore("predict", "EPL", match["home"], match["away"], "--simulated", data_dir=data_dir).out
    assert "SIMULATED" in text
    assert f"{insight['probabilities']['home']:.1%}" in text
    later = sabiscore(
        "predict",
        "E0",
        match["away"],
        match["home"],
        "--date",
        "2026-06-01",
        "--simulated",
        "--json",
        data_dir=data_dir,
    )
    assert json.loads(later.out)["match"]["day"] == "2026-06-01"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("epl", "Arsenal", "Chelsea"), "does not play in epl"),
        (("epl", "Nobody", "Chelsea"), "no team called"),
        (("nowhere", "A", "B"), "no league called"),
        (("national-league", "A", "B"), "not forecast"),
        (("epl", "A", "B", "--date", "tomorrow"), "2025-05-10"),
        (("epl", "{home}", "{away}", "--date", "2026-03-01"), "is over"),
    ],
)
def test_a_pairing_that_cannot_be_answered_is_refused(
    sabiscore: Sabiscore, world: World, arguments: tuple[str, ...], sentence: str
) -> None:
    published = json.loads((world.settings.publication / "coming.json").read_text())["publication"]
    home, away = published["rosters"]["epl"][:2]
    named = [argument.format(home=home, away=away) for argument in arguments]
    said = sabiscore("predict", *named, "--simulated", data_dir=Path(world.environ["SABISCORE_HOME"]))
    assert said.code == 2
    assert sentence in said.err


@pytest.mark.parametrize("command", [("predict", "epl", "A", "B"), ("up", "--port", "0")])
def test_nothing_published_says_what_to_do(sabiscore: Sabiscore, command: tuple[str, ...]) -> None:
    said = sabiscore(*command)
    assert said.code == 3
    assert "sabiscore run" in said.err


def test_models_can_be_listed_shown_compared_promoted_and_archived(sabiscore: Sabiscore, own: Path) -> None:
    assert "production" in sabiscore("models", "list", "--simulated", data_dir=own).out
    (entry,) = json.loads(sabiscore("models", "list", "--simulated", "--json", data_dir=own).out)
    assert entry["version"] == "1.0.0"
    assert entry["pointers"] == ["production"]
    shown = json.loads(sabiscore("models", "show", "1.0.0", "--simulated", data_dir=own).out)
    assert shown["manifest"]["kind"] == "simulated"
    compared = json.loads(
        sabiscore("models", "compare", "1.0.0", "1.0.0", "--simulated", "--json", data_dir=own).out
    )
    assert {row["change"] for row in compared} == {0}
    assert (
        sabiscore("models", "promote", "1.0.0", "--as", "challenger", "--simulated", data_dir=own).code == 0
    )
    assert sabiscore("models", "archive", "1.0.0", "--simulated", data_dir=own).code == 2
    assert sabiscore("models", "rollback", "--simulated", data_dir=own).code == 2
    assert "No bundle" in sabiscore("models", "list", data_dir=own).out


def test_a_broken_bundle_is_never_promoted(sabiscore: Sabiscore, own: Path) -> None:
    graph = own.with_name("simulated") / "models" / "1.0.0" / "model.onnx"
    graph.write_bytes(b"rubbish")
    said = sabiscore("models", "promote", "1.0.0", "--as", "challenger", "--simulated", data_dir=own)
    assert said.code == 4
    assert "model.onnx" in said.err


def test_clean_asks_and_removes_the_home(sabiscore: Sabiscore, own: Path) -> None:
    data_dir = own.with_name("simulated")
    assert sabiscore("clean", "--simulated", "--yes", data_dir=own).code == 0
    assert not data_dir.exists()
    assert "nothing" in sabiscore("clean", "--simulated", data_dir=own).out


def test_a_bad_setting_is_named(sabiscore: Sabiscore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/x")
    said = sabiscore("models", "list")
    assert said.code == 2
    assert "DATABASE_URL" in said.err


@pytest.fixture(scope="module")
def five_seasons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate") / "seasons"
    simulate_into(folder, SEED, 5, date(2026, 6, 10), ["D1"])
    return folder


def test_evaluate_hands_over_every_forecast_in_the_names_of_the_files(
    sabiscore: Sabiscore, five_seasons: Path, tmp_path: Path
) -> None:
    report, forecasts = tmp_path / "report.json", tmp_path / "forecasts.csv"
    said = sabiscore(
        "evaluate", "--data", five_seasons, "--test", "2526", "--leagues", "bundesliga",
        "--json", report, "--predictions", forecasts,
    )  # fmt: skip
    assert said.code == 0
    assert "with_odds" in said.out
    with (five_seasons / "D1_2526.csv").open(encoding="utf-8", newline="") as file:
        results = {(row["HomeTeam"], row["AwayTeam"]): row for row in csv.DictReader(file)}
    played = {who: row["FTR"] for who, row in results.items()}
    fell = {who: int(row["FTHG"]) + int(row["FTAG"]) for who, row in results.items()}
    with forecasts.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    written = json.loads(report.read_text())
    scored, goals = written["scores"]["all"], written["goals"]["all"]
    for variant in ("with_odds", "past_odds", "no_odds"):
        by_match = {(row["home"], row["away"]): row for row in rows if row["variant"] == variant}
        assert by_match.keys() == played.keys()
        losses = [-math.log(float(by_match[who][f"p_{SIDES[result]}"])) for who, result in played.items()]
        assert sum(losses) / len(losses) == pytest.approx(scored[variant]["log_loss"], abs=1e-5)
        overs = {who: float(row["p_over"]) for who, row in by_match.items()}
        losses = [-math.log(overs[who] if total > 2 else 1 - overs[who]) for who, total in fell.items()]
        assert sum(losses) / len(losses) == pytest.approx(goals[variant]["log_loss"], abs=1e-5)


@pytest.mark.parametrize(
    ("test", "sentence"),
    [("2425x", "no season"), ("2427", "no season"), ("1011", "no matches of season 1011")],
)
def test_a_season_that_cannot_be_tested_is_refused(
    sabiscore: Sabiscore, five_seasons: Path, test: str, sentence: str
) -> None:
    said = sabiscore("evaluate", "--data", five_seasons, "--test", test)
    assert said.code == 2
    assert sentence in said.err


def test_train_registers_a_bundle_and_promotes_nothing(sabiscore: Sabiscore, five_seasons: Path) -> None:
    assert sabiscore("train", "--simulated").code == 3
    assert sabiscore("ingest", "--from", five_seasons, "--simulated").code == 0
    said = sabiscore("train", "--leagues", "bundesliga", "--simulated", "--json")
    assert said.code == 0
    assert json.loads(said.out) == {"version": "1.0.0"}
    (entry,) = json.loads(sabiscore("models", "list", "--simulated", "--json").out)
    assert entry["pointers"] == []
    assert entry["manifest"]["leagues"] == ["bundesliga"]
    assert entry["manifest"]["kind"] == "simulated"
    page = sabiscore("models", "show", "1.0.0", "--card", "--simulated").out
    assert page.startswith("# Model card: bundle 1.0.0\n")
    assert "simulated" in page
    card = json.loads(sabiscore("models", "show", "1.0.0", "--card", "--json", "--simulated").out)
    assert card["knows"]["no_odds"] == "no price among its inputs, taught by past closing prices"
    again = sabiscore(
        "evaluate", "--data", five_seasons, "--test", "2526", "--leagues", "bundesliga",
        "--compare", "1.0.0", "--json", "-",
    )  # fmt: skip
    for paired in json.loads(again.out)["compared"].values():
        assert set(paired) == {"divergence", "log_loss", "over_divergence", "over_log_loss"}
        assert paired["divergence"]["n"] > 300
        assert paired["over_divergence"]["n"] > 300
        assert all(round(against["difference"], 6) == 0 for against in paired.values())
    unknown = sabiscore(
        "evaluate", "--data", five_seasons, "--test", "2526", "--leagues", "bundesliga", "--compare", "9.9.9"
    )
    assert unknown.code == 2
    assert "no bundle '9.9.9'" in unknown.err
