"""Drift: a model is taken back when it is worse than promised beyond chance, and not before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from sabiscore.learning.drift import ACCURACY_DROP, LEAST, SURE, WINDOW, Promise, drift, population, shift
from sabiscore.learning.settled import Settled
from sabiscore.learning.trial import compare, in_trial

START = datetime(2025, 8, 16, 14, tzinfo=UTC)


def season(hits: int, n: int, *, bundle="1.0.0", p=(0.5, 0.3, 0.2), early=None) -> list[Settled]:
    """n settled predictions of which the favourite won ``hits``, spread evenly."""
    won = np.zeros(n, bool)
    won[np.linspace(0, n - 1, hits).astype(int)] = True
    return [
        Settled(
            f"m-{i}", "epl", bundle, START + timedelta(hours=i), START, START + timedelta(hours=i + 2),
            p, p, 0 if won[i] else 1, early,
        )
        for i in range(n)
    ]  # fmt: skip


def test_before_anything_is_settled_nothing_fails() -> None:
    found = drift([], Promise(0.54, 0.002))
    assert (found.n, found.failing, found.accuracy) == (0, False, None)


@pytest.mark.parametrize(
    ("accuracy", "failing"), [(0.54, False), (0.525, False), (0.48, False), (0.45, True), (0.30, True)]
)
def test_only_a_drop_beyond_two_points_and_beyond_chance_fails(accuracy: float, failing: bool) -> None:
    found = drift(season(round(accuracy * WINDOW), WINDOW), Promise(0.54, None))
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
    ends = np.arange(LEAST, n + 1)
    begins = np.maximum(0, ends - WINDOW)
    found = (hits[:, ends] - hits[:, begins]) / (ends - begins)
    z = (promised - found) / np.sqrt(promised * (1 - promised) / (ends - begins))
    return float(((z > SURE) & (promised - found > ACCURACY_DROP)).any(axis=1).mean())


def test_only_the_newest_matches_are_looked_at() -> None:
    bad_then_good = season(0, WINDOW) + [
        Settled(
            f"n-{i}", "epl", "1.0.0", START + timedelta(days=99, hours=i), START, START, (0.5, 0.3, 0.2),
            (0.5, 0.3, 0.2), 0,
        )
        for i in range(WINDOW)
    ]  # fmt: skip
    found = drift(bad_then_good, Promise(0.54, None))
    assert (found.n, found.accuracy) == (WINDOW, 1.0)


def test_the_market_is_compared_on_the_same_matches() -> None:
    found = drift(season(200, WINDOW, early=(0.45, 0.33, 0.22)), Promise(0.54, 0.0))
    ours = -(200 * np.log(0.5) + 180 * np.log(0.3)) / WINDOW
    market = -(200 * np.log(0.45) + 180 * np.log(0.33)) / WINDOW
    assert found.against_market == pytest.approx(ours - market)
    assert found.market_z is not None


def test_the_same_population_has_not_shifted_and_another_has() -> None:
    rng = np.random.default_rng(4)
    then = rng.normal(size=(5_000, 3)).astype(np.float32)
    then[::7, 2] = np.nan
    now = rng.normal(size=(2_000, 3)).astype(np.float32)
    now[::7, 2] = np.nan
    known = population(then)
    assert shift(known, now).max() < 0.02
    moved = now.copy()
    moved[:, 0] += 1.0
    moved[:, 2] = np.nan
    found = shift(known, moved)
    assert found[0] > 0.25
    assert found[1] < 0.02
    assert found[2] > 0.25, "a feature that went missing has shifted"


def test_a_trial_draws_the_same_matches_everywhere_and_others_for_another_challenger() -> None:
    ids = [f"epl-2526-a-{n}" for n in range(400)]
    first = {i for i in ids if in_trial(i, "1.1.0", 0.25)}
    assert first == {i for i in ids if in_trial(i, "1.1.0", 0.25)}
    assert first != {i for i in ids if in_trial(i, "1.2.0", 0.25)}
    assert 60 <= len(first) <= 140
    assert first <= {i for i in ids if in_trial(i, "1.1.0", 0.5)}, "a larger share only adds"
    assert not any(in_trial(i, "1.1.0", 0.0) for i in ids)
    assert all(in_trial(i, "1.1.0", 1.0) for i in ids)


def test_a_trial_is_judged_on_matches_that_both_foretold() -> None:
    production = season(180, 300)
    better = season(180, 200, p=(0.6, 0.25, 0.15), bundle="1.1.0")[:150]
    verdict = compare(production, better)
    assert verdict.n == 150
    assert compare(production, []).difference is None
    same = compare(production, season(180, 300, bundle="1.1.0"))
    assert (same.difference, same.better) == (0.0, False)
