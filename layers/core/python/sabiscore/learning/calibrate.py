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
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.history import Floats
from sabiscore.learning.metrics import Outcomes
from sabiscore.learning.prefix_digests import prefix_digests

BLOCK = 25
"""Matches between two fits."""
EVIDENCE = math.log(3)
"""Nats by which the candidate must have beaten the identity on matches it was not fitted on."""
COMMON_SLOPE, OWN_SLOPE, OFFSET = 0.3, 0.05, 0.05
"""Standard deviations of the prior around the identity."""
NEWTON_STEPS, HALVINGS = 2, 12
"""A fit begins at the one before, a block ago, and the loss is convex: a few steps are there."""

NEWEST_KEPT, OLDER_KEPT_EVERY = 40, 50
"""Which fits are worth keeping, in blocks."""

_PRECISION = np.array([COMMON_SLOPE**-2, *[OWN_SLOPE**-2] * 3, *[OFFSET**-2] * 3])
_PARTS = np.hstack((np.repeat([[1.0], [0.0]], 3, axis=0), np.eye(6)))
"""What ``theta`` adds to the slopes and offsets [6] of home, draw and away: [6, 7]."""
_SAME_CLASS = np.kron(np.ones((2, 2)), np.eye(3))
_FLOOR = 1e-12
_WAY = repr((BLOCK, EVIDENCE, COMMON_SLOPE, OWN_SLOPE, OFFSET, NEWTON_STEPS, HALVINGS, _FLOOR))
"""What a fit depends on besides its matches: one that was kept by another build is not gone on with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedCalibration:
    """What ``n`` settled matches taught: ``calibration`` is the one to use, the identity unless it is earned.

    ``gain_nats`` is how much better than the identity the candidate predicted the ``judged`` matches
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


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockFit:
    """The candidate after ``blocks`` whole blocks, and the nats that it and those before it gained.

    ``digest`` names those blocks and the way of fitting: where it is the same, the fit would be the same.
    """

    blocks: int
    digest: str
    theta: tuple[float, ...]
    gain: float
    served: float


_NO_FIT = BlockFit(
    blocks=0,
    digest=prefix_digests(_WAY, np.empty((0, 4)), [0])[0],
    theta=(0.0,) * 7,
    gain=0.0,
    served=0.0,
)


class Learner:
    """Learns again and again as matches are added; whole blocks that are as they were are not fitted anew.

    ``kept`` are fits of an earlier learner, by blocks: it goes on from the last one whose matches are still
    the same.
    """

    def __init__(self, kept: Sequence[BlockFit] = ()) -> None:
        self._fits = [_NO_FIT, *kept]

    @property
    def fits(self) -> tuple[BlockFit, ...]:
        """The fits worth keeping, by blocks: the newest, and a few older ones for when a result is late."""
        newest = self._fits[-1].blocks
        return tuple(
            fit
            for fit in self._fits[1:]
            if newest - fit.blocks < NEWEST_KEPT or fit.blocks % OLDER_KEPT_EVERY == 0
        )

    def learn(self, p: Floats, y: Outcomes) -> LearnedCalibration:
        """What the uncorrected probabilities ``p`` [n, 3] and the outcomes ``y`` [n] teach, oldest first.

        ``y`` is 0, 1 or 2 for home, draw or away. The same matches always teach the same.
        """
        logs, whole = _Logs.of(p), len(y) // BLOCK
        matches = np.column_stack((p, y.astype(float)))
        digests = prefix_digests(_WAY, matches, range(0, BLOCK * whole + 1, BLOCK))
        self._fits = [fit for fit in self._fits if fit.digest == digests.get(BLOCK * fit.blocks)]
        for blocks in range(self._fits[-1].blocks + 1, whole + 1):
            self._fits.append(_next_fit(self._fits[-1], logs, y, digests[BLOCK * blocks]))
        last = self._fits[-1]
        rest = slice(BLOCK * last.blocks, len(y))
        gain, served = _judged(last, logs.rows(rest), y[rest])
        candidate = _calibration(np.array(last.theta))
        return LearnedCalibration(
            n=len(y),
            judged=max(0, len(y) - BLOCK),
            gain_nats=gain,
            served_nats=served,
            calibration=candidate if gain > EVIDENCE else IDENTITY,
            candidate=candidate,
        )


@dataclass(frozen=True, slots=True)
class _Logs:
    """Log-probabilities [n, 3] as they were given, and as the softmax of them has them."""

    given: Floats
    plain: Floats

    @classmethod
    def of(cls, p: Floats) -> _Logs:
        given = np.log(np.maximum(p, _FLOOR))
        return cls(given, _log_softmax(given))

    def rows(self, chosen: slice) -> _Logs:
        return _Logs(self.given[chosen], self.plain[chosen])


def learn(p: Floats, y: Outcomes) -> LearnedCalibration:
    """What ``Learner.learn`` says of matches of which none was seen before.

    ``raw`` float64 [n, 3], ``y`` int64 [n].
    """
    return Learner().learn(p, y)


def _next_fit(before: BlockFit, logs: _Logs, y: Outcomes, digest: str) -> BlockFit:
    """The fit after one block more, which judges the one before it."""
    end = BLOCK * (before.blocks + 1)
    block = slice(end - BLOCK, end)
    gain, served = _judged(before, logs.rows(block), y[block])
    theta = _fit(np.array(before.theta), logs.rows(slice(end)), y[:end])
    return BlockFit(
        blocks=before.blocks + 1,
        digest=digest,
        theta=tuple(theta.tolist()),
        gain=gain,
        served=served,
    )


def _judged(fit: BlockFit, logs: _Logs, y: Outcomes) -> tuple[float, float]:
    """The gain and the served gain of ``fit`` after the matches of a block that it has not seen."""
    gained = float(np.sum(_gains(np.array(fit.theta), logs, y)))
    return fit.gain + gained, fit.served + (gained if fit.gain > EVIDENCE else 0.0)


def _gains(theta: Floats, logs: _Logs, y: Outcomes) -> Floats:
    """float64 [n]: by how much ``theta`` gives what happened a higher log-probability than ``logs`` do."""
    rows = np.arange(len(y))
    gained: Floats = _log_softmax(_logits(theta, logs.given))[rows, y] - logs.plain[rows, y]
    return gained


@dataclass(frozen=True, slots=True)
class _Reached:
    """A ``theta``, minus the logarithm of its posterior up to a constant, and the log-probabilities [n, 3]
    that it gives."""

    theta: Floats
    improbability: float
    logs: Floats


def _reach(theta: Floats, logs: _Logs, y: Outcomes) -> _Reached:
    corrected = _log_softmax(_logits(theta, logs.given))
    rows = np.arange(len(y))
    gained = float(np.sum(corrected[rows, y] - logs.plain[rows, y]))
    return _Reached(theta, 0.5 * float(_PRECISION @ theta**2) - gained, corrected)


def _fit(theta: Floats, logs: _Logs, y: Outcomes) -> Floats:
    """The most probable ``theta`` given the matches, by damped Newton steps from a nearby one.

    Gradient and curvature are those of the slope and the offset of each class, which ``theta`` makes up.
    """
    design = np.hstack((logs.given, np.ones_like(logs.given)))
    happened = np.eye(3)[y]
    reached = _reach(theta, logs, y)
    for _ in range(NEWTON_STEPS):
        p = np.exp(reached.logs)
        weighted = design * np.hstack((p, p))
        gradient = (design * np.hstack((p - happened, p - happened))).sum(axis=0)
        curvature = (weighted.T @ design) * _SAME_CLASS - weighted.T @ weighted
        slope = gradient @ _PARTS + _PRECISION * reached.theta
        step = np.linalg.solve(_PARTS.T @ curvature @ _PARTS + np.diag(_PRECISION), slope)
        reached = _downhill(reached, step, logs, y)
    return reached.theta


def _downhill(before: _Reached, step: Floats, logs: _Logs, y: Outcomes) -> _Reached:
    """One ``step`` on from ``before``, or as much of it as does not lead uphill."""
    for _ in range(HALVINGS):
        after = _reach(before.theta - step, logs, y)
        if after.improbability <= before.improbability:
            return after
        step = step / 2
    return before


def _logits(theta: Floats, logs: Floats) -> Floats:
    z: Floats = logs * (1.0 + theta[0] + theta[1:4]) + theta[4:]
    return z


def _log_softmax(z: Floats) -> Floats:
    # By columns: along rows of three, numpy takes ten times as long for the same numbers.
    z = z - np.maximum(np.maximum(z[:, 0], z[:, 1]), z[:, 2])[:, None]
    powers = np.exp(z)
    logs: Floats = z - np.log(powers[:, 0] + powers[:, 1] + powers[:, 2])[:, None]
    return logs


def _calibration(theta: Floats) -> Calibration:
    home, draw, away = (float(x) for x in 1.0 + theta[0] + theta[1:4])
    a, b, c = (float(x) for x in theta[4:])
    return Calibration(((home, 0.0, 0.0), (0.0, draw, 0.0), (0.0, 0.0, away)), (a, b, c))
