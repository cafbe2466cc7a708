"""The gate refuses a graph that is not the ensemble."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnx
import pytest

from model_export.verify import Agreement, verify, views
from sabiscore.errors import BadBundle, Refused
from tests.support.ensembles import MARKET, NOW, PAST, fitted


def test_refuses_a_graph_whose_missing_values_go_the_other_way() -> None:
    shared = fitted()
    model = onnx.load_from_string(shared.graph)
    (sides,) = [a for a in model.graph.node[0].attribute if a.name == "nodes_missing_value_tracks_true"]
    sides.ints[:] = [1 - side for side in sides.ints]
    with pytest.raises(BadBundle, match="differs from Python"):
        verify(model.SerializeToString(), shared.ensemble, shared.X)


def test_refuses_an_ensemble_that_is_another_one_at_a_level_the_rows_never_show() -> None:
    shared = fitted()
    head = replace(
        shared.ensemble.head, bias=shared.ensemble.head.bias + np.array([[0.1], [0], [0]]) * [1, 0, 0]
    )
    known = shared.X[shared.X[:, NOW] == 1]
    with pytest.raises(BadBundle, match="without any prices"):
        verify(shared.graph, replace(shared.ensemble, head=head), known, MARKET)


def test_refuses_an_ensemble_that_is_another_one_in_its_totals() -> None:
    shared = fitted()
    totals = shared.ensemble.totals
    moved = replace(totals, bias=tuple(bias + np.array([0.01, 0.0]) for bias in totals.bias))
    with pytest.raises(BadBundle, match="differs from Python"):
        verify(shared.graph, replace(shared.ensemble, totals=moved), shared.X)


def test_refuses_what_is_not_a_number() -> None:
    shared = fitted()
    head = replace(shared.ensemble.head, bias=np.full((3, 3), np.nan))
    with pytest.raises(BadBundle, match="differs from Python by nan"):
        verify(shared.graph, replace(shared.ensemble, head=head), shared.X)


def test_refuses_a_row_that_differs_alone() -> None:
    """A graph in which a row is moved by how many rows there are."""
    shared = fitted()
    model = onnx.load_from_string(shared.graph)
    last = model.graph.node[-1]
    last.output[0] = "alone"
    graph = onnx.helper.make_node
    model.graph.node.extend(
        [
            graph("Shape", ["vectors"], ["shape"], end=1),
            graph("Cast", ["shape"], ["rows"], to=onnx.TensorProto.FLOAT),
            graph("Mul", ["rows", "little"], ["shift"]),
            graph("Add", ["alone", "shift"], ["probabilities"]),
        ]
    )
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.array([1e-9], np.float32), "little"))
    with pytest.raises(BadBundle, match="alone is not the same row"):
        verify(model.SerializeToString(), shared.ensemble, shared.X)


def test_refuses_to_say_anything_about_no_rows() -> None:
    shared = fitted()
    with pytest.raises(Refused, match="no rows"):
        verify(shared.graph, shared.ensemble, shared.X[:0])


def test_says_how_much_was_compared() -> None:
    shared = fitted()
    agreement = verify(shared.graph, shared.ensemble, shared.X, MARKET, alone=10)
    assert (agreement.rows, agreement.alone) == (3 * 500 + 3, 33)
    assert 0 <= agreement.max_difference <= 1e-6
    assert Agreement(**agreement.to_json(), probes=agreement.probes) == agreement


def test_views_cover_every_level_and_leave_the_rows_alone() -> None:
    X = fitted().X
    before = X.copy()
    found = dict(views(X, (PAST, NOW), MARKET))
    assert np.array_equal(X, before, equal_nan=True)
    assert np.isnan(found["without this match's prices"][:, list(MARKET[1])]).all()
    assert np.isnan(found["without any prices"][:, [*MARKET[0], *MARKET[1]]]).all()
    assert not found["without any prices"][:, [PAST, NOW]].any()
