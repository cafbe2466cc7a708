"""A small simulated world run as a person would run it, with an ensemble of a few small trees."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

from infra.cli.progress import Report, Steps
from infra.local.data_dirs import data_dir_settings
from infra.local.run import ReadyToServe, prepare
from infra.local.seasons import given, simulate_into
from model_export.bundle import Release
from model_export.ensemble import CLASSES, LEVELS, Ensemble, Head, Linear
from model_export.graph import to_graph
from model_export.registry import Registry
from model_export.verify import verify
from sabiscore.domain.data_kind import DataKind
from sabiscore.features.replay import replay
from sabiscore.features.vector import FLAGS, SCHEMA, SIZE
from sabiscore.history import History
from sabiscore.learning.feature_drift import feature_distribution
from sabiscore.settings import Settings

DIVISIONS = ("E0", "SP1", "D1", "I1", "F1")
TODAY = date(2026, 3, 14)
NOW = datetime(2026, 3, 14, 9, tzinfo=UTC)
SEED = 11


@dataclass(frozen=True, slots=True)
class World:
    """Where the seasons and the home are, and what came of the run."""

    folder: Path
    settings: Settings
    environ: dict[str, str]
    ready: ReadyToServe


def make_world(root: Path, today: date = TODAY, as_of: date | None = None) -> World:
    """Simulates three seasons of the served leagues below ``root`` and runs them at ``NOW``."""
    folder = root / "seasons"
    simulate_into(folder, SEED, 3, today, DIVISIONS)
    environ = {"SABISCORE_HOME": str(root / "home" / "real")}
    settings = data_dir_settings("simulated", environ)
    ready = prepare(given(folder), settings, now=NOW, as_of=as_of, train=train_small, steps=Steps(quiet=True))
    return World(folder, settings, environ, ready)


def train_small(past: History, settings: Settings, *, kind: DataKind, report: Report) -> str:
    """Registers a bundle of a few small trees fitted on ``past``; seconds instead of minutes."""
    report("fitting", 0.1)
    replayed = replay(past)
    X = replayed.vectors
    ordered = past.in_order()
    y = np.sign(ordered.goals[:, 1] - ordered.goals[:, 0]).astype(int) + 1
    forest = RandomForestClassifier(10, max_depth=4, min_samples_leaf=40, max_features=0.3, random_state=1)
    xgboost = XGBClassifier(n_estimators=20, max_depth=2, learning_rate=0.1, n_jobs=1, random_state=1)
    lightgbm = LGBMClassifier(n_estimators=20, num_leaves=4, n_jobs=1, verbose=-1, random_state=1)
    ensemble = Ensemble(
        forest=forest.fit(X, y),
        xgboost=xgboost.fit(X, y),
        lightgbm=lightgbm.fit(X, y),
        linear=_silent_linear(CLASSES),
        totals=_silent_linear(2),
        head=_mean_head(),
        flags=FLAGS,
    )
    model = to_graph(ensemble, SIZE).SerializeToString()
    with tempfile.TemporaryDirectory() as scratch:
        states = Path(scratch) / "states.npz"
        replayed.state.save(states)
        release = Release(
            model=model,
            agreement=verify(model, ensemble, X[-200:]),
            states=states,
            baseline=np.nan_to_num(X[-1]),
            schema=SCHEMA,
            kind=kind,
            training={"matches": len(past)},
            leagues=("epl",),
            metrics={"with_odds": {"log_loss": 1.0}},
            population=feature_distribution(X),
        )
        return Registry(settings.registry, SCHEMA).add(release).name


def _silent_linear(classes: int) -> Linear:
    """A linear member that holds all of so many classes equally likely."""
    none = tuple(np.zeros(1, np.int64) for _ in range(LEVELS))
    coefficients = tuple(np.ones(1) for _ in range(LEVELS))
    return Linear(
        none,
        coefficients,
        coefficients,
        tuple(np.zeros((1, classes)) for _ in range(LEVELS)),
        tuple(np.zeros(classes) for _ in range(LEVELS)),
    )


def _mean_head() -> Head:
    """The mean of the three tree members in log-odds."""
    weights = np.zeros((LEVELS, 8, CLASSES))
    for member in range(3):
        weights[:, 2 * member, 0] = weights[:, 2 * member + 1, 2] = 1 / 3
    return Head(weights, np.zeros((LEVELS, CLASSES)))
