"""The totals member: how likely three goals or more are, at each level of knowledge.

A logistic taught by fair closing totals as the linear member is by fair closes of the outcome (see
``teacher``), and drawn towards the best single forecast known there: goal rates, what past prices of
totals expect, this match's price.
Boosters taught by closes earned .0003 KL without prices beside few columns under a weak ridge; all of form
and table under a strong one brings nearly the same, and the graph stays as small as it was.
"""

from __future__ import annotations

from model_export.ensemble import Linear
from model_export.members import Expert, fit_experts
from model_export.samples import Mask, Samples

_COMMON = ("ratings.over_*", "ratings.edge_root", "ratings.edge_square", "form.*", "table.*")
_PAST = ("market_past.over*", *_COMMON)

EXPERTS = (
    Expert((*_COMMON, "crowd.league_goals"), (("ratings.over_xg_mid", 0),), 90.0),
    Expert(_PAST, (("market_past.over", 0),), 150.0),
    Expert(("market_now.over_gap", *_PAST), (("market_past.over", 0), ("market_now.over_gap", 0)), 800.0),
)
"""Classes are over and under. With a price the two anchors add up to it; where a match has prices but none
of its totals, what past prices expect is left. Columns and ridges were chosen on 2019/20 to 2021/22, the
first seasons with closing totals; a third of each ridge with form alone moved KL(close‖forecast) by less than
.0001 on 18 leagues."""


def fit_totals(table: Samples, rows: Mask, before: int) -> Linear:
    """The totals member, over and under, fitted at each level on ``rows`` of ``table``, bool [n]."""
    return fit_experts(EXPERTS, table, rows, table.totals, before)
