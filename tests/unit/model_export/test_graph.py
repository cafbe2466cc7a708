"""The graph says what Python says, in the places where the stock converters do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from sklearn.ensemble import RandomForestClassifier

from model_export.ensemble import Ensemble, Matrix
from model_export.graph import to_graph
from model_export.graph.members import forest_trees, lightgbm_trees, xgboost_trees
from model_export.graph.trees import join, round_down
from model_export.verify import verify
from sabiscore.errors import Refused
from sabiscore.inference.manifest import IR, OPSETS
from sabiscore.inference.session import open_session
from tests.support.ensembles import MARKET, NEVER_MISSING, NOW, PAST, F, fit_on, fitted, made_up_rows


def run(graph: bytes, X: Matrix, **calibration: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    result: npt.NDArray[np.float32] = open_session(graph, X.shape[1]).run(
        None, {"vectors": X, **calibration}
    )[0]
    return result


def difference(graph: bytes, ensemble: Ensemble, X: Matrix) -> float:
    return float(np.abs(run(graph, X) - ensemble.predict_proba(X)).max())


def thresholds(ensemble: Ensemble) -> Matrix:
    """float32 [k, F]: a row for every threshold of every tree, with that value in every column."""
    trees = join(
        [
            forest_trees(ensemble.forest, F),
            xgboost_trees(ensemble.xgboost, F),
            lightgbm_trees(ensemble.lightgbm, F),
        ]
    )
    values = np.unique(round_down(trees.threshold[trees.split]))
    values = values[np.abs(values) < 1e38]  # a split between known and missing has no finite threshold
    return np.repeat(values[:, None], F, axis=1)


def test_agrees_on_training_rows_at_every_level_of_knowledge() -> None:
    shared = fitted()
    agreement = verify(shared.graph, shared.ensemble, shared.X, MARKET, alone=None)
    assert agreement.max_difference <= 1e-6
    assert agreement.rows == agreement.alone == 3 * len(shared.X) + 3


@pytest.mark.parametrize("step", [-np.inf, 0, np.inf], ids=["just below", "exactly on", "just above"])
@pytest.mark.parametrize("level", [(0, 0), (1, 0), (1, 1)], ids=["no market", "past", "now"])
def test_agrees_around_every_threshold(step: float, level: tuple[int, int]) -> None:
    shared = fitted()
    X = thresholds(shared.ensemble)
    X = X if step == 0 else np.nextafter(X, np.float32(step))
    X[:, [PAST, NOW]] = level
    assert len(X) > 100
    assert difference(shared.graph, shared.ensemble, X) <= 1e-6


@pytest.mark.parametrize("value", [np.nan, 0.0, -0.0, 1e-36, -1e-36, 1e-45, 3e38, -3e38])
def test_agrees_when_every_column_holds_one_strange_value(value: float) -> None:
    shared = fitted()
    X = np.full((4, F), value, np.float32)
    X[:, [PAST, NOW]] = [[0, 0], [1, 0], [0, 1], [1, 1]]
    assert difference(shared.graph, shared.ensemble, X) <= 1e-6


def test_a_column_never_missing_in_training_may_be_missing_when_served() -> None:
    shared = fitted()
    X = shared.X.copy()
    X[:, : NEVER_MISSING + 1] = np.nan
    assert difference(shared.graph, shared.ensemble, X) <= 1e-6


def test_missing_flags_mean_no_market() -> None:
    shared = fitted()
    X = shared.X.copy()
    X[:, [PAST, NOW]] = np.nan
    assert difference(shared.graph, shared.ensemble, X) <= 1e-6


def test_every_knowledge_level_has_its_own_answer() -> None:
    shared = fitted()
    row = np.repeat(np.nan_to_num(shared.X[:1]), 3, axis=0)
    row[:, [PAST, NOW]] = [[0, 0], [1, 0], [1, 1]]
    p = run(shared.graph, row)
    assert len({tuple(line) for line in p.tolist()}) == 3


def test_agrees_when_nothing_was_missing_in_training() -> None:
    """LightGBM then reads a missing value as 0, scikit-learn sends it with the larger half."""
    rng = np.random.default_rng(3)
    X = np.nan_to_num(made_up_rows(rng, 400, 0.0))
    ensemble = fit_on(X, rng)
    graph = to_graph(ensemble, F).SerializeToString()
    X[rng.random(X.shape) < 0.3] = np.nan
    assert difference(graph, ensemble, X) <= 1e-6


def test_agrees_when_no_tree_finds_a_split() -> None:
    rng = np.random.default_rng(4)
    X = made_up_rows(rng, 60, 0.2)
    X[:, :PAST] = 1.0
    X[:, [PAST, NOW]] = 1.0
    ensemble = fit_on(X, rng)
    assert difference(to_graph(ensemble, F).SerializeToString(), ensemble, X) <= 1e-6


def test_refuses_zero_as_missing() -> None:
    rng = np.random.default_rng(5)
    X = made_up_rows(rng, 300, 0.2)
    X[rng.random(X.shape) < 0.3] = 0
    ensemble = fit_on(X, rng, zero_as_missing=True)
    with pytest.raises(Refused, match="zero_as_missing"):
        to_graph(ensemble, F)


@pytest.mark.parametrize("kept", [[0, 1], [1, 2]])
def test_refuses_members_that_never_saw_a_class(kept: list[int]) -> None:
    shared = fitted()
    rng = np.random.default_rng(6)
    y = rng.choice(kept, len(shared.X))
    forest = RandomForestClassifier(2, max_depth=2, random_state=0).fit(shared.X, y)
    with pytest.raises(Refused, match="forest was fitted on 12 columns and classes"):
        to_graph(replace(shared.ensemble, forest=forest), F)


def test_refuses_another_number_of_columns() -> None:
    with pytest.raises(Refused, match="12 columns"):
        to_graph(fitted().ensemble, F + 1)


def test_calibration_is_an_input_and_changes_what_it_says() -> None:
    shared = fitted()
    rng = np.random.default_rng(0)
    matrix = (np.eye(3) + rng.normal(size=(3, 3)) * 0.2).astype(np.float32)
    bias = rng.normal(size=3).astype(np.float32)
    p = run(shared.graph, shared.X, calibration_matrix=matrix, calibration_bias=bias)
    z = np.log(shared.ensemble.predict_proba(shared.X)) @ matrix + bias
    wanted = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    assert np.abs(p - wanted).max() <= 1e-6
    assert np.abs(p - run(shared.graph, shared.X)).max() > 0.01


def test_identity_calibration_is_the_default_bit_for_bit() -> None:
    shared = fitted()
    identity = {
        "calibration_matrix": np.eye(3, dtype=np.float32),
        "calibration_bias": np.zeros(3, np.float32),
    }
    assert np.array_equal(run(shared.graph, shared.X, **identity), run(shared.graph, shared.X))


def test_is_written_in_what_the_runtime_is_trusted_with() -> None:
    model = onnx.load_from_string(fitted().graph)
    assert model.ir_version == IR
    assert {item.domain: item.version for item in model.opset_import} == dict(OPSETS)
    assert sum(node.op_type.startswith("Tree") for node in model.graph.node) == 1


def test_converting_twice_gives_the_same_bytes() -> None:
    shared = fitted()
    assert to_graph(shared.ensemble, F).SerializeToString(deterministic=True) == onnx.load_from_string(
        shared.graph
    ).SerializeToString(deterministic=True)


def test_rounding_down_keeps_every_comparison_of_float32_values() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate(
        [
            rng.normal(size=1000) * 10.0 ** rng.integers(-30, 30, 1000),
            [0.0, -0.0, 1e-46, -1e-46, 1e300, -1e300],
        ]
    )
    down = round_down(values)
    with np.errstate(over="ignore"):
        around = (down, np.nextafter(down, np.float32(np.inf)), np.nextafter(down, np.float32(-np.inf)))
    for x in around:
        assert np.array_equal(x.astype(np.float64) <= values, x <= down)
