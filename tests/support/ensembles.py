"""Small fitted ensembles over made-up vectors, made once a test run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

from model_export.bundle import Release
from model_export.ensemble import CLASSES, LEVELS, Ensemble, Head, Linear, Matrix
from model_export.graph import to_graph
from model_export.held_out import HeldOut
from model_export.samples import VARIANTS
from model_export.verify import Agreement, verify
from sabiscore.learning.feature_drift import feature_distribution

SCHEMA = "schema-of-the-tests"
F = 12
PAST, NOW = 10, 11
MARKET = ((6, 7), (8, 9))
CONSTANT, NEVER_MISSING = 0, 1
HELD_OUT = HeldOut(
    ("epl-2425-arsenal-chelsea",),
    dict.fromkeys(VARIANTS, np.array([[0.5, 0.3, 0.2]])),
    dict.fromkeys(VARIANTS, np.array([0.55])),
)


@dataclass(frozen=True)
class Fitted:
    """An ensemble, the rows it was fitted on, its graph's bytes and how far they agree."""

    ensemble: Ensemble
    X: Matrix
    graph: bytes
    agreement: Agreement


def made_up_rows(rng: np.random.Generator, n: int, missing: float) -> Matrix:
    """float32 [n, F]: a constant column, one that is never missing, ties, and market columns by flag."""
    X = rng.normal(size=(n, F)).astype(np.float32)
    X[:, 3] = np.round(X[:, 3])
    X[rng.random((n, F)) < missing] = np.nan
    X[:, CONSTANT] = 2.5
    X[:, NEVER_MISSING] = rng.normal(size=n)
    past = rng.random(n) < 0.8
    now = past & (rng.random(n) < 0.6)
    X[np.ix_(~past, MARKET[0])] = np.nan
    X[np.ix_(~now, MARKET[1])] = np.nan
    X[:, PAST], X[:, NOW] = past, now
    return X


def fit(seed: int, *, n: int = 500, trees: int = 6, missing: float = 0.2, depth: int = 4) -> Ensemble:
    """An ensemble of a few small trees a member, fitted on ``made_up_rows``."""
    rng = np.random.default_rng(seed)
    return fit_on(made_up_rows(rng, n, missing), rng, trees=trees, depth=depth)


def fit_on(
    X: Matrix, rng: np.random.Generator, *, trees: int = 6, depth: int = 4, **lightgbm: object
) -> Ensemble:
    """An ensemble fitted on ``X``, with made-up linear and stacking weights."""
    signal = np.nan_to_num(X[:, 1]) + np.nan_to_num(X[:, 2])
    y = np.argmax(np.stack([signal, np.zeros(len(X)), -signal], 1) + rng.gumbel(size=(len(X), 3)), axis=1)
    y[:CLASSES] = range(CLASSES)
    seed = int(rng.integers(1 << 30))
    forest = RandomForestClassifier(trees, max_depth=depth, min_samples_leaf=5, random_state=seed)
    xgb = XGBClassifier(n_estimators=trees, max_depth=depth, n_jobs=1, random_state=seed)
    lgbm = LGBMClassifier(
        n_estimators=trees,
        num_leaves=8,
        min_child_samples=5,
        n_jobs=1,
        verbose=-1,
        random_state=seed,
        **lightgbm,
    )
    return Ensemble(
        forest=forest.fit(X, y),
        xgboost=xgb.fit(X, y),
        lightgbm=lgbm.fit(X, y),
        linear=made_up_linear(rng),
        totals=made_up_linear(rng, 2),
        head=made_up_head(rng),
        flags=(PAST, NOW),
    )


def made_up_linear(rng: np.random.Generator, classes: int = CLASSES) -> Linear:
    """A linear member that looks at other columns at every level of knowledge."""
    columns = tuple(np.arange(2, last) for last in (6, 8, 10))
    return Linear(
        columns,
        tuple(rng.normal(size=len(c)) for c in columns),
        tuple(rng.uniform(0.5, 2, size=len(c)) for c in columns),
        tuple(rng.normal(size=(len(c), classes)) * 0.3 for c in columns),
        tuple(rng.normal(size=classes) * 0.1 for _ in columns),
    )


def made_up_head(rng: np.random.Generator) -> Head:
    """A head that trusts every member about equally, with some noise on its weights."""
    weights = np.tile([[0.4, 0.0, 0.0], [0.0, 0.0, 0.4]], (LEVELS, 4, 1))
    return Head(weights + rng.normal(size=weights.shape) * 0.1, rng.normal(size=(LEVELS, CLASSES)) * 0.1)


@cache
def fitted() -> Fitted:
    """The ensemble most tests share."""
    rng = np.random.default_rng(7)
    X = made_up_rows(rng, 500, 0.2)
    ensemble = fit_on(X, rng)
    graph = to_graph(ensemble, F).SerializeToString()
    return Fitted(ensemble, X, graph, verify(graph, ensemble, X, MARKET))


def release(
    folder: Path,
    *,
    schema: str = SCHEMA,
    matches: int = 500,
    log_loss: float = 0.97,
    accuracy: float | None = None,
) -> Release:
    """A release of the shared ensemble, as training would hand it over; ``folder`` takes its states."""
    shared = fitted()
    states = folder / "made-up-states.npz"
    np.savez(states, elo=np.zeros((4, 3)))
    return Release(
        model=shared.graph,
        agreement=shared.agreement,
        states=states,
        baseline=np.nan_to_num(shared.X[0]),
        schema=schema,
        kind="simulated",
        training={"from": "2020-08-01", "to": "2025-05-25", "matches": matches},
        leagues=("epl",),
        population=feature_distribution(shared.X) if schema == SCHEMA else None,
        held_out=HELD_OUT.to_bytes(),
        card={"not_for": ["anything but tests"]},
        metrics={"with_odds": {"log_loss": log_loss}}
        if accuracy is None
        else {"scores": {"all": {variant: {"accuracy": accuracy, "early": None} for variant in VARIANTS}}},
    )
