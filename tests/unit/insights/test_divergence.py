"""How uncertain probabilities are: by the league's held-out matches, by all, or by a cautious guess."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sabiscore.domain.kelly import stake_fractions
from sabiscore.domain.uncertainty import ASSUMED_DIVERGENCE, TYPICAL_WAIT_H
from sabiscore.insights.compose import bets_on
from sabiscore.insights.divergence import ASSUMED, Divergence, divergence
from sabiscore.insights.forecast import Forecast
from tests.support.served import KICKOFF, match

HOUR = timedelta(hours=1)
FORECAST = Forecast((0.53, 0.25, 0.22), 0.53, "with_odds")


def metrics(**by_slice: object) -> dict[str, object]:
    """The evaluation of a bundle that reports these divergences with odds, by slice."""
    return {"scores": {name: {"with_odds": {"divergence": found}} for name, found in by_slice.items()}}


EPL = {"n": 1100, "difference": 0.0021}
ALL = {"n": 19000, "difference": 0.0025}


@pytest.mark.parametrize(
    ("reported", "expected"),
    [
        (metrics(epl=EPL, all=ALL), Divergence(0.0021, 1100, "league")),
        (metrics(all=ALL), Divergence(0.0025, 19000, "all")),
        (metrics(epl=None, all=ALL), Divergence(0.0025, 19000, "all")),
        (metrics(epl={"n": 1100, "difference": "x"}, all=ALL), Divergence(0.0025, 19000, "all")),
        (metrics(epl={"n": 1100, "difference": 0.0}), ASSUMED),
        (metrics(epl={"difference": 0.0021}), ASSUMED),
        ({"scores": {"epl": {"no_odds": {"divergence": EPL}}}}, ASSUMED),
        ({"scores": None}, ASSUMED),
        ({}, ASSUMED),
    ],
)
def test_the_league_comes_before_all_and_all_before_the_guess(reported, expected):
    assert divergence("with_odds", "epl", reported) == expected


def test_the_guess_is_more_cautious_than_what_any_league_showed():
    assert ASSUMED_DIVERGENCE > 0.0044


def bets(reported, hours=TYPICAL_WAIT_H, **odds):
    """The bets on a match whose prices are of ``hours`` before kick-off."""
    prices = {("1x2", book, "pre"): quoted for book, quoted in odds.items()}
    offered = match("arsenal", "chelsea", prices=prices, priced_at=KICKOFF - hours * HOUR)
    return bets_on(offered, FORECAST, KICKOFF - HOUR, "football-data.co.uk", metrics=reported)


def test_a_stake_shrinks_with_the_divergence_of_its_league_and_says_so():
    (sure,) = bets(metrics(epl={"n": 1100, "difference": 0.0005}), b365=(2.0, 3.6, 3.9))
    (unsure,) = bets(metrics(epl=EPL), b365=(2.0, 3.6, 3.9))
    (unknown,) = bets({}, b365=(2.0, 3.6, 3.9))
    assert sure.stake_fraction > unsure.stake_fraction > unknown.stake_fraction > 0
    assert unsure.stake_shrinkage == pytest.approx(0.06**2 / (0.06**2 + 4 * 0.0021 * 0.53 * 0.47))
    assert unsure.stake_fraction == pytest.approx(0.06 / 8 * unsure.stake_shrinkage)
    assert (unsure.divergence, unsure.divergence_of) == (0.0021, "league")
    assert (unknown.divergence, unknown.divergence_of) == (ASSUMED_DIVERGENCE, "assumed")


def test_a_stake_is_the_smaller_the_longer_before_kick_off_its_price_is_of():
    early, late = (bets(metrics(epl=EPL), hours, b365=(2.0, 3.6, 3.9))[0] for hours in (48, 24))
    assert early.divergence == pytest.approx(2**0.25 * late.divergence)
    assert early.stake_fraction < late.stake_fraction


def test_without_odds_the_hours_to_kick_off_say_nothing():
    reported = {"scores": {"epl": {"past_odds": {"divergence": EPL}}}}
    assert divergence("past_odds", "epl", reported, 120.0).nats == 0.0021


def test_bets_on_one_match_shrink_together():
    two = bets(metrics(epl=EPL), b365=(2.0, 3.6, 3.9), ps=(1.9, 3.6, 4.9))
    assert {bet.outcome for bet in two} == {"home", "away"}
    assert len({bet.stake_shrinkage for bet in two}) == 1
    by_outcome = {bet.outcome: bet.stake_fraction for bet in two}
    expected = stake_fractions((0.53, 0.22), (2.0, 4.9), divergence=0.0021)
    assert (by_outcome["home"], by_outcome["away"]) == pytest.approx(expected)


def test_an_edge_that_is_probably_an_error_is_flagged():
    assert [bet.suspect for bet in bets({}, b365=(2.15, 3.6, 3.9))] == [False]
    assert [bet.suspect for bet in bets({}, b365=(2.2, 3.4, 3.5))] == [True]
