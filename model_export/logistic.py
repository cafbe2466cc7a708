"""A multinomial logistic regression that is drawn towards an offset instead of towards ignorance."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from model_export.ensemble import softmax
from sabiscore.history import Floats

NEWTON_STEPS = 12
SMALL_ENOUGH = 1e-9


def fit_logistic(design: Floats, offset: Floats, target: Floats, weight: Floats, ridge: Floats) -> Floats:
    """float64 [d, K]: the coefficients B of ``softmax(offset + design @ B)`` that fit ``target`` best.

    ``design`` [n, d], ``offset`` [n, K], ``target`` [n, K] rows that sum to 1 (outcomes, or
    probabilities to learn from), ``weight`` [n]. Minimises the weighted cross-entropy plus
    ``½ Σ ridge_j B_jk²``, ``ridge`` [d] positive, by Newton's method: with an infinite ridge the offset
    itself is the forecast. Raises ArithmeticError when it does not settle.
    """
    B = np.zeros((design.shape[1], target.shape[1]))
    for _ in range(NEWTON_STEPS):
        p = softmax(offset + design @ B)
        gradient = design.T @ ((p - target) * weight[:, None]) + ridge[:, None] * B
        step = np.linalg.solve(_curvature(design, p, weight, ridge), gradient.reshape(-1)).reshape(B.shape)
        B -= step
        if np.abs(step).max() < SMALL_ENOUGH:
            return B
    raise ArithmeticError(
        f"no optimum after {NEWTON_STEPS} Newton steps; the last moved {np.abs(step).max():.1g}"
    )


def _curvature(design: Floats, p: Floats, weight: Floats, ridge: Floats) -> Floats:
    """float64 [Kd, Kd]: the Hessian of the penalised log loss, coefficients in the order of B.reshape(-1).

    Probabilities sum to 1, so the blocks of a class sum to 0: its own follows from the others.
    """
    d, classes = design.shape[1], p.shape[1]
    blocks = np.zeros((d, classes, d, classes))
    for j, k in combinations(range(classes), 2):
        root = design * np.sqrt(weight * p[:, j] * p[:, k])[:, None]
        shared = root.T @ root  # of one array with itself BLAS computes half
        blocks[:, j, :, k] = blocks[:, k, :, j] = -shared
        blocks[:, j, :, j] += shared
        blocks[:, k, :, k] += shared
    hessian = blocks.reshape(classes * d, classes * d)
    hessian[np.diag_indices(classes * d)] += np.repeat(ridge, classes)
    return hessian
