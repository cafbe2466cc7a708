"""What the evaluator at the edge does not know is refused when a graph is compiled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnx
import pytest

from model_export.graph.compiled import compile_graph
from sabiscore.edge_model.packed import unpack
from sabiscore.errors import BadBundle
from tests.support.ensembles import F, fitted

Change = Callable[[onnx.ModelProto], None]


def named(model: onnx.ModelProto, op: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.op_type == op)


def other_operator(model: onnx.ModelProto) -> None:
    named(model, "Log").op_type = "Sqrt"


def other_domain(model: onnx.ModelProto) -> None:
    node = onnx.helper.make_node("Normalizer", ["vectors"], ["unread"], domain="ai.onnx.ml", norm="L1")
    model.graph.node.append(node)


def transposed(model: onnx.ModelProto) -> None:
    named(model, "Gemm").attribute.append(onnx.helper.make_attribute("alpha", 2.0))


def along_rows(model: onnx.ModelProto) -> None:
    (axis,) = named(model, "Softmax").attribute
    axis.i = 1


def without_axis(model: onnx.ModelProto) -> None:
    del named(model, "Gather").attribute[:]


def to_whole_numbers(model: onnx.ModelProto) -> None:
    (to,) = named(model, "Cast").attribute
    to.i = onnx.TensorProto.INT64


def other_logistic(model: onnx.ModelProto) -> None:
    named(model, "Sigmoid").op_type = "HardSigmoid"


def without_goals(model: onnx.ModelProto) -> None:
    model.graph.output.pop()


def strict_splits(model: onnx.ModelProto) -> None:
    (modes,) = [item for item in model.graph.node[0].attribute if item.name == "nodes_modes"]
    modes.strings[0] = b"BRANCH_LT"


def transformed_trees(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("post_transform", "SOFTMAX"))


def averaged_trees(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(onnx.helper.make_attribute("aggregate_function", "AVERAGE"))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (other_operator, "no operator Sqrt"),
        (other_domain, "no operator ai.onnx.ml.Normalizer"),
        (transposed, "Gemm with alpha 2.0"),
        (along_rows, "Softmax with axis 1"),
        (without_axis, "needs Gather to say axis"),
        (to_whole_numbers, "Cast with to 7"),
        (other_logistic, "no operator HardSigmoid"),
        (without_goals, "'over': 1} of a graph, not"),
        (strict_splits, "trees with BRANCH_LEQ, BRANCH_LT, LEAF"),
        (transformed_trees, "trees with post_transform"),
        (averaged_trees, "trees with aggregate_function"),
    ],
    ids=lambda value: value.__name__ if callable(value) else None,
)
def test_what_is_not_known_is_refused(change: Change, words: str) -> None:
    model = onnx.load_from_string(fitted().graph)
    change(model)
    with pytest.raises(BadBundle, match=words):
        compile_graph(model.SerializeToString())


def test_a_shape_that_is_only_known_when_it_runs_is_refused() -> None:
    model = onnx.load_from_string(fitted().graph)
    shape = next(item for item in model.graph.initializer if item.name == "each_class")
    shape.CopyFrom(onnx.numpy_helper.from_array(np.array([3, -1, 3], np.int64), "each_class"))
    with pytest.raises(BadBundle):
        compile_graph(model.SerializeToString())


def test_the_same_graph_gives_the_same_bytes_and_they_are_read_back() -> None:
    shared = fitted()
    data = compile_graph(shared.graph).to_bytes()
    assert compile_graph(shared.graph).to_bytes() == data
    packed = unpack(data)
    assert packed.header["n_features"] == F
    assert packed.to_bytes() == data
    trees = np.diff(packed.arrays["trees.roots"])
    assert (trees > 0).all()
    leaves = packed.arrays["trees.feature"] < 0
    assert (packed.arrays["trees.no"][leaves] - packed.arrays["trees.yes"][leaves]).sum() == len(
        packed.arrays["trees.weight"]
    )
