"""A small data folder as `sabiscore up` leaves one: a bundle in production and a publication, all made up.

Fitted in seconds, for tests and for benchmarks of everything but forecasts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
from lightgbm import LGBMClassifier
from sklearn.ensemble import RandomForestClassifier
from xgboost import XGBClassifier

from model_export.bundle import Release
from model_export.ensemble import CLASSES, LEVELS, Ensemble, Head, Linear, Matrix
from model_export.graph import to_graph
from model_export.registry import Registry
from model_export.verify import verify
from sabiscore.clock import FixedClock
from sabiscore.domain.match import Match
from sabiscore.features.replay import replay
from sabiscore.features.vector import FLAGS, NAMES, SCHEMA
from sabiscore.history import columns_of
from sabiscore.publication.publish import publish
from sabiscore.settings import read_settings

TEAMS = ("arsenal", "chelsea", "liverpool", "everton", "fulham", "brentford")
AS_OF = datetime(2025, 5, 10, 9, tzinfo=UTC)
MATCH_ID = "epl-2425-arsenal-chelsea"


def made_up_data_dir(data_dir: Path) -> Path:
    """``home`` with bundle 1.0.0 in production and three coming matches, one of them MATCH_ID."""
    made_up_bundle(data_dir)
    publish_priced(data_dir, (1.8, 3.7, 4.6))
    return data_dir


def publish_priced(data_dir: Path, odds: tuple[float, float, float]) -> None:
    """Publishes the coming matches in ``home`` with these odds for each: answers differ with them."""
    _publish(data_dir, AS_OF, odds, rehearsal=True)


def publish_at(data_dir: Path, as_of: datetime) -> None:
    """Publishes coming matches as a running system does: the clock goes on from ``as_of``."""
    _publish(data_dir, as_of, (1.8, 3.7, 4.6), rehearsal=False)


def _publish(data_dir: Path, as_of: datetime, odds: tuple[float, float, float], *, rehearsal: bool) -> None:
    publish(
        read_settings({"SABISCORE_HOME": str(data_dir)}).publication,
        _coming(as_of, odds),
        replay(columns_of(_played())).state.save,
        as_of=as_of,
        published_at=as_of,
        kind="simulated",
        rehearsal=rehearsal,
        source="made up for tests",
        rosters={"epl": TEAMS},
    )


def made_up_bundle(data_dir: Path) -> Callable[[Path], None]:
    """Puts bundle 1.0.0 into production in ``home``; what saves the states that belong to it."""
    settings = read_settings({"SABISCORE_HOME": str(data_dir)})
    played = replay(columns_of(_played()))
    states = data_dir / "states.npz"
    data_dir.mkdir(parents=True, exist_ok=True)
    played.state.save(states)
    registry = Registry(settings.registry, SCHEMA, FixedClock(AS_OF))
    registry.promote(registry.add(_release(played.vectors, states)).name)
    return played.state.save


def made_up_release(folder: Path) -> Release:
    """A small bundle, not registered yet; its states are saved in ``folder``."""
    played, states = replay(columns_of(_played())), folder / "states.npz"
    played.state.save(states)
    return _release(played.vectors, states)


def _played() -> list[Match]:
    """A double round, a match day a week; goals follow from the teams' places in the list."""
    pairs = [(home, away) for home in TEAMS for away in TEAMS if home != away]
    return [
        Match(
            league="epl",
            season="2425",
            day=date(2024, 8, 17) + timedelta(days=4 * number),
            home=home,
            away=away,
            goals=(len(TEAMS) - TEAMS.index(home), len(TEAMS) - 1 - TEAMS.index(away)),
            prices={("1x2", "avg", "pre"): (2.1, 3.4, 3.6)},
        )
        for number, (home, away) in enumerate(pairs)
    ]


def _coming(as_of: datetime, odds: tuple[float, float, float]) -> list[Match]:
    """Matches at 15:00 UTC of the next day."""
    kickoff = (as_of + timedelta(days=1)).replace(hour=15, minute=0, second=0, microsecond=0)
    return [
        Match(
            league="epl",
            season="2425",
            day=kickoff.date(),
            home=home,
            away=away,
            kickoff_at=kickoff,
            prices={("1x2", "avg", "pre"): odds},
            priced_at=as_of - timedelta(hours=1),
        )
        for home, away in zip(TEAMS[::2], TEAMS[1::2], strict=True)
    ]


def _release(vectors: Matrix, states: Path) -> Release:
    ensemble, X = _ensemble(vectors)
    graph = to_graph(ensemble, len(NAMES)).SerializeToString()
    return Release(
        model=graph,
        agreement=verify(graph, ensemble, X[:20]),
        states=states,
        baseline=np.nan_to_num(X.mean(axis=0)).astype(np.float32),
        schema=SCHEMA,
        kind="simulated",
        training={"from": "2024-08-17", "to": "2025-05-10", "matches": len(X)},
        leagues=("epl",),
        metrics={},
    )


def _ensemble(vectors: Matrix) -> tuple[Ensemble, Matrix]:
    """A few small trees on the vectors many times over, and a linear part that leans on this match's odds."""
    rng = np.random.default_rng(7)
    X = np.repeat(vectors, 10, axis=0)
    y = rng.integers(CLASSES, size=len(X))
    forest = RandomForestClassifier(4, max_depth=3, random_state=7).fit(X, y)
    xgb = XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1, random_state=7).fit(X, y)
    lgbm = LGBMClassifier(n_estimators=4, num_leaves=4, n_jobs=1, verbose=-1, random_state=7).fit(X, y)
    prices = np.array([NAMES.index("market_now.consensus_home"), NAMES.index("market_now.consensus_away")])
    columns = tuple(prices for _ in range(LEVELS))
    blind, leaning = np.zeros((2, CLASSES)), np.array([[0.3, 0.0, -0.3], [-0.3, 0.0, 0.3]])
    linear = Linear(
        columns,
        tuple(np.zeros(2) for _ in columns),
        tuple(np.ones(2) for _ in columns),
        (*(blind for _ in columns[:-1]), leaning),
        tuple(np.zeros(CLASSES) for _ in columns),
    )
    totals = Linear(
        tuple(np.array([NAMES.index("ratings.over_xg_mid")]) for _ in range(LEVELS)),
        tuple(np.zeros(1) for _ in range(LEVELS)),
        tuple(np.ones(1) for _ in range(LEVELS)),
        tuple(np.array([[1.0, 0.0]]) for _ in range(LEVELS)),
        tuple(np.zeros(2) for _ in range(LEVELS)),
    )
    head = Head(np.tile([[0.3, 0.0, 0.0], [0.0, 0.0, 0.3]], (LEVELS, 4, 1)), np.zeros((LEVELS, CLASSES)))
    ensemble = Ensemble(
        forest=forest, xgboost=xgb, lightgbm=lgbm, linear=linear, totals=totals, head=head, flags=FLAGS
    )
    return ensemble, X
