from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from model_export.ensemble import softmax
from model_export.logistic import fit_logistic


def problem(seed: int, n: int = 400, d: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    design = np.column_stack([rng.normal(size=(n, d)), np.ones(n)])
    p = softmax(design @ rng.normal(size=(d + 1, 3)))
    y = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return design, rng.normal(size=(n, 3)), y, rng.uniform(0.5, 2.0, n)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_without_an_offset_it_is_scikit_learns(seed: int) -> None:
    design, _, y, weight = problem(seed)
    ours = softmax(
        design @ fit_logistic(design, np.zeros((len(y), 3)), np.eye(3)[y], weight, np.full(4, 2.0))
    )
    theirs = LogisticRegression(C=0.5, fit_intercept=False, tol=1e-10, max_iter=1000)
    theirs.fit(design, y, sample_weight=weight)
    if len(theirs.classes_) == 3:
        assert ours == pytest.approx(theirs.predict_proba(design), abs=1e-5)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_gradient_vanishes_at_the_fit(seed: int) -> None:
    design, offset, y, weight = problem(seed)
    ridge = np.array([0.5, 1.0, 2.0, 0.1])
    B = fit_logistic(design, offset, np.eye(3)[y], weight, ridge)
    error = softmax(offset + design @ B) - np.eye(3)[y]
    assert design.T @ (error * weight[:, None]) + ridge[:, None] * B == pytest.approx(
        np.zeros((4, 3)), abs=1e-6
    )


def test_probabilities_teach_what_many_outcomes_would() -> None:
    design, offset, _, weight = problem(2, n=60)
    shares = np.random.default_rng(3).dirichlet((4.0, 2.0, 3.0), len(design))
    soft = fit_logistic(design, offset, shares, weight, np.full(4, 2.0))
    rows = np.repeat(np.arange(len(design)), 3)
    hard = fit_logistic(
        design[rows],
        offset[rows],
        np.tile(np.eye(3), (len(design), 1)),
        weight[rows] * shares.reshape(-1),
        np.full(4, 2.0),
    )
    assert soft == pytest.approx(hard, abs=1e-8)


def test_a_huge_ridge_leaves_the_offset_alone() -> None:
    design, offset, y, weight = problem(1)
    B = fit_logistic(design, offset, np.eye(3)[y], weight, np.full(4, 1e12))
    assert np.abs(B).max() < 1e-8


def test_what_does_not_settle_is_said() -> None:
    design, offset, y, weight = problem(1)
    with pytest.raises(ArithmeticError, match="no optimum"):
        fit_logistic(design, offset * 1e4, np.eye(3)[y], weight, np.full(4, 1e-9))
