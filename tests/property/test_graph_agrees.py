"""N3: whatever was fitted, on whatever was missing, the graph is the ensemble."""

from __future__ import annotations

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model_export.ensemble import Matrix
from model_export.graph import to_graph
from model_export.verify import verify
from tests.support.ensembles import MARKET, F, fit, fitted, made_up_rows


@given(
    seed=st.integers(0, 1 << 30),
    n=st.integers(30, 400),
    trees=st.integers(1, 6),
    depth=st.integers(1, 6),
    missing=st.sampled_from([0.0, 0.05, 0.3, 0.9]),
    served_missing=st.sampled_from([0.0, 0.2, 1.0]),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_any_small_ensemble_agrees(
    seed: int, n: int, trees: int, depth: int, missing: float, served_missing: float
) -> None:
    ensemble = fit(seed, n=n, trees=trees, depth=depth, missing=missing)
    X = made_up_rows(np.random.default_rng(seed + 1), 200, served_missing)
    agreement = verify(to_graph(ensemble, F).SerializeToString(), ensemble, X, MARKET, alone=20)
    assert agreement.max_difference <= 1e-6


ANY_VALUE = st.floats(width=32, allow_infinity=False)


@given(rows=arrays(np.float32, (32, F), elements=ANY_VALUE))
@settings(max_examples=60)
def test_any_rows_agree(rows: Matrix) -> None:
    shared = fitted()
    assert verify(shared.graph, shared.ensemble, rows, alone=4).max_difference <= 1e-6
