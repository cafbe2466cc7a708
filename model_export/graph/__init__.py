"""An ensemble as one ONNX graph: ``vectors`` float32 [N, F] → ``probabilities`` float32 [N, 3] of the outcome
and ``over`` float32 [N, 1], the probability of three goals or more."""

from __future__ import annotations

import numpy as np
import onnx

from model_export.ensemble import CLASSES, Ensemble
from model_export.graph.members import forest_trees, lightgbm_trees, xgboost_trees
from model_export.graph.text import FIXED, TEXT, head_numbers, linear_numbers, totals_numbers
from model_export.graph.trees import centre, join, regressor
from sabiscore.errors import Refused
from sabiscore.inference.manifest import IR, OPSETS


def to_graph(ensemble: Ensemble, n_features: int) -> onnx.ModelProto:
    """The whole of ``ensemble`` over float32 [N, n_features], as one graph.

    ``calibration_matrix`` float32 [3, 3] and ``calibration_bias`` float32 [3] are inputs with the
    identity and zeros as defaults. IR 10, opset 21, ai.onnx.ml 3. Nothing is verified here: see
    model_export.verify. Raises Refused when a member was not fitted on these columns and classes.
    """
    _check(ensemble, n_features)
    trees = centre(
        join(
            [
                forest_trees(ensemble.forest, n_features),
                xgboost_trees(ensemble.xgboost, n_features),
                lightgbm_trees(ensemble.lightgbm, n_features),
            ]
        )
    )
    text = TEXT.format(features=n_features, ir=IR, opset=OPSETS[""], ml_opset=OPSETS["ai.onnx.ml"])
    model = onnx.parser.parse_model(text)
    model.producer_name = "sabiscore"
    model.graph.node.insert(0, regressor(trees, "vectors", "sums"))
    numbers = {
        **FIXED,
        **linear_numbers(ensemble.linear),
        **totals_numbers(ensemble.totals),
        **head_numbers(ensemble.head),
        "tree_base": trees.base,
        "flag_columns": np.array(ensemble.flags, np.int64),
    }
    for name, values in numbers.items():
        model.graph.initializer.append(onnx.numpy_helper.from_array(values, name))
    onnx.checker.check_model(model, full_check=True)
    return model


def _check(ensemble: Ensemble, n_features: int) -> None:
    for name in ("forest", "xgboost", "lightgbm"):
        member = getattr(ensemble, name)
        classes = member.classes_.tolist()
        if classes != list(range(CLASSES)) or member.n_features_in_ != n_features:
            raise Refused(
                f"The {name} was fitted on {member.n_features_in_} columns and classes {classes}.",
                hint=f"Fit it on all {n_features} columns, with home 0, draw 1 and away 2 all present.",
            )
