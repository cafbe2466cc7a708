"""The ensemble, fitted in order of time: members on the past, the head on what they then predicted.

Walking season by season serves twice. What members fitted on earlier seasons say of a season is
an honest forecast of it, and it is what the head of every later season learns from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from model_export.ensemble import CLASSES, LEVELS, Ensemble, Head, knowledge
from model_export.logistic import fit_logistic
from model_export.members import LINEAR_SINCE, TREES_SINCE, fit_linear, fit_trees
from model_export.samples import VARIANTS, Samples, as_seen
from model_export.totals import fit_totals
from sabiscore.errors import Refused
from sabiscore.features import vector
from sabiscore.history import Floats, season_name

WORKERS = 2
"""Seasons fitted at a time, each in a thread whose libraries use no more: those that spin while they wait
for one another take ten times as long where cores are shared. Nearly all of a fit is outside Python, and a
process would have to import every library and be given the samples first."""

Report = Callable[[str, float], None]
"""Told what is being done, and the share of the work that is behind."""

SEED = 20240801
HEAD_SEASONS = 4
"""How many seasons of forecasts the head learns from."""

FEWEST_MATCHES = 300
HEAD_RIDGE = 10_000.0
PRIOR = np.zeros((8, CLASSES))
PRIOR[6, 0] = PRIOR[7, 2] = 1.0
"""What the head is drawn towards: the linear member alone. Trees get the weight that they earn."""

UNTAUGHT = Head(np.stack([PRIOR] * LEVELS), np.zeros((LEVELS, CLASSES)))


@dataclass(frozen=True, slots=True)
class SeasonForecast:
    """What members fitted before a season say of it: log-ratios [n, 8], levels [n] and probabilities of
    three goals or more, ``over`` [n], of each variant, beside what its matches teach, ``target`` [n, 3]."""

    target: Floats
    ratios: Mapping[str, Floats]
    level: Mapping[str, npt.NDArray[np.int64]]
    over: Mapping[str, Floats]


def fit_members(table: Samples, before: int) -> Ensemble:
    """An ensemble of members that learnt from seasons before ``before``, its head untaught.

    Raises Refused when there are too few matches to learn from.
    """
    of_linear, of_trees = table.learnable(LINEAR_SINCE, before), table.learnable(TREES_SINCE, before)
    if of_trees.sum() < FEWEST_MATCHES:
        raise Refused(
            f"There are {of_trees.sum()} matches before season {before}; {FEWEST_MATCHES} are needed.",
            hint="Ingest more seasons, or test a later one.",
        )
    linear = fit_linear(table, of_linear, before)
    trees = fit_trees(table, of_trees, linear, before, SEED)
    return Ensemble(
        forest=trees.forest,
        xgboost=trees.xgboost,
        lightgbm=trees.lightgbm,
        linear=linear,
        totals=fit_totals(table, of_linear, before),
        head=UNTAUGHT,
        flags=vector.FLAGS,
    )


def forecast(ensemble: Ensemble, season: Samples) -> SeasonForecast:
    """What the members of ``ensemble`` say of ``season``, in each variant."""
    ratios, levels, over = {}, {}, {}
    for variant in VARIANTS:
        X = as_seen(season.X, variant)
        levels[variant] = knowledge(X, vector.FLAGS)
        ratios[variant] = ensemble.ratios(X, levels[variant])
        over[variant] = ensemble.over(X)
    return SeasonForecast(season.target, ratios, levels, over)


@dataclass(frozen=True, slots=True)
class Walk:
    """By season: members fitted on strictly earlier ones, and what they say of it if it has matches."""

    members: Mapping[int, Ensemble]
    forecasts: Mapping[int, SeasonForecast]


def walk(table: Samples, seasons: Iterable[int], report: Report) -> Walk:
    """Members for each of ``seasons``, and what they say of it; one still to come may be among them."""
    seasons = sorted(set(seasons))
    members, forecasts = {}, {}
    report(f"fitting {len(seasons)} times, season by season", 0.0)
    with threadpool_limits(1), ThreadPoolExecutor(WORKERS) as threads:
        fitted = threads.map(lambda season: _step(table, season), seasons)
        for done, (season, (ensemble, season_forecasts)) in enumerate(zip(seasons, fitted, strict=True), 1):
            members[season] = ensemble
            if season_forecasts is not None:
                forecasts[season] = season_forecasts
            report(f"fitted on seasons before {season_name(season)}", done / len(seasons))
    return Walk(members, forecasts)


def _step(table: Samples, season: int) -> tuple[Ensemble, SeasonForecast | None]:
    members, matches = fit_members(table, season), table.season(season)
    return members, forecast(members, matches) if len(matches) else None


def head_seasons(table: Samples, before: int) -> list[int]:
    """The seasons whose forecasts the head of ``before`` learns from: the last ones that have a past."""
    seasons = np.unique(table.history.season)
    season = table.history.season
    learnable = (season >= TREES_SINCE) & table.history.rated
    able = [int(s) for s in seasons if s < before and (learnable & (season < s)).sum() >= FEWEST_MATCHES]
    return able[-HEAD_SEASONS:]


def fit_head(forecasts: Iterable[SeasonForecast]) -> Head:
    """The stacking head, at each level fitted on the rows of ``forecasts`` that were seen at it."""
    names = list(forecasts)
    heads = []
    for level, variant in enumerate(VARIANTS):
        at_level = [f.level[variant] == level for f in names]
        ratios = [f.ratios[variant][rows] for f, rows in zip(names, at_level, strict=True)]
        targets = [f.target[rows] for f, rows in zip(names, at_level, strict=True)]
        if not sum(map(len, targets)):
            heads.append((PRIOR, np.zeros(CLASSES)))
            continue
        heads.append(_fit_level(np.concatenate(ratios), np.concatenate(targets)))
    weights, bias = zip(*heads, strict=True)
    return Head(np.stack(weights), np.stack(bias))


def _fit_level(ratios: Floats, target: Floats) -> tuple[Floats, Floats]:
    design = np.column_stack([ratios, np.ones(len(ratios))])
    B = fit_logistic(
        design, ratios @ PRIOR, target, np.ones(len(target)), np.full(design.shape[1], HEAD_RIDGE)
    )
    return PRIOR + B[:-1], B[-1]


def taught(members: Ensemble, forecasts: Iterable[SeasonForecast]) -> Ensemble:
    """``members`` with a head that learnt from ``forecasts`` of earlier seasons."""
    return replace(members, head=fit_head(forecasts))
