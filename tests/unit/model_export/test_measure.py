"""The figures of `sabiscore bench`, on an ensemble too small for their limits to mean much."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from model_export.measure import GraphFigures, measure_graph
from model_export.registry import Registry
from tests.support.ensembles import MARKET, SCHEMA, fitted, release


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> GraphFigures:
    root = tmp_path_factory.mktemp("measured")
    folder = Registry(root / "models", SCHEMA).add(release(root))
    shared = fitted()
    found = measure_graph(shared.ensemble, folder, shared.X[:50], MARKET, rounds=1)
    assert not list(root.rglob("*.joblib"))
    return found


def test_measures_every_figure(figures: GraphFigures) -> None:
    assert figures.rows == figures.rows_alone == 3 * 50 + 3
    assert 0 <= figures.max_difference <= 1e-6
    assert 0 < figures.graph_mib < 1
    assert 0 < figures.row_p50_us <= figures.row_p99_us
    assert 0 < figures.native_row_p50_us <= figures.native_row_p99_us
    assert figures.row_ratio == figures.row_p99_us / figures.native_row_p50_us
    assert figures.start_ratio == figures.start_ms / figures.native_start_ms
    assert figures.load_ms > 0
    assert figures.batch_512_ms > 0


def test_names_the_figures_that_do_not_hold(figures: GraphFigures) -> None:
    good = replace(figures, max_difference=0.0, graph_mib=1.0, load_ms=1.0, row_ratio=0.01, start_ratio=0.1)
    assert good.failures == {}
    slow = replace(good, load_ms=41.0, row_ratio=float("nan"))
    assert slow.failures["load_ms"] == (41.0, 40.0)
    assert json.loads(json.dumps(good.to_json()))["failures"] == []
    assert slow.to_json()["failures"] == ["load_ms", "row_ratio"]
