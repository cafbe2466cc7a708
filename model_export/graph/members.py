"""The three tree members as Trees: the converters read them, and what they get wrong is put right.

Each converter loses something in silence (see the docstrings); the gate in model_export.verify
would refuse the graph if a new version of a library lost something else.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from onnxmltools.convert import convert_lightgbm, convert_xgboost
from onnxmltools.convert.common import data_types
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType

from model_export.graph.trees import Trees, read_trees
from sabiscore.errors import Refused
from sabiscore.inference.manifest import OPSETS

ZERO = float(np.float32(1e-35))
"""LightGBM's ``kZeroThreshold`` (include/LightGBM/meta.h)."""

CONVERTER_OPSET = 15
"""What onnxmltools is asked for; only its tree attributes are used, never its graph."""


def forest_trees(forest: Any, n_features: int) -> Trees:
    """The trees of a fitted RandomForestClassifier; their sums are its class probabilities.

    skl2onnx sends every missing value to the right: scikit-learn keeps the side in each node.
    """
    types = [("vectors", FloatTensorType([None, n_features]))]
    trees = read_trees(to_onnx(forest, initial_types=types, target_opset=dict(OPSETS)))
    fitted = [member.tree_ for member in forest.estimators_]
    return replace(
        trees,
        threshold=np.concatenate([tree.threshold for tree in fitted]),
        nan_is_true=np.concatenate([tree.missing_go_to_left for tree in fitted]).astype(bool),
    )


def xgboost_trees(classifier: Any, n_features: int) -> Trees:
    """The trees of a fitted XGBClassifier; their sums are its margins, per-class base score included."""
    types = [("vectors", data_types.FloatTensorType([None, n_features]))]
    return read_trees(convert_xgboost(classifier, initial_types=types, target_opset=CONVERTER_OPSET))


def lightgbm_trees(classifier: Any, n_features: int) -> Trees:
    """The trees of a fitted LGBMClassifier; their sums are its margins.

    onnxmltools rounds the float64 thresholds to the nearest float32, and sends missing values
    wrong where a split was fitted without any: LightGBM then reads them as 0.
    """
    types = [("vectors", data_types.FloatTensorType([None, n_features]))]
    model = convert_lightgbm(classifier, initial_types=types, target_opset=CONVERTER_OPSET, zipmap=False)
    return _with_lightgbm_splits(read_trees(model), classifier.booster_.dump_model()["tree_info"])


def _with_lightgbm_splits(trees: Trees, dumped: list[dict[str, Any]]) -> Trees:
    """``trees`` with thresholds and missing directions from LightGBM's own dump.

    Both trees are walked together from the root, so the numbering of the converter does not matter.
    """
    threshold, nan_is_true = trees.threshold.copy(), trees.nan_is_true.copy()
    first = np.searchsorted(trees.tree, np.arange(len(dumped)))
    waiting = [
        (int(root), int(root), tree["tree_structure"]) for root, tree in zip(first, dumped, strict=True)
    ]
    while waiting:
        root, row, split = waiting.pop()
        if "threshold" in split:
            threshold[row] = _as_compared(split["threshold"])
            nan_is_true[row] = _nan_goes_left(split)
            waiting.append((root, root + int(trees.if_true[row]), split["left_child"]))
            waiting.append((root, root + int(trees.if_false[row]), split["right_child"]))
    return replace(trees, threshold=threshold, nan_is_true=nan_is_true)


def _as_compared(threshold: float) -> float:
    """The threshold that treats every ``|x| <= ZERO`` alike, as LightGBM does: it reads them all as 0."""
    if abs(threshold) > ZERO:
        return threshold
    return ZERO if threshold >= 0 else float(np.nextafter(np.float32(-ZERO), np.float32(-np.inf)))


def _nan_goes_left(split: dict[str, Any]) -> bool:
    """Where LightGBM's ``NumericalDecision`` sends NaN (include/LightGBM/tree.h)."""
    if split["missing_type"] == "Zero":
        raise Refused(
            "LightGBM was fitted with zero_as_missing, which no ONNX tree can express.",
            hint="Fit it with zero_as_missing=False.",
        )
    if split["missing_type"] == "NaN":
        return bool(split["default_left"])
    return bool(split["threshold"] >= 0)
