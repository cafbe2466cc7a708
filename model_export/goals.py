"""How good the forecasts of three goals or more are, against the prices of over and under 2.5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from model_export.against import Against, means_of
from model_export.samples import Samples
from sabiscore.domain.match import LINE_BOOKS
from sabiscore.features import market
from sabiscore.history import Floats
from sabiscore.learning import metrics

Rows = npt.NDArray[np.bool_]
_AVERAGE, _PINNACLE = LINE_BOOKS.index("avg"), LINE_BOOKS.index("ps")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalScore:
    """How one forecaster of over and under 2.5 did on ``n`` matches.

    ``early`` and ``close`` are its log loss less the market's, ``divergence`` is KL(close‖forecast), and
    ``beyond_early`` that less the early price's own. ``bias`` is how much likelier three goals or more were
    said to be than they were.
    """

    n: int
    log_loss: float
    bias: float
    early: Against | None
    close: Against | None
    divergence: Against | None
    beyond_early: Against | None


GoalScores = Mapping[str, Mapping[str, GoalScore]]
"""By slice and forecaster."""


def early_totals(matches: Samples) -> Floats:
    """float64 [n]: the probability of three goals or more by the early average price; NaN where unknown."""
    return _average(matches, market.PRE)


def closing_totals(matches: Samples) -> Floats:
    """float64 [n]: the same at kick-off, of Pinnacle's price where there is no average."""
    return _average(matches, market.CLOSE)


def _average(matches: Samples, phase: int) -> Floats:
    odds = matches.history.totals[:, phase].transpose(2, 1, 0).astype(np.float64)
    over = market.fair(odds)[0]
    average: Floats = over[_AVERAGE]
    return average if phase == market.PRE else np.where(np.isnan(average), over[_PINNACLE], average)


def score_goals(
    matches: Samples, over: Mapping[str, Floats], parts: Mapping[str, Rows], market_names: tuple[str, str]
) -> dict[str, dict[str, GoalScore]]:
    """The scores of the forecasts ``over`` [n] and of the market's on each of ``parts`` of ``matches``.

    ``market_names`` are those of the early price and of the close.
    """
    early, close = early_totals(matches), closing_totals(matches)
    compared = {**over, **dict(zip(market_names, (early, close), strict=True))}
    scores: dict[str, dict[str, GoalScore]] = {}
    for part, rows in parts.items():
        scores[part] = {}
        for who, p in compared.items():
            known = rows & ~np.isnan(p)
            if known.any():
                scores[part][who] = _score(p[known], matches.under[known], early[known], close[known])
    return scores


def as_classes(over: Floats) -> Floats:
    """float64 [n, 2]: the probabilities of over and under where ``over`` [n] is the former."""
    return np.column_stack([over, 1.0 - over])


def _score(over: Floats, under: npt.NDArray[np.int64], early: Floats, close: Floats) -> GoalScore:
    p, of_early, of_close = map(as_classes, (over, early, close))
    losses, divergence = metrics.log_losses(p, under), metrics.divergences(of_close, p)
    against_early, against_close, to_close, beyond_early = means_of(
        losses - metrics.log_losses(of_early, under),
        losses - metrics.log_losses(of_close, under),
        divergence,
        divergence - metrics.divergences(of_close, of_early),
    )
    return GoalScore(
        n=len(over),
        log_loss=float(losses.mean()),
        bias=float((over - (1.0 - under)).mean()),
        early=against_early,
        close=against_close,
        divergence=to_close,
        beyond_early=beyond_early,
    )
