"""Everything after the trees, in ONNX's own text form, and the numbers it works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from model_export.ensemble import CLASSES, FLOOR, LEVELS, Head, Linear

TEXT = """
<ir_version: {ir}, opset_import: ["": {opset}, "ai.onnx.ml": {ml_opset}]>
sabiscore (float[N,{features}] vectors, float[3,3] calibration_matrix, float[3] calibration_bias)
    => (float[N,3] probabilities, float[N,1] over)
{{
    # sums: float[N,9] of the trees, inserted in front of this line
    sums_exact = Cast<to = 11>(sums)
    sums_whole = Add(sums_exact, tree_base)
    forest, margins = Split<axis = 1>(sums_whole, three_six)

    # which prices a row knows
    flags = Gather<axis = 1>(vectors, flag_columns)
    known = Equal(flags, one)
    past, now = Split<axis = 1, num_outputs = 2>(known)

    # the linear member: three levels at once, then the one that applies
    rating = Gather<axis = 1>(vectors, linear_columns)
    rating_exact = Cast<to = 11>(rating)
    centred = Sub(rating_exact, linear_mean)
    missing = IsNaN(centred)
    ready = Where(missing, zero, centred)
    linear_levels = Gemm(ready, linear_weights, linear_bias)
    linear_0, linear_1, linear_2 = Split<axis = 1, num_outputs = 3>(linear_levels)
    linear_blind = Where(past, linear_1, linear_0)
    linear = Where(now, linear_2, linear_blind)

    # totals, in the same way: the log-odds of three goals or more
    totals = Gather<axis = 1>(vectors, totals_columns)
    totals_exact = Cast<to = 11>(totals)
    totals_centred = Sub(totals_exact, totals_mean)
    totals_missing = IsNaN(totals_centred)
    totals_ready = Where(totals_missing, zero, totals_centred)
    totals_levels = Gemm(totals_ready, totals_weights, totals_bias)
    totals_0, totals_1, totals_2 = Split<axis = 1, num_outputs = 3>(totals_levels)
    totals_blind = Where(past, totals_1, totals_0)
    totals_logit = Where(now, totals_2, totals_blind)
    over_exact = Sigmoid(totals_logit)
    over = Cast<to = 1>(over_exact)

    # the members' probabilities, forest, xgboost, lightgbm, linear, and their logarithms
    scores = Concat<axis = 1>(margins, linear)
    scores_cube = Reshape(scores, each_class)
    chances = Softmax<axis = -1>(scores_cube)
    chances_flat = Reshape(chances, each_row)
    members = Concat<axis = 1>(forest, chances_flat)
    clipped = Clip(members, floor, one_exact)
    logs = Log(clipped)

    # the head, then calibration: softmax(log(p) @ matrix + bias)
    head_levels = Gemm(logs, head_weights, head_bias)
    head_0, head_1, head_2 = Split<axis = 1, num_outputs = 3>(head_levels)
    head_blind = Where(past, head_1, head_0)
    head = Where(now, head_2, head_blind)
    log_p = LogSoftmax<axis = -1>(head)
    matrix = Cast<to = 11>(calibration_matrix)
    bias = Cast<to = 11>(calibration_bias)
    calibrated = Gemm(log_p, matrix, bias)
    p = Softmax<axis = -1>(calibrated)
    probabilities = Cast<to = 1>(p)
}}
"""
"""Float64 (type 11) from the trees' sums on: the head must agree with Python within 1e-6."""

Numbers = Mapping[str, npt.NDArray[Any]]

FIXED: Numbers = {
    "three_six": np.array([3, 6], np.int64),
    "each_class": np.array([-1, 3, CLASSES], np.int64),
    "each_row": np.array([-1, 9], np.int64),
    "one": np.array(1, np.float32),
    "zero": np.array(0, np.float64),
    "floor": np.array(FLOOR, np.float64),
    "one_exact": np.array(1, np.float64),
    "calibration_matrix": np.eye(CLASSES, dtype=np.float32),
    "calibration_bias": np.zeros(CLASSES, np.float32),
}


def linear_numbers(linear: Linear, name: str = "linear") -> Numbers:
    """A linear member of K classes, its levels side by side: block-diagonal weights [columns, 3K] with the
    scale included, each number's name begun with ``name``."""
    sizes, classes = [len(columns) for columns in linear.columns], linear.weights[0].shape[1]
    weights = np.zeros((sum(sizes), LEVELS * classes))
    rows = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    for level, block in enumerate(rows):
        scale = linear.inverse_scale[level][:, None]
        weights[block, level * classes : (level + 1) * classes] = scale * linear.weights[level]
    return {
        f"{name}_columns": np.concatenate(linear.columns).astype(np.int64),
        f"{name}_mean": np.concatenate(linear.mean),
        f"{name}_weights": weights,
        f"{name}_bias": np.concatenate(linear.bias),
    }


def totals_numbers(totals: Linear) -> Numbers:
    """The totals member as one logit a level, over less under."""
    logits = replace(
        totals,
        weights=tuple(weights[:, :1] - weights[:, 1:] for weights in totals.weights),
        bias=tuple(bias[:1] - bias[1:] for bias in totals.bias),
    )
    return linear_numbers(logits, "totals")


def head_numbers(head: Head) -> Numbers:
    """The head's weights on logarithms [12, 9] instead of log-ratios: ``log a/d = log a - log d``."""
    ratio = np.array([[1.0, 0.0], [-1.0, -1.0], [0.0, 1.0]])
    ratios = np.kron(np.eye(head.weights.shape[1] // 2), ratio)
    weights = np.concatenate([ratios @ level for level in head.weights], axis=1)
    return {"head_weights": weights, "head_bias": head.bias.ravel()}
