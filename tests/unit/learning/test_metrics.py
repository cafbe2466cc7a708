from __future__ import annotations

import math

import numpy as np
import pytest

from sabiscore.learning import metrics

P = np.array([[0.5, 0.3, 0.2], [0.2, 0.2, 0.6]])
Y = np.array([0, 1])


def test_log_losses_are_of_what_happened() -> None:
    assert metrics.log_losses(P, Y).tolist() == pytest.approx([-math.log(0.5), -math.log(0.2)])


def test_brier_is_summed_over_three_classes() -> None:
    assert metrics.brier(P, Y) == pytest.approx((0.25 + 0.09 + 0.04 + 0.04 + 0.64 + 0.36) / 2)


def test_rps_knows_that_a_draw_is_nearer_than_a_defeat() -> None:
    sure_of_home = np.array([[1.0, 0.0, 0.0]])
    scores = [metrics.ranked_probability_score(sure_of_home, np.array([y])) for y in (0, 1, 2)]
    assert scores == pytest.approx([0.0, 0.5, 1.0])


def test_accuracy_counts_favourites_that_won() -> None:
    assert metrics.accuracy(P, Y) == 0.5


def test_a_forecaster_that_draws_from_its_own_chances_is_calibrated() -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet([3, 2, 3], 20_000)
    y = (p.cumsum(axis=1) < rng.random((len(p), 1))).sum(axis=1)
    assert metrics.calibration_error(p, y) < 0.01
    assert metrics.calibration_error(p**3 / (p**3).sum(axis=1, keepdims=True), y) > 0.05


def test_the_interval_holds_the_mean_and_is_the_same_every_time() -> None:
    differences = np.random.default_rng(1).normal(0.1, 1.0, 2_000)
    low, high = metrics.interval(differences, seed=5)
    assert low < differences.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(2_000), rel=0.15)
    assert (low, high) == metrics.interval(differences, seed=5)


def test_the_interval_of_a_gap_is_as_wide_as_two_means_err() -> None:
    rng = np.random.default_rng(2)
    ours, theirs = rng.normal(0.3, 1.0, 400), rng.normal(0.1, 2.0, 1_600)
    low, high = metrics.gap_interval(ours, theirs, seed=5)
    assert low < ours.mean() - theirs.mean() < high
    assert high - low == pytest.approx(2 * 1.96 * math.sqrt(1.0 / 400 + 4.0 / 1_600), rel=0.15)
    back = metrics.gap_interval(theirs, ours, seed=5)
    assert back[0] < 0.1 - 0.3 < back[1]


def test_there_is_no_gap_to_nothing() -> None:
    assert np.isnan(metrics.gap_interval(np.ones(3), np.empty(0), seed=5)).all()


def test_divergence_is_the_expected_gap_of_log_loss() -> None:
    truth, p = np.array([[0.5, 0.3, 0.2]]), np.array([[0.4, 0.4, 0.2]])
    gaps = [metrics.log_losses(p, np.array([k])) - metrics.log_losses(truth, np.array([k])) for k in range(3)]
    assert metrics.divergences(truth, p)[0] == pytest.approx(float(truth[0] @ np.concatenate(gaps)))


def test_the_slope_finds_how_much_too_sure_a_forecast_is() -> None:
    rng = np.random.default_rng(5)
    truth = rng.dirichlet((5.0, 3.0, 4.0), 20_000)
    y = (truth.cumsum(axis=1) < rng.random((20_000, 1))).sum(axis=1)
    sharp = truth**2 / (truth**2).sum(axis=1, keepdims=True)
    found = metrics.calibration_slope(sharp, y)
    assert found is not None
    slope, error = found
    assert abs(slope - 0.5) < 4 * error < 0.1


def test_no_slope_is_reported_where_no_power_fits_best() -> None:
    assert metrics.calibration_slope(np.array([[0.5, 0.3, 0.2]]), np.array([0])) is None
    assert metrics.calibration_slope(np.full((4, 3), 1 / 3), np.array([0, 1, 2, 0])) is None


def test_bias_is_how_much_likelier_than_it_was_an_outcome_was_said_to_be() -> None:
    p = np.array([[0.5, 0.3, 0.2]] * 4)
    assert metrics.bias(p, np.array([0, 0, 1, 2])) == pytest.approx((0.0, 0.05, -0.05))
