"""What bookmakers make of a match: the true probabilities, their error, and their margin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from infra.simulator.play import MOST_GOALS, outcome, over, score_grid
from sabiscore.history import Floats


@dataclass(frozen=True, slots=True)
class SimulatedBook:
    """A bookmaker: its margin, its own error in log-odds, and the columns it fills."""

    code: str
    margin: float
    error: float
    lines: bool = False
    closes: bool = False


BOOKS = (
    SimulatedBook("B365", 0.055, 0.03, lines=True, closes=True),
    SimulatedBook("PS", 0.025, 0.01, lines=True, closes=True),
    SimulatedBook("BW", 0.060, 0.04),
    SimulatedBook("WH", 0.065, 0.04),
)
"""``Max`` and ``Avg`` are the best and the mean of these, as in the real files."""

ERROR = {"": 0.075, "C": 0.045}
"""The market's common error on each log goal rate: before (``""``) and at the close (``"C"``)."""
_LONGSHOT = 0.96
_LINES = np.arange(-3.5, 4)


def quote(probabilities: Floats, margin: float) -> Floats:
    """Decimal odds [n, k] with ``margin``, longshots shortened a little more, down to whole cents.

    >>> quote(np.array([[0.5, 0.3, 0.2]]), 0.05).tolist()
    [[1.93, 3.15, 4.65]]
    """
    bent = probabilities**_LONGSHOT
    odds: Floats = _cents(bent.sum(1, keepdims=True) / bent / (1 + margin)).clip(1.01, 501)
    return odds


def _cents(odds: Floats) -> Floats:
    return np.floor(odds * 100 + 1e-6) / 100


def _shaken(probabilities: Floats, error: float, rng: np.random.Generator) -> Floats:
    shaken = probabilities * np.exp(rng.normal(0, error, probabilities.shape))
    result: Floats = shaken / shaken.sum(1, keepdims=True)
    return result


def _handicap(grid: Floats) -> tuple[Floats, Floats]:
    """The half-goal line [n] nearest to even, and the probabilities [n, 2] of home and away on it."""
    lead = np.subtract.outer(np.arange(MOST_GOALS + 1), np.arange(MOST_GOALS + 1))
    covers = np.stack([grid[:, lead + line > 0].sum(1) for line in _LINES], 1)
    best = np.abs(covers - 0.5).argmin(1)
    home_covers = covers[np.arange(len(grid)), best]
    return _LINES[best], np.stack([home_covers, 1 - home_covers], 1)


def price(rates: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    """Columns of odds [n] under the feed's names, from the true goal rates [n, 2].

    Before kick-off and at the close: home/draw/away of every book, over/under 2.5 and the Asian
    handicap of the books that quote lines, and the best and the mean of all.
    """
    columns: dict[str, Floats] = {}
    for phase, error in ERROR.items():
        grid = score_grid(rates * np.exp(rng.normal(0, error, rates.shape)))
        line, cover = _handicap(grid)
        columns[f"AH{phase}h"] = line
        for market, truth in (("1x2", outcome(grid)), ("ou", over(grid)), ("ah", cover)):
            columns |= _market(market, phase, truth.clip(0.002, 0.998), rng)
    return columns


def _market(market: str, phase: str, truth: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    books = [book for book in BOOKS if market == "1x2" or book.lines]
    odds = {book.code: quote(_shaken(truth, book.error, rng), book.margin) for book in books}
    shown = {book.code: odds[book.code] for book in books if not phase or book.closes}
    every = np.stack(list(odds.values()))
    shown |= {"Max": every.max(0), "Avg": _cents(every.mean(0))}
    return {
        name: values
        for code, prices in shown.items()
        for name, values in zip(_names(market, code, phase), prices.T, strict=True)
    }


def _names(market: str, code: str, phase: str) -> tuple[str, ...]:
    """The feed's column names; Pinnacle is ``PS`` for home/draw/away and ``P`` elsewhere."""
    if market == "1x2":
        return tuple(f"{code}{phase}{side}" for side in "HDA")
    code = "P" if code == "PS" else code
    if market == "ou":
        return (f"{code}{phase}>2.5", f"{code}{phase}<2.5")
    return (f"{code}{phase}AHH", f"{code}{phase}AHA")
