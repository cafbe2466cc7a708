"""A correction of probabilities that is two small tables: ``softmax(log(p) @ matrix + bias)``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Row = tuple[float, float, float]

_FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Calibration:
    """A matrix [3, 3] and a bias [3] over home, draw, away, as the graph's inputs take them.

    M. Kull and others, Beyond temperature scaling: Dirichlet calibration, NeurIPS 2019.
    """

    matrix: tuple[Row, Row, Row] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    bias: Row = (0.0, 0.0, 0.0)

    @property
    def is_identity(self) -> bool:
        return self == IDENTITY

    def apply(self, p: Sequence[float]) -> Row:
        """The corrected probabilities of home, draw and away; they sum to 1.

        >>> [round(x, 4) for x in temperature(2.0).apply((0.6, 0.3, 0.1))]
        [0.4727, 0.3343, 0.193]
        """
        logs = [math.log(max(x, _FLOOR)) for x in p]
        z = [
            math.fsum(log * row[k] for log, row in zip(logs, self.matrix, strict=True)) + self.bias[k]
            for k in range(3)
        ]
        top = max(z)
        home, draw, away = (math.exp(x - top) for x in z)
        total = home + draw + away
        return home / total, draw / total, away / total


IDENTITY = Calibration()


def temperature(t: float) -> Calibration:
    """The calibration that divides every log-probability by ``t``: over 1 softens, under 1 sharpens.

    Raises ValueError unless ``t`` is positive and finite.
    """
    if not 0 < t < math.inf:
        raise ValueError(f"{t!r} is not a temperature")
    s = 1 / t
    return Calibration(((s, 0.0, 0.0), (0.0, s, 0.0), (0.0, 0.0, s)))
