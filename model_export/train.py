"""From history to a registered bundle: evaluate, fit on everything, export, verify, register."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from model_export.bundle import Release
from model_export.card import card
from model_export.ensemble import Ensemble, Matrix
from model_export.evaluate import Evaluation, evaluate, newest_seasons
from model_export.fit import Report, head_seasons, taught
from model_export.gates import judge, refuse
from model_export.graph import to_graph
from model_export.held_out import held_out
from model_export.registry import Registry
from model_export.samples import Samples, samples
from model_export.verify import verify
from sabiscore.domain.league import SERVED, League
from sabiscore.errors import Refused
from sabiscore.features import vector
from sabiscore.features.state import State
from sabiscore.history import History, date_of, season_name
from sabiscore.learning.feature_drift import FeatureDistribution, feature_distribution

TESTS = 3
"""How many of the newest seasons the bundle's own figures come from."""

MARKET = (vector.columns("market_past").tolist(), vector.columns("market_now", "panic").tolist())
"""The columns that past prices, and this match's prices, fill."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A registered bundle, what it is made of, and the evaluation that stands in its manifest."""

    version: str
    folder: Path
    ensemble: Ensemble
    evaluation: Evaluation


def train(
    past: History,
    registry: Registry,
    *,
    kind: Literal["real", "simulated"],
    report: Report,
    leagues: Sequence[League] = SERVED,
    tests: int = TESTS,
    finish: Callable[[Ensemble], Ensemble] = lambda ensemble: ensemble,
    forced: str | None = None,
) -> Trained:
    """Register a bundle that learnt from all of ``past``; it is not promoted here.

    ``finish`` may change the fitted ensemble before it is exported: rehearsals spoil one on purpose.
    ``forced`` is the reason to release it in spite of the gates; the card records it. Raises Refused
    when there is too little to learn from, or when the walk-forward evaluation is worse, beyond chance,
    than the odds it was fed or than the bundle in production; BadBundle when graph and Python differ.
    """
    report("replaying the history", 0.0)
    table, state = samples(past, leagues)
    seasons = newest_seasons(table, tests)
    if not seasons:
        raise Refused("There is too little history to test a model on.", hint="Ingest at least four seasons.")
    after = int(table.history.season.max()) + 1
    walked = evaluate(table, seasons, lambda what, done: report(what, 0.05 + 0.75 * done), also=[after])
    verdict = judge(walked.evaluation, registry.in_production())
    refuse(verdict, forced)
    heard = (walked.walk.forecasts[s] for s in head_seasons(table, after))
    ensemble = finish(taught(walked.walk.members[after], heard))
    report("exporting and verifying the graph", 0.8)
    model = to_graph(ensemble, vector.SIZE).SerializeToString()
    agreement = verify(model, ensemble, table.X, MARKET)
    report("registering the bundle", 0.98)
    with tempfile.TemporaryDirectory() as folder:
        states = Path(folder) / "states.npz"
        state.save(states)
        release = Release(
            model=model,
            agreement=agreement,
            states=states,
            baseline=baseline(table),
            schema=vector.SCHEMA,
            kind=kind,
            training=window(table, state),
            leagues=tuple(league.key for league in leagues),
            metrics=walked.evaluation.to_json(),
            population=judged_on(table, seasons),
            held_out=held_out(walked.evaluation).to_bytes(),
            card=card(table, ensemble, walked.evaluation, verdict, forced),
        )
        path = registry.add(release)
    return Trained(path.name, path, ensemble, walked.evaluation)


def baseline(table: Samples) -> Matrix:
    """float32 [F]: the typical vector, the median of each feature over the last two seasons."""
    recent = table.X[table.history.season >= table.history.season.max() - 1]
    known = ~np.isnan(recent).all(axis=0)
    typical = np.full(recent.shape[1], np.nan, np.float32)
    typical[known] = np.nanmedian(recent[:, known], axis=0)
    return typical


def judged_on(table: Samples, seasons: Sequence[int]) -> FeatureDistribution:
    """The spread of the vectors of ``seasons``: of the very matches that the bundle's figures are of."""
    return feature_distribution(table.X[np.isin(table.history.season, seasons)])


def window(table: Samples, state: State) -> dict[str, object]:
    """What the manifest says of the training: seasons, matches, and the last day in the states."""
    season = table.history.season
    return {
        "from": season_name(int(season.min())),
        "to": season_name(int(season.max())),
        "matches": len(table),
        "last_day": date_of(state.day).isoformat(),
    }
