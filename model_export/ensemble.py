"""The ensemble: forest, two boosters and a linear member, stacked by a logistic head; and one of totals.

What a row knows decides how it is read. A row's *knowledge* is 0 without any market input, 1 with
prices of past matches only, 2 with this match's own prices; two flag columns of the vector say
which. The linear member and the head hold one set of coefficients a level, so that a row without
odds is served by coefficients that never saw any. Trees see every column, NaN where unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sabiscore.history import Floats

LEVELS = 3
CLASSES = 3
FLOOR = 1e-5
"""Member probabilities are clipped from below before their logarithm is taken."""

Matrix = npt.NDArray[np.float32]


class Classifier(Protocol):
    """A fitted scikit-learn style classifier over the classes 0 home, 1 draw, 2 away."""

    def predict_proba(self, X: Matrix) -> npt.NDArray[np.floating]:
        """float [n, 3]: home, draw, away; each row sums to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """A multinomial logistic a level of knowledge, over its own columns.

    For level k: ``z = ((x[columns[k]] - mean[k]) * inverse_scale[k], NaN → 0) @ weights[k] + bias[k]``
    with ``weights[k]`` float64 [c_k, K] for K classes, and the probabilities are ``softmax(z)``.
    """

    columns: tuple[npt.NDArray[np.int64], ...]
    mean: tuple[npt.NDArray[np.float64], ...]
    inverse_scale: tuple[npt.NDArray[np.float64], ...]
    weights: tuple[npt.NDArray[np.float64], ...]
    bias: tuple[npt.NDArray[np.float64], ...]

    def predict_proba(self, X: Matrix, level: npt.NDArray[np.int64]) -> Floats:
        """float [n, K]: a column a class (home, draw, away; or over, under); each row sums to 1."""
        z = np.zeros((len(X), self.weights[0].shape[1]))
        for k in range(LEVELS):
            rows = level == k
            seen = (X[rows][:, self.columns[k]] - self.mean[k]) * self.inverse_scale[k]
            z[rows] = np.nan_to_num(seen, nan=0.0) @ self.weights[k] + self.bias[k]
        return softmax(z)


@dataclass(frozen=True, slots=True)
class Head:
    """The stacking head: a multinomial logistic a level on the members' log-ratios.

    Its input is, member by member in the order forest, xgboost, lightgbm, linear, the pair
    ``log(p_home / p_draw), log(p_away / p_draw)`` of probabilities clipped at FLOOR:
    ``z = ratios @ weights[k] + bias[k]`` with weights float64 [LEVELS, 8, 3], bias [LEVELS, 3].
    """

    weights: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]

    def predict_proba(self, ratios: Floats, level: npt.NDArray[np.int64]) -> Floats:
        """float [n, 3]: home, draw, away; each row sums to 1."""
        return softmax(np.einsum("ni,nij->nj", ratios, self.weights[level]) + self.bias[level])


@dataclass(frozen=True, slots=True, kw_only=True)
class Ensemble:
    """A fitted ensemble over float32 [n, F] vectors; ``flags`` are the columns (past, now).

    ``totals`` alone says how likely three goals or more are; the others foretell the outcome.
    """

    forest: Classifier
    xgboost: Classifier
    lightgbm: Classifier
    linear: Linear
    totals: Linear
    head: Head
    flags: tuple[int, int]

    def predict_proba(self, X: Matrix) -> Floats:
        """float64 [n, 3]: probabilities of home, draw and away; each row sums to 1."""
        level = knowledge(X, self.flags)
        return self.head.predict_proba(self.ratios(X, level), level)

    def over(self, X: Matrix) -> Floats:
        """float64 [n]: the probability of three goals or more."""
        over: Floats = self.totals.predict_proba(X, knowledge(X, self.flags))[:, 0]
        return over

    def ratios(self, X: Matrix, level: npt.NDArray[np.int64]) -> Floats:
        """float64 [n, 8]: the members' log-ratios, the head's input."""
        members = [member.predict_proba(X) for member in (self.forest, self.xgboost, self.lightgbm)]
        members.append(self.linear.predict_proba(X, level))
        return np.concatenate([log_ratios(np.asarray(p, np.float64)) for p in members], axis=1)


def knowledge(X: Matrix, flags: tuple[int, int]) -> npt.NDArray[np.int64]:
    """int [n]: 0 no market at all, 1 prices of past matches only, 2 this match's own prices.

    A flag column holds 1.0 where the market group is present and 0.0 where not.
    """
    past, now = flags
    return np.where(X[:, now] == 1, 2, np.where(X[:, past] == 1, 1, 0)).astype(np.int64)


def log_ratios(p: Floats) -> Floats:
    """float64 [n, 2]: log(home/draw) and log(away/draw) of ``p`` [n, 3] clipped at FLOOR."""
    logs = np.log(np.clip(p, FLOOR, 1.0))
    return logs[:, [0, 2]] - logs[:, [1]]


def softmax(z: Floats) -> Floats:
    """float64 [n, K]: exp(z) normalised to sum 1 in each row."""
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p: Floats = e / e.sum(axis=1, keepdims=True)
    return p
