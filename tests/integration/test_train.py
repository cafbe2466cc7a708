"""Training as a whole: from a history to a bundle that the serving side reads and agrees with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model_export.bets import CLASSES
from model_export.card import read_card
from model_export.card_page import as_page
from model_export.held_out import read_held_out
from model_export.registry import Registry
from model_export.samples import samples
from model_export.train import train
from sabiscore.clock import FixedClock
from sabiscore.errors import Refused
from sabiscore.features import vector
from sabiscore.features.replay import vectors
from sabiscore.features.state import State
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.manifest import POPULATION
from sabiscore.inference.predict import OnnxModel
from sabiscore.learning.feature_drift import feature_distribution
from tests.support.histories import made_up

HISTORY = made_up(5, ("E0", "E1", "SP1", "D1", "I1", "F1"))


def quietly(what: str, done: float) -> None:
    assert what
    assert 0.0 <= done <= 1.0


def test_a_bundle_serves_what_training_learnt(tmp_path: Path) -> None:
    registry = Registry(tmp_path, vector.SCHEMA, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))
    trained = train(HISTORY, registry, kind="simulated", report=quietly, tests=1)
    bundle = read_bundle(trained.folder, vector.SCHEMA)
    model, (table, state) = OnnxModel(bundle), samples(HISTORY)
    ours, graph = trained.ensemble.predict_proba(table.X), model.predict(table.X)
    assert np.abs(ours - graph).max() <= 1e-6
    fixtures = table.history.take(slice(-4, None))
    assert np.array_equal(
        vectors(State.load(bundle.states), fixtures), vectors(state, fixtures), equal_nan=True
    )
    manifest = bundle.manifest
    assert (manifest.kind, manifest.schema, manifest.n_features) == ("simulated", vector.SCHEMA, vector.SIZE)
    assert manifest.training["matches"] == len(table)
    assert manifest.metrics["seasons"] == ["1819"]
    assert manifest.metrics["scores"]["all"]["with_odds"]["n"] > 0
    assert manifest.agreement["max_difference"] <= 1e-6
    assert registry.current() is None
    judged = feature_distribution(table.X[table.history.season == 2018])
    content = (trained.folder / POPULATION).read_bytes()
    assert len(content) < 50_000
    assert np.array_equal(np.load(trained.folder / POPULATION), judged.as_array(), equal_nan=True)
    kept = read_held_out(trained.folder)
    assert kept.forecasts["with_odds"] == pytest.approx(trained.evaluation.forecasts["with_odds"], abs=1e-7)
    card = read_card(trained.folder)
    page = as_page(card)
    assert card["version"] in page
    assert card["knows"]["no_odds"] == "no price among its inputs, taught by past closing prices"
    assert all(sentence in page for sentence in (*card["knows"].values(), *card["not_for"]))
    assert set(card["importance"]["no_odds"]).isdisjoint({"market_past", "market_now", "panic"})
    assert all(sum(shares.values()) == pytest.approx(1.0) for shares in card["importance"].values())
    assert card["teacher"]["closes_by_season"]["1819"]["ps"] > 0
    assert np.abs(trained.ensemble.over(table.X) - model.over(table.X)).max() <= 1e-6
    goals = manifest.metrics["goals"]["all"]
    assert set(goals) == {"no_odds", "past_odds", "with_odds", "early_odds", "closing_odds"}
    assert goals["past_odds"]["divergence"]["low"] <= goals["past_odds"]["divergence"]["difference"]
    assert card["goals"] == manifest.metrics["goals"]
    assert "## Three goals or more" in page
    found = card["value_bet_classes"]
    assert {"all", "1819"} <= set(found) <= {"all", "big-five", "1819"}
    assert all(set(figures["by_class"]) == {*CLASSES} for figures in found.values())
    assert all(f"| {part} | {name} |" in page for part, name in bets_in(found))
    assert card["gates"] == {
        "objections": [], "forced": None, "beside_production": "No bundle was in production to compare with.",
    }  # fmt: skip


def bets_in(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The slices and classes with bets in them."""
    classes = [(part, name, bets) for part, by in found.items() for name, bets in by["by_class"].items()]
    return [(part, name) for part, name, bets in classes if bets["n"]]


def test_training_twice_gives_the_same_graph(tmp_path: Path) -> None:
    history = made_up(4, ("E0", "SP1", "D1", "I1", "F1"))
    registry = Registry(tmp_path, vector.SCHEMA)
    first, second = (train(history, registry, kind="simulated", report=quietly, tests=1) for _ in range(2))
    assert (first.folder / "model.onnx").read_bytes() == (second.folder / "model.onnx").read_bytes()
    assert first.evaluation.to_json() == second.evaluation.to_json()


def test_too_little_history_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="too little history"):
        train(made_up(1), Registry(tmp_path, vector.SCHEMA), kind="simulated", report=quietly)
    assert not list(tmp_path.glob("*.*.*"))
