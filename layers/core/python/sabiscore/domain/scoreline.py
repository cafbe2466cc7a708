"""How likely each score is, in agreement with the probabilities of the result."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sabiscore.domain.roots import root

RHO = -0.06
"""Dependence of low scores in the model of Dixon and Coles."""

MOST_GOALS = 15
"""The grid holds 0 to 15 goals a side; what lies beyond is spread over it."""

LEAST_RATE, MOST_RATE = 0.05, 8.0
LINE = 2.5
"""Goals of both sides together, over or under."""

MOST_TILT = 300.0
"""Of the logarithm of what cells over the line are weighed with."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Probabilities of every score: ``cells[i][j]`` for i goals of home and j of away; sum 1."""

    cells: tuple[tuple[float, ...], ...]

    def __iter__(self) -> Iterator[tuple[int, int, float]]:
        """Each (home goals, away goals, probability)."""
        return ((i, j, p) for i, row in enumerate(self.cells) for j, p in enumerate(row))

    @property
    def result(self) -> tuple[float, float, float]:
        """The probabilities of home, draw and away."""
        cells = tuple(self)
        return (
            math.fsum(p for i, j, p in cells if i > j),
            math.fsum(p for i, j, p in cells if i == j),
            math.fsum(p for i, j, p in cells if i < j),
        )

    @property
    def expected_goals(self) -> tuple[float, float]:
        """The mean number of goals of home and of away."""
        return math.fsum(i * p for i, _, p in self), math.fsum(j * p for _, j, p in self)

    @property
    def over_2_5(self) -> float:
        """The probability of three goals or more."""
        return math.fsum(p for i, j, p in self if i + j > LINE)

    @property
    def both_score(self) -> float:
        """The probability that each side scores."""
        return math.fsum(p for i, j, p in self if i and j)

    def top(self, n: int = 5) -> tuple[tuple[int, int, float], ...]:
        """The n likeliest scores, likeliest first; ties go to the lower score."""
        return tuple(
            sorted(self, key=lambda cell: -cell[2])[:n]
        )  # stable: the lower score comes first in self


def dixon_coles(home_rate: float, away_rate: float, rho: float = RHO) -> Grid:
    """Independent Poisson goals with the four lowest scores corrected by ``rho``.

    Rates are goals a match and are held to 0.05–8. M. J. Dixon and S. G. Coles, Modelling
    association football scores, Applied Statistics 46 (1997) 265.

    >>> [round(p, 3) for p in dixon_coles(1.6, 1.1).result]
    [0.482, 0.263, 0.254]
    """
    home_rate, away_rate = _rate(home_rate), _rate(away_rate)
    home, away = _poisson(home_rate), _poisson(away_rate)
    cells = [[p * q for q in away] for p in home]
    cells[0][0] *= max(0.0, 1 - home_rate * away_rate * rho)
    cells[0][1] *= max(0.0, 1 + home_rate * rho)
    cells[1][0] *= max(0.0, 1 + away_rate * rho)
    cells[1][1] *= max(0.0, 1 - rho)
    total = math.fsum(p for row in cells for p in row)
    return Grid(tuple(tuple(p / total for p in row) for row in cells))


def consistent(p: Sequence[float], over: float, rho: float = RHO) -> Grid:
    """The grid whose home, draw and away are exactly ``p``, and three goals or more exactly ``over``.

    Two rates are sought whose total goes with ``over`` and whose shares go with home and away in ``p``.
    Of their grid the cells of each result, over and under the line, are then scaled to both margins: the
    grid with these margins that is nearest to it in information (Deming and Stephan 1940; Csiszár 1975).
    ``p`` must be positive and sum to 1, ``over`` between 0 and 1; ValueError otherwise.

    >>> grid = consistent((0.5, 0.25, 0.25), 0.55)
    >>> [round(x, 12) for x in (*grid.result, grid.over_2_5)]
    [0.5, 0.25, 0.25, 0.55]
    >>> round(sum(grid.expected_goals), 2)
    2.88
    """
    if not (min(p) > 0 and math.isclose(math.fsum(p), 1, abs_tol=1e-6)):
        raise ValueError("probabilities are positive and sum to 1")
    if not 0 < over < 1:
        raise ValueError("the probability of three goals or more is between 0 and 1")
    total = _total(over)
    share = _share(total, math.log(p[0] / p[2]), rho)
    grid = dixon_coles(total * share, total * (1 - share), rho)
    scale = _scale(_parts(grid), p, over)
    rows = tuple(
        tuple(cell * scale[_result(i, j)][i + j > LINE] for j, cell in enumerate(row))
        for i, row in enumerate(grid.cells)
    )
    return Grid(rows)


def _result(home: int, away: int) -> int:
    """0, 1 or 2: home, draw or away."""
    return (home <= away) + (home < away)


def _parts(grid: Grid) -> list[list[float]]:
    """By result, the probabilities of staying under the line with it, and of going over."""
    parts: list[list[list[float]]] = [[[], []] for _ in range(3)]
    for i, j, cell in grid:
        parts[_result(i, j)][i + j > LINE].append(cell)
    return [[max(math.fsum(cells), 1e-300) for cells in both] for both in parts]


def _scale(parts: Sequence[Sequence[float]], p: Sequence[float], over: float) -> list[tuple[float, float]]:
    """By result, what its cells under and over the line are multiplied by.

    Cells over the line get one common factor ``exp(tilt)`` before each result is scaled to ``p``.
    """

    def above(tilt: float) -> float:
        """How much likelier than ``over`` three goals or more are with this factor."""
        lean = math.exp(tilt)
        return math.fsum(q * lean * b / (a + lean * b) for q, (a, b) in zip(p, parts, strict=True)) - over

    lean = math.exp(root(above, -MOST_TILT, MOST_TILT))
    scale = [q / (a + lean * b) for q, (a, b) in zip(p, parts, strict=True)]
    return [(factor, lean * factor) for factor in scale]


def _total(over: float) -> float:
    """The goals a match at which three or more are as likely as ``over``: a sum of two Poisson counts is
    one, and the correction of low scores stays below the line. The nearest end where no rates reach it."""

    def miss(total: float) -> float:
        return 1 - math.exp(-total) * (1 + total + total * total / 2) - over

    low, high = 2 * LEAST_RATE, 2 * MOST_RATE
    if miss(low) >= 0:
        return low
    return high if miss(high) <= 0 else root(miss, low, high)


def _share(total: float, log_ratio: float, rho: float) -> float:
    """Home's share of ``total`` goals at which log(home / away) of the grid is ``log_ratio``.

    The nearest end where even the most lopsided share does not reach it.
    """

    def miss(share: float) -> float:
        home, away = _win_and_loss(total * share, total * (1 - share), rho)
        return math.log(home / away) - log_ratio

    low = max(LEAST_RATE / total, 1 - MOST_RATE / total)
    high = 1 - low
    if miss(low) >= 0:
        return low
    return high if miss(high) <= 0 else root(miss, low, high)


def _win_and_loss(home_rate: float, away_rate: float, rho: float) -> tuple[float, float]:
    """Home's and away's winning weight in the Dixon–Coles grid, up to its common scale."""
    home, away = _poisson(home_rate), _poisson(away_rate)
    win = loss = 0.0
    home_below = away_below = 0.0
    for p, q in zip(home, away, strict=True):
        win += p * away_below
        loss += q * home_below
        home_below += p
        away_below += q
    win += home[1] * away[0] * (max(0.0, 1 + away_rate * rho) - 1)
    loss += home[0] * away[1] * (max(0.0, 1 + home_rate * rho) - 1)
    return win, loss


def _rate(rate: float) -> float:
    if not math.isfinite(rate):
        raise ValueError(f"{rate!r} is not a goal rate")
    return min(MOST_RATE, max(LEAST_RATE, rate))


def _poisson(rate: float) -> list[float]:
    """Poisson probabilities of 0 to MOST_GOALS goals."""
    terms = [math.exp(-rate)]
    for goals in range(1, MOST_GOALS + 1):
        terms.append(terms[-1] * rate / goals)
    return terms
