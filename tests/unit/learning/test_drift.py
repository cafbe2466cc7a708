"""Drift: a model is taken back when it is worse than promised beyond chance, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sabiscore.learning.drift import ACCURACY_DROP, DRIFT_WINDOW, LEAST_SETTLED, SURE, Promise, drift
from sabiscore.learning.settled import Settled

START = datetime(2025, 8, 16, 14, tzinfo=UTC)


def season(hits: int, n: int, *, bundle="1.0.0", p=(0.5, 0.3, 0.2), early=None) -> list[Settled]:
    """n settled predictions of which the favourite won ``hits``, spread evenly."""
    won = np.zeros(n, bool)
    won[np.linspace(0, n - 1, hits).astype(int)] = True
    return [
        Settled(
            match_id=f"m-{i}",
            league="epl",
            bundle=bundle,
            kickoff_at=START + timedelta(hours=i),
            sealed_at=START,
            settled_at=START + timedelta(hours=i + 2),
            p=p,
            raw=p,
            outcome=0 if won[i] else 1,
            early=early,
        )
        for i in range(n)
    ]


def test_before_anything_is_settled_nothing_fails() -> None:
    found = drift([], Promise(0.54, 0.002))
    assert (found.n, found.failing, found.accuracy) == (0, False, None)


@pytest.mark.parametrize(
    ("accuracy", "failing"), [(0.54, False), (0.525, False), (0.48, False), (0.45, True), (0.30, True)]
)
def test_only_a_drop_beyond_two_points_and_beyond_chance_fails(accuracy: float, failing: bool) -> None:
    found = drift(season(round(accuracy * DRIFT_WINDOW), DRIFT_WINDOW), Promise(0.54, None))
    assert found.failing is failing
    assert ("fell" in found.because) is failing


@pytest.mark.parametrize("n", [4, 10, 99])
def test_a_few_unlucky_matches_are_not_drift(n: int) -> None:
    assert not drift(season(0, n), Promise(0.54, None)).failing


def test_looking_after_every_match_takes_a_sound_model_back_in_one_season_of_twenty_and_a_bad_one_soon() -> (
    None
):
    assert share_taken_back(0.53) <= 0.07
    assert share_taken_back(0.47) >= 0.9


def share_taken_back(accuracy: float, promised: float = 0.53, seasons: int = 600, n: int = 1_750) -> float:
    """The share of ``seasons`` in which the rule of ``drift`` is met after any match."""
    rng = np.random.default_rng(6)
    hits = np.cumsum(np.pad(rng.random((seasons, n)) < accuracy, ((0, 0), (1, 0))), axis=1)
    ends = np.arange(LEAST_SETTLED, n + 1)
    begins = np.maximum(0, ends - DRIFT_WINDOW)
    found = (hits[:, ends] - hits[:, begins]) / (ends - begins)
    z = (promised - found) / np.sqrt(promised * (1 - promised) / (ends - begins))
    return float(((z > SURE) & (promised - found > ACCURACY_DROP)).any(axis=1).mean())


def test_only_the_newest_matches_are_looked_at() -> None:
    bad_then_good = season(0, DRIFT_WINDOW) + [
        Settled(
            match_id=f"n-{i}",
            league="epl",
            bundle="1.0.0",
            kickoff_at=START + timedelta(days=99, hours=i),
            sealed_at=START,
            settled_at=START,
            p=(0.5, 0.3, 0.2),
            raw=(0.5, 0.3, 0.2),
            outcome=0,
        )
        for i in range(DRIFT_WINDOW)
    ]
    found = drift(bad_then_good, Promise(0.54, None))
    assert (found.n, found.accuracy) == (DRIFT_WINDOW, 1.0)


def test_the_market_is_compared_on_the_same_matches() -> None:
    found = drift(season(200, DRIFT_WINDOW, early=(0.45, 0.33, 0.22)), Promise(0.54, 0.0))
    ours = -(200 * np.log(0.5) + 180 * np.log(0.3)) / DRIFT_WINDOW
    market = -(200 * np.log(0.45) + 180 * np.log(0.33)) / DRIFT_WINDOW
    assert found.against_market == pytest.approx(ours - market)
    assert found.market_z is not None


def test_the_log_loss_is_compared_with_the_bundles_own_evaluation() -> None:
    ours = -(200 * np.log(0.5) + 180 * np.log(0.3)) / DRIFT_WINDOW
    found = drift(season(200, DRIFT_WINDOW), Promise(0.54, None, ours - 0.01))
    assert found.log_loss == pytest.approx(ours)
    assert found.log_loss_z is not None
    assert found.log_loss_z > 0
    assert drift(season(200, DRIFT_WINDOW), Promise(0.54, None)).log_loss_z is None
