"""The trees of an ONNX tree ensemble as columns, free of whatever library grew them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from model_export.ensemble import CLASSES
from sabiscore.errors import Refused

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trees:
    """Nodes and leaf weights of many trees; every split reads ``x[feature] <= threshold``.

    ===========  ====================  =========================================================
    tree, node   int64 [n]             which tree, and which node of it; tree by tree from 0
    feature      int64 [n]             the column a split looks at (0 in leaves)
    threshold    float64 [n]           as the library compares it, before any rounding
    if_true      int64 [n]             the node that follows where the comparison holds
    if_false     int64 [n]             the node that follows where it does not
    nan_is_true  bool [n]              where a missing value goes
    split        bool [n]              False in leaves
    leaf_tree    int64 [w]             the tree and
    leaf_node    int64 [w]             the leaf that a weight belongs to
    target       int64 [w]             which sum the weight is added to
    weight       float64 [w]           what is added
    base         float64 [targets]     what every sum starts from
    ===========  ====================  =========================================================
    """

    tree: Array
    node: Array
    feature: Array
    threshold: Array
    if_true: Array
    if_false: Array
    nan_is_true: Array
    split: Array
    leaf_tree: Array
    leaf_node: Array
    target: Array
    weight: Array
    base: Array


def read_trees(model: onnx.ModelProto) -> Trees:
    """The trees of the one TreeEnsembleClassifier that a converter wrote, thresholds as it has them.

    ``x < t`` becomes ``x <= the float32 before t``, the same thing for float32 ``x``.
    """
    (node,) = [node for node in model.graph.node if node.op_type == "TreeEnsembleClassifier"]
    is_ = {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
    modes = np.array(is_["nodes_modes"])
    unknown = set(modes) - {b"LEAF", b"BRANCH_LEQ", b"BRANCH_LT"}
    if unknown:
        raise Refused(f"A tree splits by {unknown}, which no member should.", hint="Fit on numbers only.")
    threshold = np.array(is_["nodes_values"], np.float32)
    before = np.nextafter(threshold, np.float32(-np.inf))
    return Trees(
        tree=np.array(is_["nodes_treeids"], np.int64),
        node=np.array(is_["nodes_nodeids"], np.int64),
        feature=np.array(is_["nodes_featureids"], np.int64),
        threshold=np.where(modes == b"BRANCH_LT", before, threshold).astype(np.float64),
        if_true=np.array(is_["nodes_truenodeids"], np.int64),
        if_false=np.array(is_["nodes_falsenodeids"], np.int64),
        nan_is_true=np.array(is_["nodes_missing_value_tracks_true"], bool),
        split=modes != b"LEAF",
        leaf_tree=np.array(is_["class_treeids"], np.int64),
        leaf_node=np.array(is_["class_nodeids"], np.int64),
        target=np.array(is_["class_ids"], np.int64),
        weight=np.array(is_["class_weights"], np.float64),
        base=np.array(is_.get("base_values", np.zeros(CLASSES)), np.float64),
    )


def join(parts: Sequence[Trees]) -> Trees:
    """All trees of ``parts``, each part with trees and sums of its own, in the order given."""
    trees = np.cumsum([0] + [int(part.tree.max()) + 1 for part in parts])
    sums = np.cumsum([0] + [len(part.base) for part in parts])
    moved = [
        replace(part, tree=part.tree + first, leaf_tree=part.leaf_tree + first, target=part.target + target)
        for part, first, target in zip(parts, trees, sums, strict=False)
    ]
    return Trees(
        **{name: np.concatenate([getattr(part, name) for part in moved]) for name in Trees.__slots__}
    )


def centre(trees: Trees) -> Trees:
    """The same sums with the mean weight of every tree and target moved into ``base``.

    The runtime adds weights up in float32, where the error grows with the size of the running sum.
    Around zero it is smaller (2.0e-7 instead of 5.3e-7 in the probabilities of a very confident
    head), and ``base`` is added in float64 (see text.py).
    """
    targets = len(trees.base)
    group = trees.leaf_tree * targets + trees.target
    counts = np.bincount(group)
    means = np.bincount(group, trees.weight) / np.maximum(counts, 1)
    per_target = np.bincount(np.arange(len(means)) % targets, means, targets)
    return replace(trees, weight=trees.weight - means[group], base=trees.base + per_target)


def round_down(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The largest float32 not above each value: ``x <= value`` holds for the same float32 ``x``.

    >>> float(round_down(np.array([0.1]))[0]) <= 0.1 < float(np.float32(0.1))
    True
    """
    with np.errstate(over="ignore"):  # a split that only parts known from missing has a huge threshold
        nearest = values.astype(np.float32)
    below = np.nextafter(nearest, np.float32(-np.inf))
    down: npt.NDArray[np.float32] = np.where(nearest.astype(np.float64) > values, below, nearest)
    return down


def regressor(trees: Trees, name_in: str, name_out: str) -> onnx.NodeProto:
    """One ``TreeEnsembleRegressor`` node giving float32 [N, targets], ``base`` left to the caller."""
    return onnx.helper.make_node(
        "TreeEnsembleRegressor",
        [name_in],
        [name_out],
        domain="ai.onnx.ml",
        n_targets=len(trees.base),
        nodes_treeids=trees.tree,
        nodes_nodeids=trees.node,
        nodes_featureids=trees.feature,
        nodes_values=round_down(trees.threshold),
        nodes_modes=np.where(trees.split, "BRANCH_LEQ", "LEAF").tolist(),
        nodes_truenodeids=trees.if_true,
        nodes_falsenodeids=trees.if_false,
        nodes_missing_value_tracks_true=trees.nan_is_true.astype(np.int64),
        target_treeids=trees.leaf_tree,
        target_nodeids=trees.leaf_node,
        target_ids=trees.target,
        target_weights=trees.weight.astype(np.float32),
    )
