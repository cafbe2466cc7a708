"""The record is a pure function of what was settled, and says what a pencil would."""

from __future__ import annotations

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.learning.settled import Settled, SettledBet
from sabiscore.learning.track_record import track_record

KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)


def settled(number: int, p, outcome: int, *, league="epl", bundle="1.0.0", early=None, close=None) -> Settled:
    kickoff = KICKOFF + timedelta(days=number // 3, hours=number % 3)
    return Settled(
        match_id=f"{league}-2526-a-{number}",
        league=league,
        bundle=bundle,
        kickoff_at=kickoff,
        sealed_at=kickoff - timedelta(hours=1),
        settled_at=kickoff + timedelta(hours=2),
        p=p,
        raw=p,
        outcome=outcome,
        early=early,
        close=close,
    )


def bet(number: int, odds: float, won: bool, close: float | None = None) -> SettledBet:
    opened = KICKOFF + timedelta(days=number // 3)
    return SettledBet(
        match_id=f"epl-2526-a-{number}",
        league="epl",
        bundle="1.0.0",
        opened_at=opened,
        outcome="home",
        odds=odds,
        stake_fraction=0.01,
        won=won,
        close=close,
    )


def test_before_the_first_result_nothing_is_claimed() -> None:
    empty = track_record([], [], sealed=4, head="ab")
    assert empty.all.predictions is None
    assert empty.all.bets is None
    assert (empty.by_league, empty.by_version, empty.calibration, empty.timeline) == ({}, {}, (), ())
    assert (empty.as_of, empty.sealed, empty.ledger_head) == (None, 4, "ab")


def test_scores_are_those_of_a_pencil() -> None:
    record = [
        settled(0, (0.5, 0.3, 0.2), 0, early=(0.4, 0.3, 0.3), close=(0.6, 0.2, 0.2)),
        settled(1, (0.2, 0.2, 0.6), 0),
    ]
    scores = track_record(record, []).all.predictions
    assert scores is not None
    assert scores.n == 2
    assert scores.log_loss == pytest.approx(-(math.log(0.5) + math.log(0.2)) / 2)
    assert scores.accuracy == 0.5
    early, close = scores.against_early_odds, scores.against_closing_odds
    assert early is not None
    assert close is not None
    assert (early.n, close.n) == (1, 1), "compared where both are known"
    assert early.difference == pytest.approx(math.log(0.4) - math.log(0.5))
    assert close.difference == pytest.approx(math.log(0.6) - math.log(0.5))


def test_losses_are_in_the_record_like_wins() -> None:
    bets = track_record([], [bet(0, 3.0, True, 0.4), bet(1, 2.0, False, 0.45), bet(2, 2.0, False)]).all.bets
    assert bets is not None
    assert (bets.n, bets.won, bets.closing_line_n) == (3, 1, 2)
    assert bets.profit_units == pytest.approx(0.0)
    assert bets.roi_low <= bets.roi <= bets.roi_high
    assert bets.closing_line_value == pytest.approx((0.2 - 0.1) / 2)
    assert bets.kelly_growth == pytest.approx(1.02 * 0.99 * 0.99 - 1)


def test_it_is_cut_by_league_and_by_version() -> None:
    record = [
        settled(0, (0.5, 0.3, 0.2), 0),
        settled(1, (0.5, 0.3, 0.2), 1, league="laliga", bundle="1.1.0"),
        settled(2, (0.5, 0.3, 0.2), 2, bundle="1.1.0"),
    ]
    made = track_record(record, [bet(0, 2.0, True)])
    assert {key: part.predictions and part.predictions.n for key, part in made.by_league.items()} == {
        "epl": 2,
        "laliga": 1,
    }
    assert {key: part.predictions and part.predictions.n for key, part in made.by_version.items()} == {
        "1.0.0": 1,
        "1.1.0": 2,
    }
    assert made.by_league["laliga"].bets is None


def test_the_last_month_is_that_of_the_newest_match_and_of_the_bets_on_its_matches() -> None:
    record = [settled(n, (0.5, 0.3, 0.2), n % 3) for n in range(3 * 60)]
    bets = [bet(n, 2.0, True) for n in (0, 3 * 29, 3 * 31, 3 * 59)]
    month = track_record(record, bets).last_month
    assert month.predictions is not None
    assert month.bets is not None
    assert (month.predictions.n, month.bets.n) == (3 * 30, 2)
    assert track_record([], []).last_month == track_record([], []).all


def test_the_order_in_which_results_came_in_changes_nothing() -> None:
    chance = random.Random(1)
    record = [settled(n, (0.5, 0.3, 0.2), chance.randrange(3), close=(0.4, 0.3, 0.3)) for n in range(60)]
    bets = [bet(n, 2.0 + n / 10, n % 2 == 0, 0.4) for n in range(20)]
    first = track_record(record, bets)
    for _ in range(3):
        chance.shuffle(record)
        chance.shuffle(bets)
        assert track_record(record, bets) == first


def test_the_timeline_runs_by_day_and_ends_at_the_whole() -> None:
    record = [settled(n, (0.5, 0.3, 0.2), n % 3, close=(0.4, 0.3, 0.3)) for n in range(10)]
    made = track_record(record, [bet(0, 3.0, True), bet(9, 3.0, False)])
    assert [(point.day, point.n) for point in made.timeline] == [
        ("2025-08-16", 3),
        ("2025-08-17", 6),
        ("2025-08-18", 9),
        ("2025-08-19", 10),
    ]
    assert [point.profit_units for point in made.timeline] == [2.0, 2.0, 2.0, 1.0]
    assert made.all.predictions is not None
    assert made.timeline[-1].log_loss == pytest.approx(made.all.predictions.log_loss)


def test_calibration_bins_hold_every_probability_sealed() -> None:
    record = [settled(n, (0.55, 0.3, 0.15), 0 if n % 2 else 1) for n in range(40)]
    bins = track_record(record, []).calibration
    assert sum(bin_.n for bin_ in bins) == 3 * 40
    assert all(bin_.least <= bin_.mean <= bin_.most for bin_ in bins)
    assert all(bin_.low <= bin_.happened <= bin_.high for bin_ in bins)
    (home_bin,) = (bin_ for bin_ in bins if bin_.least == 0.5)
    assert (home_bin.mean, home_bin.happened) == (pytest.approx(0.55), 0.5)
