"""Live calibration: two numbers a class, learnt from settled predictions, and used only when they earn it.

The candidate is a slope and an offset for each class's log-probability, drawn to the identity by a
normal prior: one slope common to the three classes may move (temperature), each class's own
departure from it and its offset hardly. It is fitted on whole blocks of matches and scored on the
block after, so that it is never judged by what it has seen. The sum of what it gained there is the
logarithm of a likelihood ratio that has mean 1 while the identity is right, whenever one looks: it
passes ``1/a`` with a probability of at most ``a`` (Ville 1939). So it is in use exactly while that
sum is above ``EVIDENCE``, and a model that needs no correction keeps its identity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sabiscore.domain.calibration import IDENTITY, Calibration

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.int64]

BLOCK = 25
"""Matches between two fits."""
EVIDENCE = math.log(3)
"""Nats by which the candidate must have beaten the identity on matches it was not fitted on."""
COMMON_SLOPE, OWN_SLOPE, OFFSET = 0.3, 0.05, 0.05
"""Standard deviations of the prior around the identity."""
NEWTON_STEPS, HALVINGS = 2, 12
"""A fit begins at the one before, a block ago, and the loss is convex: a few steps are there."""

_PRECISION = np.array([COMMON_SLOPE**-2, *[OWN_SLOPE**-2] * 3, *[OFFSET**-2] * 3])
_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Learnt:
    """What ``n`` settled matches taught: ``calibration`` is the one to use, the identity unless it is earned.

    ``gain_nats`` is how much better than the identity the candidate foretold the ``judged`` matches
    that it was not fitted on, summed; ``served_nats`` is the part of it while it was in use, which is
    what live calibration was really worth. ``candidate`` is the fit on all whole blocks.
    """

    n: int
    judged: int
    gain_nats: float
    served_nats: float
    calibration: Calibration
    candidate: Calibration

    @property
    def adopted(self) -> bool:
        return not self.calibration.is_identity


def learn(p: Floats, y: Outcomes) -> Learnt:
    """What the uncorrected probabilities ``p`` [n, 3] and the outcomes ``y`` [n] teach, oldest first.

    ``y`` is 0, 1 or 2 for home, draw or away. The same matches always teach the same.
    """
    logs = np.log(np.maximum(p, _FLOOR))
    theta, gain, served = np.zeros(7), 0.0, 0.0
    for begin in range(0, len(y), BLOCK):
        block = slice(begin, begin + BLOCK)
        gained = float(np.sum(_gains(theta, logs[block], y[block])))
        served += gained if gain > EVIDENCE else 0.0
        gain += gained
        if begin + BLOCK <= len(y):
            theta = _fit(theta, logs[: begin + BLOCK], y[: begin + BLOCK])
    candidate = _calibration(theta)
    used = candidate if gain > EVIDENCE else IDENTITY
    return Learnt(len(y), max(0, len(y) - BLOCK), gain, served, used, candidate)


def _gains(theta: Floats, logs: Floats, y: Outcomes) -> Floats:
    """float64 [n]: by how much ``theta`` gives what happened a higher log-probability than ``logs`` do."""
    rows = np.arange(len(y))
    better: Floats = _log_softmax(_logits(theta, logs)) - _log_softmax(logs)
    gained: Floats = better[rows, y]
    return gained


def _fit(theta: Floats, logs: Floats, y: Outcomes) -> Floats:
    """The most probable ``theta`` given the matches, by damped Newton steps from a nearby one."""
    design = _design(logs)
    target = np.eye(3)[y]
    for _ in range(NEWTON_STEPS):
        p = _corrected(theta, logs)
        weighted = design * p[:, :, None]
        mean = weighted.sum(axis=1)
        gradient = np.tensordot(design, p - target, ((0, 1), (0, 1))) + _PRECISION * theta
        curvature = np.tensordot(design, weighted, ((0, 1), (0, 1))) - mean.T @ mean + np.diag(_PRECISION)
        theta = _downhill(theta, np.linalg.solve(curvature, gradient), logs, y)
    return theta


def _downhill(theta: Floats, step: Floats, logs: Floats, y: Outcomes) -> Floats:
    """``theta - step``, or as much of the step as does not lead uphill."""
    before = _improbability(theta, logs, y)
    for _ in range(HALVINGS):
        after = theta - step
        if _improbability(after, logs, y) <= before:
            return after
        step = step / 2
    return theta


def _improbability(theta: Floats, logs: Floats, y: Outcomes) -> float:
    """Minus the logarithm of the posterior of ``theta``, up to a constant."""
    return 0.5 * float(_PRECISION @ theta**2) - float(np.sum(_gains(theta, logs, y)))


def _design(logs: Floats) -> Floats:
    """float64 [n, 3, 7]: how the logit of each class moves with each number of ``theta``."""
    design = np.zeros((*logs.shape, 7))
    design[:, :, 0] = logs
    for k in range(3):
        design[:, k, 1 + k] = logs[:, k]
        design[:, k, 4 + k] = 1.0
    return design


def _logits(theta: Floats, logs: Floats) -> Floats:
    z: Floats = logs * (1.0 + theta[0] + theta[1:4]) + theta[4:]
    return z


def _corrected(theta: Floats, logs: Floats) -> Floats:
    p: Floats = np.exp(_log_softmax(_logits(theta, logs)))
    return p


def _log_softmax(z: Floats) -> Floats:
    z = z - z.max(axis=1, keepdims=True)
    logs: Floats = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return logs


def _calibration(theta: Floats) -> Calibration:
    home, draw, away = (float(x) for x in 1.0 + theta[0] + theta[1:4])
    a, b, c = (float(x) for x in theta[4:])
    return Calibration(((home, 0.0, 0.0), (0.0, draw, 0.0), (0.0, 0.0, away)), (a, b, c))
