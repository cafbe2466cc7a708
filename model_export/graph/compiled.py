"""The graph as flat arrays and a list of steps, for the evaluator in functions/edge/model/graph.ts.

Whatever that evaluator does not know is refused here, when a bundle is made: never when it answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx

from sabiscore.edge_model.packed import Packed
from sabiscore.errors import BadBundle

GRAPH_FORMAT = 2
OUTPUTS = {"probabilities": 3, "over": 1}
"""What the evaluator reads of a graph, and how many columns that has."""

ATTRIBUTES: Mapping[str, Mapping[str, frozenset[Any]]] = {
    "Add": {},
    "Cast": {"to": frozenset({onnx.TensorProto.FLOAT, onnx.TensorProto.DOUBLE})},
    "Clip": {},
    "Concat": {"axis": frozenset({1, -1})},
    "Equal": {},
    "Gather": {"axis": frozenset({1})},
    "Gemm": {},
    "IsNaN": {},
    "Log": {},
    "LogSoftmax": {"axis": frozenset({-1})},
    "Reshape": {},
    "Sigmoid": {},
    "Softmax": {"axis": frozenset({-1})},
    "Split": {"axis": frozenset({1}), "num_outputs": frozenset(range(1, 17))},
    "Sub": {},
    "Where": {},
}
"""Operator → its attributes and the values that the evaluator takes for; all tensors are [rows, columns]."""

_REQUIRED = {"Cast": {"to"}, "Concat": {"axis"}, "Gather": {"axis"}, "Split": {"axis"}}
"""Attributes without which ONNX means something else, or nothing."""

_TREES = "TreeEnsembleRegressor"
_TREE_LISTS = frozenset(
    {
        "nodes_treeids", "nodes_nodeids", "nodes_featureids", "nodes_values", "nodes_modes",
        "nodes_truenodeids", "nodes_falsenodeids", "nodes_missing_value_tracks_true",
        "target_treeids", "target_nodeids", "target_ids", "target_weights",
    }
)  # fmt: skip
_AS_CONSTANT = {"Reshape": 1, "Split": 1, "Gather": 1}
"""Operators whose second input has to be known now: it becomes part of the step."""

Array = npt.NDArray[Any]


def compile_graph(model: bytes) -> Packed:
    """The graph ``model`` (float32 [N, F] → [N, 3] and [N, 1]) as steps and arrays.

    Raises BadBundle for an operator, an attribute or a shape that the evaluator does not know, and where the
    graph does not give OUTPUTS.
    """
    plain = onnx.load_from_string(model)
    for node in plain.graph.node:
        _require_known(node, _attributes(node))
    try:
        graph = onnx.shape_inference.infer_shapes(plain, strict_mode=True).graph
    except onnx.shape_inference.InferenceError as error:
        raise BadBundle("The shapes in the graph do not agree.") from error
    constants = {item.name: onnx.numpy_helper.to_array(item) for item in graph.initializer}
    widths = {item.name: _width(item) for item in (*graph.value_info, *graph.input, *graph.output)}
    outputs = {item.name: widths[item.name] for item in graph.output}
    if outputs != OUTPUTS:
        raise BadBundle(f"The evaluator at the edge reads {OUTPUTS} of a graph, not {outputs}.")
    arrays: dict[str, Array] = {}
    steps = [_step(number, node, constants, widths, arrays) for number, node in enumerate(graph.node)]
    read = {name for step in steps for name in step["in"]}
    arrays |= {name: _matrix(name, constants[name]) for name in sorted(read & constants.keys())}
    header = {"format": GRAPH_FORMAT, "n_features": widths["vectors"], "steps": steps}
    return Packed(header, arrays)


def _step(
    number: int,
    node: onnx.NodeProto,
    constants: Mapping[str, Array],
    widths: Mapping[str, int],
    arrays: dict[str, Array],
) -> dict[str, Any]:
    """What the evaluator does for ``node``; the arrays that only it reads are added to ``arrays``."""
    attributes = _attributes(node)
    step: dict[str, Any] = {"op": node.op_type, "in": list(node.input), "out": list(node.output)}
    if _is_trees(node):
        arrays |= {f"trees.{name}": array for name, array in _trees(attributes).items()}
        return {**step, "targets": int(attributes["n_targets"])}
    at = _AS_CONSTANT.get(node.op_type)
    fixed = None
    if at is not None and len(node.input) > at:
        name = step["in"].pop(at)
        if name not in constants:
            raise BadBundle(f"{node.op_type} reads {name}, which is only known when the graph runs.")
        fixed = constants[name]
    if node.op_type == "Cast":
        step["to"] = "float32" if attributes["to"] == onnx.TensorProto.FLOAT else "float64"
    elif node.op_type == "Reshape":
        step["columns"] = _columns_of(node, fixed)
    elif node.op_type == "Split":
        step["sizes"] = [widths[name] for name in node.output]
    elif node.op_type == "Gather":
        step["indices"] = f"step{number}.indices"
        arrays[step["indices"]] = _int32("indices", fixed)
    return step


def _attributes(node: onnx.NodeProto) -> dict[str, Any]:
    return {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}


def _is_trees(node: onnx.NodeProto) -> bool:
    return (node.domain, node.op_type) == ("ai.onnx.ml", _TREES)


def _require_known(node: onnx.NodeProto, attributes: Mapping[str, Any]) -> None:
    if _is_trees(node):
        return  # looked at where they are flattened
    known = ATTRIBUTES.get(node.op_type) if node.domain == "" else None
    if known is None:
        operator = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
        raise BadBundle(f"The evaluator at the edge has no operator {operator}.")
    for name, value in attributes.items():
        if value not in known.get(name, ()):
            raise BadBundle(f"The evaluator at the edge does not know {node.op_type} with {name} {value!r}.")
    missing = _REQUIRED.get(node.op_type, set()) - attributes.keys()
    if missing:
        raise BadBundle(
            f"The evaluator at the edge needs {node.op_type} to say {', '.join(sorted(missing))}."
        )


def _columns_of(node: onnx.NodeProto, shape: Array | None) -> int:
    """The last dimension; those before it are rows, of which one may be -1."""
    if shape is None or shape.ndim != 1 or len(shape) < 2 or shape[0] != -1 or not (shape[1:] > 0).all():
        raise BadBundle(f"The evaluator at the edge does not know {node.op_type} to {shape}.")
    return int(shape[-1])


def _width(item: onnx.ValueInfoProto) -> int:
    """The columns of a tensor, 1 for a scalar."""
    dims = item.type.tensor_type.shape.dim
    return int(dims[-1].dim_value) if len(dims) else 1


def _matrix(name: str, array: Array) -> Array:
    """A constant as rows and columns."""
    if array.ndim > 2 or array.dtype.name not in ("float32", "float64"):
        raise BadBundle(f"The evaluator at the edge does not know {name}, {array.dtype.name} {array.shape}.")
    return np.atleast_2d(array)


def _int32(name: str, array: Array | None) -> npt.NDArray[np.int32]:
    if array is None or array.ndim != 1 or array.min(initial=0) < 0 or array.max(initial=0) >= 1 << 31:
        raise BadBundle(f"The evaluator at the edge does not know such {name}.")
    return array.astype(np.int32)


def _trees(attributes: Mapping[str, Any]) -> dict[str, Array]:
    """All trees as one list of nodes: a split has a feature, and a leaf feature -1.

    ==================  ==========================================================================
    roots               int32 [trees]: the node that each begins with
    feature, threshold  int32, float32 [n]: ``x[feature] <= threshold`` goes to ``yes``
    yes, no             int32 [n]: nodes that follow; of a leaf the first of its weights and their end
    missing             uint8 [n]: whether a missing value goes to ``yes``
    target, weight      int32, float32 [w]: which sum a leaf adds to, and what
    ==================  ==========================================================================
    """
    given = {name: np.asarray(attributes[name]) for name in _TREE_LISTS if name in attributes}
    strange = attributes.keys() - _TREE_LISTS - {"n_targets"} or _TREE_LISTS - given.keys()
    modes = {bytes(mode) for mode in given.get("nodes_modes", ())}
    if strange or modes - {b"LEAF", b"BRANCH_LEQ"}:
        what = ", ".join(sorted(strange)) or ", ".join(sorted(mode.decode() for mode in modes))
        raise BadBundle(f"The evaluator at the edge does not know trees with {what}.")
    place = {
        key: index
        for index, key in enumerate(zip(*_lists(given, "nodes_treeids", "nodes_nodeids"), strict=True))
    }
    leaves = given["nodes_modes"] == b"LEAF"
    tree = given["nodes_treeids"]
    owner = np.array(
        [place[key] for key in zip(*_lists(given, "target_treeids", "target_nodeids"), strict=True)]
    )
    order = np.argsort(owner, kind="stable")
    owners, nodes = owner[order], np.arange(len(tree))
    yes = _followers(place, tree, given["nodes_truenodeids"], leaves)
    no = _followers(place, tree, given["nodes_falsenodeids"], leaves)
    return {
        "roots": _int32("roots", np.flatnonzero(np.diff(tree, prepend=-1))),
        "feature": np.where(leaves, -1, given["nodes_featureids"]).astype(np.int32),
        "threshold": given["nodes_values"].astype(np.float32),
        "yes": np.where(leaves, np.searchsorted(owners, nodes), yes).astype(np.int32),
        "no": np.where(leaves, np.searchsorted(owners, nodes, side="right"), no).astype(np.int32),
        "missing": given["nodes_missing_value_tracks_true"].astype(np.uint8),
        "target": _int32("targets", given["target_ids"][order]),
        "weight": given["target_weights"][order].astype(np.float32),
    }


def _lists(given: Mapping[str, Array], *names: str) -> list[list[Any]]:
    return [given[name].tolist() for name in names]


def _followers(place: Mapping[tuple[int, int], int], tree: Array, node: Array, leaves: Array) -> Array:
    """The place of each split's next ``node`` [n] in the same ``tree`` [n]; 0 for leaves."""
    pairs = zip(tree.tolist(), node.tolist(), leaves.tolist(), strict=True)
    return np.array([0 if leaf else place[of, to] for of, to, leaf in pairs], np.int64)
