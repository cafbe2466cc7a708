"""The model card: what a bundle was made of, what it is worth, and what it may not be used for.

After M. Mitchell et al., Model cards for model reporting (2019). ``card`` is what training records
beside the manifest; ``read_card`` joins both, and ``model_export.card_page`` writes them for a reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from model_export import totals
from model_export.ensemble import Ensemble, Linear, knowledge
from model_export.evaluate import Evaluation
from model_export.fit import PRIOR
from model_export.gates import GateVerdict
from model_export.members import (
    EXPERTS,
    LINEAR_SINCE,
    OTHER_LEAGUE_WEIGHT,
    SEASON_WEIGHT,
    TREES_SINCE,
    Expert,
)
from model_export.samples import VARIANTS, Samples, as_seen
from model_export.teacher import CLOSE_SHARE
from sabiscore.domain.match import BOOKS
from sabiscore.errors import Refused
from sabiscore.features import market, vector
from sabiscore.history import Floats, season_name
from sabiscore.inference.bundle import read_manifest, read_verified
from sabiscore.inference.manifest import (
    CARD,
    Manifest,
    parse_json,
)
from sabiscore.learning import drift, feature_drift

MEMBERS = ("forest", "xgboost", "lightgbm", "linear")
RECENT_SEASONS = 3
KNOWS = {
    "no_odds": "no price among its inputs, taught by past closing prices",
    "past_odds": "prices of past matches only, taught by past closing prices",
    "with_odds": "this match's prices before kick-off, taught by past closing prices",
}
UNTAUGHT = "; no closing price was there to teach it, so it learnt from outcomes"
NOT_FOR = (
    "Promising a profit: no edge over bookmakers is proven.",
    "Matches in play: it knows nothing after kick-off.",
    "Cups, friendlies, and leagues that it was not fitted on.",
    "Leagues or seasons whose prices, shots or tables mean something else than in its data.",
    "Judging players, coaches or referees.",
)


def card(
    table: Samples, ensemble: Ensemble, evaluation: Evaluation, verdict: GateVerdict, forced: str | None
) -> dict[str, Any]:
    """What the card of ``ensemble`` says beside its manifest; plain values for JSON."""
    taught = teachers(table)
    closes = sum(count for season in taught.values() for book, count in season.items() if book != "none")
    return {
        "knows": {v: words + ("" if closes else UNTAUGHT) for v, words in KNOWS.items()},
        "teacher": {
            "close_share": CLOSE_SHARE,
            "season_weight": SEASON_WEIGHT,
            "other_league_weight": OTHER_LEAGUE_WEIGHT,
            "first_season_linear": season_name(LINEAR_SINCE),
            "first_season_trees": season_name(TREES_SINCE),
            "ridges": _ridges(EXPERTS),
            "totals_ridges": _ridges(totals.EXPERTS),
            "closes_by_season": taught,
        },
        "members": {v: member_weights(ensemble.head.weights[k]) for k, v in enumerate(VARIANTS)},
        "features": {group: len(vector.columns(group)) for group in vector.GROUPS},
        "importance": importance(table, ensemble.linear),
        "worse_than_early_odds": list(evaluation.worse_than_early_odds),
        "value_bets": {part: asdict(bets) for part, bets in evaluation.bets.items()},
        "value_bet_classes": {part: asdict(found) for part, found in evaluation.bet_classes.items()},
        "drift_limits": {
            "window": drift.DRIFT_WINDOW,
            "accuracy_drop": drift.ACCURACY_DROP,
            "standard_errors": drift.SURE,
            "features_moved": feature_drift.MOVED,
            "features_shifted": feature_drift.SHIFTED,
        },
        "gates": {
            "objections": list(verdict.objections),
            "forced": forced,
            "beside_production": verdict.beside_production,
        },
        "not_for": list(NOT_FOR),
    }


def _ridges(experts: Sequence[Expert]) -> dict[str, float]:
    return {variant: expert.ridge for variant, expert in zip(VARIANTS, experts, strict=True)}


def teachers(table: Samples) -> dict[str, dict[str, int]]:
    """By season, how many matches each book's close taught, and how many none did."""
    taught = {}
    for year in np.unique(table.history.season[table.history.season >= LINEAR_SINCE]):
        season = table.history.take(table.history.season == year)
        known = ~np.isnan(market.fair(market.book_odds(season, market.CLOSE).transpose(1, 0, 2))[0])
        counts = {BOOKS[book]: int(known[book].sum()) for book in market.CLOSING}
        none = int((~known[list(market.CLOSING)].any(axis=0)).sum())
        taught[season_name(int(year))] = {**counts, "none": none}
    return taught


def member_weights(head: Floats) -> dict[str, dict[str, float]]:
    """By member, the ``weight`` of its log-ratios in the head [8, 3], and how much was ``earned`` beyond the
    weight that the head is drawn to."""

    def mean(weights: Floats, member: int) -> float:
        """Of the member's log-probabilities of home and away, rows of ``weights`` (2 members, 3)."""
        home, away = weights[2 * member], weights[2 * member + 1]
        return float(0.5 * (home[0] - home[1] + away[2] - away[1]))

    return {
        name: {"weight": mean(head, member), "earned": mean(head - PRIOR, member)}
        for member, name in enumerate(MEMBERS)
    }


def importance(table: Samples, linear: Linear) -> dict[str, dict[str, float]]:
    """By variant, the share of each feature group in what moves the linear member's log-ratios.

    The standard deviation of the group's part of both log-ratios over the newest seasons, anchor
    included, over the sum of all groups'; groups whose parts cancel one another both count.
    """
    recent = table.X[table.history.season > table.history.season.max() - RECENT_SEASONS]
    shares = {}
    for level, variant in enumerate(VARIANTS):
        X = as_seen(recent, variant)
        X = X[knowledge(X, vector.FLAGS) == level]
        columns, weights = linear.columns[level], linear.weights[level]
        seen = np.nan_to_num((X[:, columns] - linear.mean[level]) * linear.inverse_scale[level])
        ratios = weights[:, [0, 2]] - weights[:, [1]]
        parts = {}
        for group in vector.GROUPS:
            inside = np.isin(columns, vector.columns(group))
            if inside.any() and len(X):
                parts[group] = float(np.sqrt((seen[:, inside] @ ratios[inside]).var(axis=0).mean()))
        total = sum(parts.values()) or 1.0
        shares[variant] = {group: part / total for group, part in sorted(parts.items(), key=lambda x: -x[1])}
    return shares


def read_card(folder: Path) -> dict[str, Any]:
    """The whole card of the bundle in ``folder``: its manifest's facts and what training recorded.

    Raises Refused when the bundle keeps no card, BadBundle when it cannot be read.
    """
    content = read_verified(folder, CARD)
    if content is None:
        raise Refused(
            f"Bundle {folder.name} keeps no card: it was made before cards were.",
            hint=f"See sabiscore models show {folder.name} for its manifest.",
        )
    return {**_facts(read_manifest(folder)), **parse_json(content, f"The card of bundle {folder.name}")}


def _facts(manifest: Manifest) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "created_at": manifest.created_at,
        "kind": manifest.kind,
        "leagues": list(manifest.leagues),
        "training": dict(manifest.training),
        "held_out_seasons": manifest.metrics.get("seasons", []),
        "scores": manifest.metrics.get("scores", {}),
        "goals": manifest.metrics.get("goals", {}),
        "calibration": asdict(manifest.calibration),
        "schema": manifest.schema,
        "libraries": dict(manifest.libraries),
        "max_difference_from_python": manifest.agreement["max_difference"],
    }
