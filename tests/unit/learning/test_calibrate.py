"""Live calibration on made-up seasons whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.calibration import temperature
from sabiscore.learning.calibrate import BLOCK, Learner, learn

SEASON = 1_750


def season(seed: int, n: int = SEASON):
    """(p [n, 3], y [n]): chances about as wide as those of football, and what they gave."""
    rng = np.random.default_rng(seed)
    strength = rng.normal(0.25, 0.75, n)
    z = np.stack([strength, np.full(n, -0.15), -strength], axis=1)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    y = (p.cumsum(axis=1) < rng.random((n, 1))).sum(axis=1)
    return p, y


def distorted(p, t: float):
    return np.array([temperature(t).apply(row) for row in p])


def losses(p, y):
    return -np.log(p[np.arange(len(y)), y])


def test_a_model_that_needs_nothing_loses_next_to_nothing() -> None:
    lost = [-learn(*season(seed)).served_nats / SEASON for seed in range(20)]
    assert np.mean(lost) <= 0.0003
    assert max(lost) <= 0.002, "by bad luck, in one season of many"


@pytest.mark.parametrize("t", [1.5, 1 / 1.5])
def test_a_distorted_model_is_repaired_within_three_hundred_matches(t: float) -> None:
    left, hurt = [], []
    for seed in range(20):
        p, y = season(seed, 4_000)
        wrong = distorted(p, t)
        learnt = learn(wrong[:300], y[:300])
        repaired = np.array([learnt.candidate.apply(row) for row in wrong[300:]])
        hurt.append((losses(wrong, y) - losses(p, y))[300:].mean())
        left.append((losses(repaired, y[300:]) - losses(p, y)[300:]).mean() if learnt.adopted else np.nan)
    assert min(hurt) > 0.005
    assert np.isfinite(left).mean() > 0.5, "adopted by then, in most seasons"
    assert np.nanmedian(left) <= 0.003


def test_what_a_match_taught_is_never_what_judges_it() -> None:
    p, y = season(9, 400)
    learnt = learn(p, y)
    assert learnt.judged == learnt.n - BLOCK
    changed = y.copy()
    changed[-1] = (y[-1] + 1) % 3
    rows = slice(375, 400)
    before, after = learn(p[:375], y[:375]), learn(p[:400], changed)
    corrected = np.array([before.candidate.apply(row) for row in p[rows]])
    gained = losses(p[rows], changed[rows]) - losses(corrected, changed[rows])
    assert after.gain_nats == pytest.approx(before.gain_nats + gained.sum(), abs=1e-9)


def test_nothing_settled_teaches_nothing() -> None:
    learnt = learn(np.empty((0, 3)), np.empty(0, np.int64))
    assert (learnt.n, learnt.judged, learnt.gain_nats) == (0, 0, 0.0)
    assert learnt.calibration.is_identity
    assert learnt.candidate.is_identity


@settings(max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(0, 130), st.floats(0, 1))
def test_any_matches_however_sure_give_probabilities(seed: int, n: int, sureness: float) -> None:
    rng = np.random.default_rng(seed)
    p = rng.dirichlet([1.0, 1.0, 1.0], n)
    p[: int(n * sureness)] = [1.0, 0.0, 0.0]
    learnt = learn(p, rng.integers(0, 3, n))
    for calibration in (learnt.calibration, learnt.candidate):
        corrected = calibration.apply((0.9, 0.06, 0.04))
        assert sum(corrected) == pytest.approx(1.0)
        assert min(corrected) > 0
    assert learnt.adopted == (learnt.gain_nats > np.log(3))


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=4))
@settings(max_examples=30)
def test_a_learner_that_goes_on_learns_what_one_that_begins_anew_does(steps: list[tuple[int, int]]) -> None:
    p, y = season(4, 400)
    wrong, learner = distorted(p, 1.5), Learner()
    for n, altered in steps:
        corrected = y[:n].copy()
        corrected[altered:] = (corrected[altered:] + 1) % 3  # a result that came late moves all after it
        assert learner.learn(wrong[:n], corrected) == learn(wrong[:n], corrected)


@given(st.integers(0, 2_200), st.integers(0, 2_200), st.integers(0, 2_200))
@settings(max_examples=15, deadline=None)
def test_a_learner_goes_on_from_the_fits_that_another_kept(first: int, more: int, altered: int) -> None:
    p, y = season(6, 2_200)
    wrong, before = distorted(p, 1.5), Learner()
    before.learn(wrong[:first], y[:first])
    late = y.copy()
    late[altered:] = (late[altered:] + 1) % 3
    assert Learner(before.fits).learn(wrong[:more], late[:more]) == learn(wrong[:more], late[:more])


def test_fits_of_other_matches_are_not_gone_on_with() -> None:
    (p, y), (other, results) = season(6, 400), season(7, 400)
    before = Learner()
    before.learn(other, results)
    assert Learner(before.fits).learn(p, y) == learn(p, y)


def test_few_fits_are_kept_of_many_blocks() -> None:
    p, y = season(6, 5_000)
    learner = Learner()
    learner.learn(p, y)
    assert [fit.blocks for fit in learner.fits] == [50, 100, 150, *range(161, 201)]
