"""What value bets would have come to against the close, at one price that could really be taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sabiscore.domain.uncertainty import ASSUMED_DIVERGENCE, after_wait
from sabiscore.domain.value import EXCHANGE_COMMISSION, PROBABLE_ERROR, assess
from sabiscore.features import market
from sabiscore.history import UNKNOWN_TIME, Floats, History
from sabiscore.learning import metrics

SEED = 20240802
Class = Literal["MARGINAL", "VALUE", "PREMIUM", "SUSPECT"]
CLASSES: tuple[Class, ...] = ("MARGINAL", "VALUE", "PREMIUM", "SUSPECT")
"""MARGINAL prices are no value bets. SUSPECT are VALUE bets with an edge beyond PROBABLE_ERROR: a mistyped
price has a high closing-line value too, so they are compared with nothing."""
ADVISED: tuple[Class, ...] = ("VALUE", "PREMIUM", "SUSPECT")


@dataclass(frozen=True, slots=True)
class BetFigures:
    """``n`` bets with a closing price and their mean closing-line value, ``odds × fair close − 1``.

    The interval is of 95%, None where there are none; ``suspect`` of them had an edge beyond
    PROBABLE_ERROR, of a price that perhaps nobody could take.
    """

    n: int
    closing_line_value: float | None
    low: float | None
    high: float | None
    suspect: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The mean closing-line value of PREMIUM bets less that of VALUE bets, with its 95% interval."""

    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """What bets of each class came to, and how far apart the two that are advised are; None without both."""

    by_class: Mapping[Class, BetFigures]
    premium_less_value: Gap | None


@dataclass(frozen=True, slots=True)
class Offers:
    """The outcomes whose best price has an edge of 0 or more, [n, 3]: edge, closing-line value and class.

    NaN and "" elsewhere, and where no closing price is known.
    """

    edge: Floats
    value: Floats
    of_class: npt.NDArray[np.str_]

    def on(self, rows: npt.NDArray[np.bool_], *wanted: Class) -> tuple[Floats, Floats]:
        """The closing-line values [k] and edges [k] of these classes on the matches of ``rows``, bool [n]."""
        chosen = np.isin(self.of_class, wanted) & rows[:, None]
        return self.value[chosen], self.edge[chosen]


def takeable(history: History) -> Floats:
    """float64 [n, 3]: the best early price of a single bookmaker, exchange commission paid; NaN for none."""
    books = market.book_odds(history, market.PRE)
    books[market.EXCHANGE] = 1.0 + (books[market.EXCHANGE] - 1.0) * (1.0 - EXCHANGE_COMMISSION)
    best = np.nan_to_num(books[market.FIRST_BOOK :], nan=0.0).max(axis=0)
    return np.where(best > 1.0, best, np.nan).T


def offers(history: History, p: Floats, close: Floats) -> Offers:
    """What the best prices are worth by forecasts ``p`` [n, 3], and came to against the ``close`` [n, 3]."""
    odds, divergence = takeable(history), np.repeat(spread(history, p, close)[:, None], 3, axis=1)
    edge, value = p * odds - 1.0, odds * close - 1.0
    known = (edge >= 0.0) & ~np.isnan(value)
    found = np.full(edge.shape, "", "<U8")
    worth = zip(p[known].tolist(), odds[known].tolist(), divergence[known].tolist(), strict=True)
    found[known] = [assess(*given).quality for given in worth]
    found[(found == "VALUE") & (edge > PROBABLE_ERROR)] = "SUSPECT"
    return Offers(np.where(known, edge, np.nan), np.where(known, value, np.nan), found)


def spread(history: History, p: Floats, close: Floats) -> Floats:
    """float64 [n]: the mean KL divergence of the ``close`` from ``p`` in the same league and other seasons.

    ``p`` and ``close`` are [n, 3]. Of a league without such matches it is that of all leagues, and
    ASSUMED_DIVERGENCE where there is no other season: what a bet came to must not say how it is classed.
    It is as for the hours between the prices and kick-off, where those are known.
    """
    divergences = metrics.divergences(close, p)
    found = np.full(len(divergences), ASSUMED_DIVERGENCE)
    for season in np.unique(history.season):
        others = (history.season != season) & ~np.isnan(divergences)
        for league in np.unique(history.league):
            same = others & (history.league == league)
            known = divergences[same if same.any() else others]
            if len(known):
                found[(history.season == season) & (history.league == league)] = known.mean()
    return np.array([after_wait(*pair) for pair in zip(found.tolist(), _hours(history), strict=True)])


def _hours(history: History) -> list[float | None]:
    dated = (history.kickoff_at != UNKNOWN_TIME) & (history.priced_at != UNKNOWN_TIME)
    seconds = np.where(dated, history.kickoff_at, 0) - np.where(dated, history.priced_at, 0)
    return [s / 3600 if known else None for s, known in zip(seconds.tolist(), dated.tolist(), strict=True)]


def summary(offered: Offers, rows: npt.NDArray[np.bool_], wanted: Sequence[Class] = ADVISED) -> BetFigures:
    """What bets of the classes ``wanted`` on the matches of ``rows`` came to.

    ``rows`` bool [n], over the matches that ``offers`` was made of.
    """
    value, edge = offered.on(rows, *wanted)
    if not len(value):
        return BetFigures(0, None, None, None, 0)
    suspect = int((edge > PROBABLE_ERROR).sum())
    return BetFigures(len(value), float(value.mean()), *metrics.interval(value, SEED), suspect)


def classes(offered: Offers, rows: npt.NDArray[np.bool_]) -> ClassFigures:
    """What bets of each class on the matches of ``rows``, bool [n], came to."""
    figures = {name: summary(offered, rows, (name,)) for name in CLASSES}
    return ClassFigures(figures, _gap(offered, rows))


def _gap(offered: Offers, rows: npt.NDArray[np.bool_]) -> Gap | None:
    (premium, _), (value, _) = offered.on(rows, "PREMIUM"), offered.on(rows, "VALUE")
    if not len(premium) or not len(value):
        return None
    return Gap(float(premium.mean() - value.mean()), *metrics.gap_interval(premium, value, SEED))
