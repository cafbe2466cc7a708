"""What a bundle's own evaluation says of one league: figures of held-out seasons beside the market's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sabiscore.domain.league import League
from sabiscore.insights.document import LeagueFigures

LEAST_MATCHES = 300
"""Of fewer held-out matches no figures are given: their interval would be wider than any model's worth."""


def league_figures(metrics: Mapping[str, Any], league: League) -> LeagueFigures | str:
    """The figures that ``metrics`` of a manifest hold of ``league``, or the reason why there are none.

    ``metrics`` is {"seasons": [...], "scores": {slice: {forecaster: score}}}, as ``model_export.evaluate``
    writes it; what is missing or of another form is a reason too, for a bundle serves without its figures.
    """
    if not metrics:
        return "No bundle is in production whose figures can be read."
    try:
        score = metrics["scores"][league.key]["with_odds"]
        early = score["early"]
        if early is None:
            return f"The market's early odds of {league.name} are not known in the held-out seasons."
        if early["n"] < LEAST_MATCHES:
            return f"Only {early['n']} held-out matches of {league.name} had early odds."
        market = metrics["scores"][league.key]["early_odds"]["log_loss"]
        return LeagueFigures(
            seasons=tuple(metrics["seasons"]),
            n=early["n"],
            log_loss=market + early["difference"],
            early_odds_log_loss=market,
            difference=early["difference"],
            low=early["low"],
            high=early["high"],
            worse_than_early_odds=early["low"] > 0,
        )
    except (KeyError, TypeError, ValueError):
        return f"The bundle in production was not evaluated on {league.name}."
