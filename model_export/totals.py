"""The totals member: how likely three goals or more are, at each level of knowledge.

A logistic taught by fair closing totals as the linear member is by fair closes of the outcome (see
``teacher``), and drawn towards the best single forecast known there: goal rates, what past prices of
totals expect, this match's price.
Boosters taught by closes added .0001 KL to a first set of columns with prices; what they split on is among
the columns now.
"""

from __future__ import annotations

from model_export.ensemble import Linear
from model_export.members import SEASON, Expert, fit_experts
from model_export.samples import Mask, Samples

_COMMON = ("ratings.over_*", "ratings.edge_root", "ratings.edge_square", "table.progress", *SEASON)
_FORM = ("crowd.league_goals", "form.goals_long_*", "form.conceded_long_*")
_PAST = ("market_past.over*", *_COMMON)

EXPERTS = (
    Expert((*_COMMON, *_FORM), (("ratings.over_xg_mid", 0),), 3.0),
    Expert(_PAST, (("market_past.over", 0),), 5.0),
    Expert(("market_now.over_gap", *_PAST), (("market_past.over", 0), ("market_now.over_gap", 0)), 40.0),
)
"""Classes are over and under. With a price the two anchors add up to it; where a match has prices but none
of its totals, what past prices expect is left. Columns and ridges were chosen on 2019/20 to 2021/22, the
first seasons with closing totals; five times and a fifth of each ridge moved KL(close‖forecast) by less than
.00005."""


def fit_totals(table: Samples, rows: Mask, before: int) -> Linear:
    """The totals member, over and under, fitted at each level on ``rows`` of ``table``, bool [n]."""
    return fit_experts(EXPERTS, table, rows, table.totals, before)
