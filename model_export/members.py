"""The four members that foretell the outcome, fitted on one table of samples.

The linear member is the base: at each level of knowledge a multinomial logistic, taught by closing
prices (see ``teacher``), that is drawn towards the best single forecast known there (performances, past
prices, this match's consensus). Trees are taught by outcomes: on closes they gained nothing. The
boosters learn what it leaves over: their margins start from its logits. The forest stands alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

from model_export.ensemble import LEVELS, Classifier, Linear, Matrix, knowledge
from model_export.logistic import fit_logistic
from model_export.samples import VARIANTS, Mask, Samples, as_seen, big_five
from sabiscore.features import vector
from sabiscore.history import Floats, History, Ints

LINEAR_SINCE, TREES_SINCE = 2012, 2010
"""The first seasons learnt from: closing prices begin in 2012/13, and shots are sparse before 2010."""

SEASON_WEIGHT = 0.93
"""Each season counts this much less than the next one."""

OTHER_LEAGUE_WEIGHT = 0.4
"""What a match of a league outside the big five counts. Fitted on 2019/20 to 2021/22: with it forecasts
for the big five that know past prices are as near to the close as if fitted on them alone (KL .0048),
those that know no price are nearer (.0083, not .0085), and those for the others are within .0002 of what
weight 1 gives them."""

_RATES = (
    "ratings.elo_*", "ratings.elo_xg_*", "ratings.goals_*", "ratings.xg_*",
    "crowd.boost_gap", "momentum.attack_slow_*", "momentum.defence_slow_*",
)  # fmt: skip
_SEASON = ("table.near_*", "table.late*", "table.start", "table.promoted_*")
_PERFORMANCE = (
    "ratings.expected_*", "ratings.edge*", "ratings.stakes", "ratings.slow", "ratings.fast",
    "ratings.variance_*",
)  # fmt: skip
_PRICES = (
    "market_past.edge", "market_past.stakes", "market_past.slow", "market_past.fast",
    "market_past.variance_*", "market_past.openness", "market_past.league_openness", "market_past.level",
)  # fmt: skip
_PAST = (
    *_PRICES, "market_past.expected_*", "market_past.edge_*", "market_past.move_*", "market_past.over",
    "market_past.over_teams", "ratings.over_*", "form.*", "table.*",
)  # fmt: skip
_NOW = (
    "market_now.consensus_*", "market_now.max_off_*", "market_now.b365_off_*", "market_now.ps_off_*",
    "market_now.over", "market_now.handicap_line", "panic.surprise_*", "panic.against_xg_*", "panic.best_*",
)  # fmt: skip


class Expert(NamedTuple):
    """A linear member's recipe at one level: its columns, the ridge, and its anchor.

    The anchor is what it says before it has learnt anything: those columns with the class whose logit each
    is added to.
    """

    columns: tuple[str, ...]
    anchor: tuple[tuple[str, int], ...]
    ridge: float


def _sides(stem: str) -> tuple[tuple[str, int], ...]:
    """The anchor of log-ratios of home and away to the draw."""
    return (f"{stem}_home", 0), (f"{stem}_away", 2)


EXPERTS = (
    Expert((*_PERFORMANCE, *_SEASON, *_RATES), _sides("ratings.expected"), 3.0),
    Expert((*_PAST, *_PERFORMANCE, *_RATES), _sides("market_past.expected"), 100.0),
    Expert((*_NOW, *_PRICES, "ratings.edge", *_RATES, "form.*"), _sides("market_now.consensus"), 500.0),
)
"""Ridges a standardised column, of the sum over matches of the cross-entropy. Columns and ridges were chosen
on 2017/18 to 2021/22, the first ridge on the closes of seasons up to 2015/16. Form needs a strong ridge: with
one of 5 to 50 it brought past prices nearer to the close by .0001 KL and this match's by .00002, and what it
adds is worth more in outcomes (.0004). Without prices it made the big five worse. Market states at three more
speeds and pi-ratings gave nothing; goal rates and Elo at three speeds are worth .0011 without prices and next
to nothing with them."""
BIAS_RIDGE = 1.0

BLOCK = 8192
"""Vectors that are looked at together: all of them at once would be copied for each member and level."""

TREE_MATCHES = 12_000
"""Trees learn from so many matches, drawn by lot: they take nine tenths of a fit, earn next to nothing beside
the linear member, and nothing more from twice or six times as many."""


def match_weights(history: History, before: int) -> Floats:
    """float64 [n]: SEASON_WEIGHT to the power of how many seasons lie between a match of ``history`` and
    ``before``, times OTHER_LEAGUE_WEIGHT outside the big five."""
    years_back: Floats = before - 1.0 - history.season.astype(np.float64)
    return np.power(SEASON_WEIGHT, years_back) * np.where(big_five(history), 1.0, OTHER_LEAGUE_WEIGHT)


def fit_linear(table: Samples, rows: Mask, before: int) -> Linear:
    """The linear member, fitted at each level on ``rows`` of ``table``, bool [n]."""
    return fit_experts(EXPERTS, table, rows, table.target, before)


def fit_experts(experts: Sequence[Expert], table: Samples, rows: Mask, target: Floats, before: int) -> Linear:
    """A linear member of K classes by the recipes of ``experts``, one a level.

    Each is fitted to ``target`` float64 [n, K] on those of ``rows``, bool [n], that its level sees.
    """
    weight = match_weights(table.history, before)
    fitted = []
    for level, (expert, variant) in enumerate(zip(experts, VARIANTS, strict=True)):
        columns = np.array(
            [i for i, name in enumerate(vector.NAMES) if _matches(name, expert.columns)], np.int64
        )
        mine, values = _seen(table.X, np.flatnonzero(rows), variant, level, columns)
        fitted.append(_fit_expert(expert, columns, values, target[mine], weight[mine]))
    return Linear(*zip(*fitted, strict=True))


def _seen(X: Matrix, rows: Ints, variant: str, level: int, columns: Ints) -> tuple[Ints, Floats]:
    """Those of ``rows`` that are of ``level`` as ``variant`` shows them, and ``columns`` of them with room
    for one more: [m], float64 [m, c + 1]. BLOCK by BLOCK, so that no copy of all vectors is made."""
    values = np.empty((len(rows), len(columns) + 1), order="F")
    mine: list[Ints] = []
    found = 0
    for begin in range(0, len(rows), BLOCK):
        block = rows[begin : begin + BLOCK]
        shown = as_seen(X[block], variant)
        of_level = knowledge(shown, vector.FLAGS) == level
        mine.append(block[of_level])
        values[found : found + len(mine[-1]), :-1] = shown[of_level][:, columns]
        found += len(mine[-1])
    return np.concatenate(mine), values[:found]


def _fit_expert(
    expert: Expert, columns: Ints, design: Floats, target: Floats, weight: Floats
) -> tuple[Ints, Floats, Floats, Floats, Floats]:
    """(columns, mean, inverse scale, weights, bias) of one level, the anchor folded into the weights.

    ``design`` [m, c + 1] holds the values of ``columns``; it becomes the design in place.
    """
    mean, scale = _moments(design[:, :-1])
    design[:, :-1] -= mean
    design[:, :-1] /= scale
    np.nan_to_num(design, copy=False)
    design[:, -1] = 1.0
    pull = np.zeros((len(columns) + 1, target.shape[1]))
    for name, index in expert.anchor:
        column = int(np.flatnonzero(columns == vector.INDEX[name])[0])
        pull[column, index] += scale[column]
        pull[-1, index] += mean[column]
    ridge = np.full(len(columns) + 1, expert.ridge)
    ridge[-1] = BIAS_RIDGE
    B = pull + fit_logistic(design, design @ pull, target, weight, ridge)
    return columns, mean, 1.0 / scale, B[:-1], B[-1]


def _moments(values: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each column over what is known; 0 and 1 where it never varies."""
    unknown = np.isnan(values)
    count = np.maximum(len(values) - unknown.sum(axis=0), 1)
    known = values.copy(order="K")
    known[unknown] = 0.0
    mean = known.sum(axis=0) / count
    apart = np.subtract(values, mean, out=known)
    apart[unknown] = 0.0
    apart *= apart
    variance = apart.sum(axis=0) / count
    return mean, np.where(variance > 1e-12, np.sqrt(variance), 1.0)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(name == p or (p.endswith("*") and name.startswith(p[:-1])) for p in patterns)


class TreeMembers(NamedTuple):
    """The tree members, fitted."""

    forest: Classifier
    xgboost: Classifier
    lightgbm: Classifier


def fit_trees(table: Samples, rows: Mask, linear: Linear, before: int, seed: int) -> TreeMembers:
    """Forest and boosters on ``rows`` of ``table``, each shown at a level of knowledge drawn by lot.

    So one set of trees serves rows with and without odds. The boosters are given the linear
    member's logits as their start, and answer without them: their own margins are the rest.
    """
    table = table.take(drawn(rows, TREE_MATCHES, seed))
    X = by_lot(table.X, seed)
    weight = match_weights(table.history, before)
    start = np.log(linear.predict_proba(X, knowledge(X, vector.FLAGS)))
    forest = RandomForestClassifier(
        120,
        max_depth=8,
        min_samples_leaf=40,
        max_features=0.1,
        max_samples=0.25,
        n_jobs=1,
        random_state=seed,
    )
    common: dict[str, Any] = {
        "n_estimators": 40,
        "learning_rate": 0.03,
        "subsample": 0.6,
        "colsample_bytree": 0.3,
        "reg_lambda": 50.0,
        "n_jobs": 1,
        "random_state": seed,
    }
    xgboost = XGBClassifier(
        **common, max_depth=2, min_child_weight=50, base_score=0.5, tree_method="hist", max_bin=64
    )
    lightgbm = LGBMClassifier(
        **common,
        num_leaves=4,
        min_child_samples=200,
        subsample_freq=1,
        max_bin=63,
        deterministic=True,
        force_row_wise=True,
        verbose=-1,
    )
    forest.fit(X, table.y, sample_weight=weight)
    xgboost.fit(X, table.y, sample_weight=weight, base_margin=start)
    lightgbm.fit(X, table.y, sample_weight=weight, init_score=start)
    return TreeMembers(forest, xgboost, lightgbm)


def drawn(rows: Mask, most: int, seed: int) -> Mask:
    """At most ``most`` of ``rows``, bool [n], each as likely as any other."""
    among = np.flatnonzero(rows)
    if len(among) <= most:
        return rows
    chosen = np.zeros(len(rows), bool)
    chosen[among[np.random.default_rng(seed).choice(len(among), most, replace=False)]] = True
    return chosen


def by_lot(X: Matrix, seed: int) -> Matrix:
    """``X`` with each row shown as one of VARIANTS, drawn with equal chances."""
    lot = np.random.default_rng(seed).integers(0, LEVELS, len(X))
    mixed = X.copy()
    for level, variant in enumerate(VARIANTS[:-1]):
        mixed[lot == level] = as_seen(X[lot == level], variant)
    return mixed
