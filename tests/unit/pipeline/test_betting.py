"""Value bets on paper: opened at the price that stood, watched until their edge is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sabiscore.domain.value import PRICE_LIFE
from sabiscore.insights.compose import bets_on
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.pipeline.betting import BetChanges, update_bets
from sabiscore.pipeline.memo import MemoEach
from sabiscore.store.bets import BetStore
from sabiscore.store.session import Database
from tests.support.served import KICKOFF, NOW, FakeModel, FakeVectors, match, put

VECTORS = FakeVectors()
FORECAST_OF = match("arsenal", "chelsea")


@pytest.fixture
def bets(database: Database) -> BetStore:
    return BetStore(database)


def scored(folder, *matches, version="1.2.3") -> ScoredPublication:
    return ScoredPublication(put(folder, matches), FakeModel(version=version), open_states=lambda _: VECTORS)


def updated(publication, bets, now) -> BetChanges:
    return update_bets(publication, bets, now, MemoEach())


def generous(folder, over: float = 1.15):
    """A match of which b365 pays a home win ``over`` its fair odds, and little for the rest."""
    p = scored(folder, FORECAST_OF).forecasts()[FORECAST_OF.id].p
    fair = [1 / each for each in p]
    odds = (round(fair[0] * over, 2), round(fair[1] * 0.85, 2), round(fair[2] * 0.85, 2))
    return replace(FORECAST_OF, prices={("1x2", "b365", "pre"): odds}, priced_at=NOW)


def test_a_value_bet_is_opened_once_at_the_price_that_stood(tmp_path, bets):
    publication = scored(tmp_path / "a", generous(tmp_path / "b"))
    (bet,) = updated(publication, bets, NOW).opened
    (wanted,) = bets_on(
        publication.publication.served[FORECAST_OF.id],
        publication.forecasts()[FORECAST_OF.id],
        NOW,
        "football-data.co.uk",
    )
    assert (bet.outcome, bet.book, bet.odds, bet.seen_odds) == ("home", "b365", wanted.odds, wanted.odds)
    assert (bet.bundle, bet.opened_at, bet.kickoff_at) == ("1.2.3", NOW, KICKOFF)
    assert updated(publication, bets, NOW + timedelta(minutes=5)).opened == ()
    assert bets.unsettled() == [bet]


def test_a_better_price_is_noted_and_the_bet_keeps_its_own(tmp_path, bets):
    (bet,) = updated(scored(tmp_path / "a", generous(tmp_path / "b")), bets, NOW).opened
    better = generous(tmp_path / "c", 1.2)
    assert updated(scored(tmp_path / "d", better), bets, NOW).died == ()
    (seen,) = bets.unsettled()
    assert (seen.odds, seen.seen_odds) == (bet.odds, better.prices["1x2", "b365", "pre"][0])


def test_an_edge_that_is_gone_dies_once_and_is_no_new_bet_when_it_comes_back(tmp_path, bets):
    good = scored(tmp_path / "a", generous(tmp_path / "b"))
    (bet,) = updated(good, bets, NOW).opened
    poor = scored(tmp_path / "c", generous(tmp_path / "d", 0.9))
    assert [died.key for died in updated(poor, bets, NOW).died] == [bet.key]
    assert updated(poor, bets, NOW).died == ()
    assert bets.unsettled()[0].seen_odds is None
    assert updated(good, bets, NOW).opened == ()
    assert bets.unsettled()[0].seen_odds == bet.odds


def test_from_kick_off_on_a_bet_is_left_as_it_is_and_none_is_opened(tmp_path, bets):
    good = scored(tmp_path / "a", generous(tmp_path / "b"))
    assert updated(good, bets, KICKOFF).opened == ()
    (bet,) = updated(good, bets, NOW).opened
    assert updated(scored(tmp_path / "c", generous(tmp_path / "d", 0.9)), bets, KICKOFF).died == ()
    assert bets.unsettled() == [bet]


def test_another_bundle_opens_its_own_bet_and_leaves_the_others(tmp_path, bets):
    generous_match = generous(tmp_path / "a")
    (first,) = updated(scored(tmp_path / "b", generous_match), bets, NOW).opened
    (second,) = updated(scored(tmp_path / "c", generous_match, version="1.3.0"), bets, NOW).opened
    assert (first.bundle, second.bundle) == ("1.2.3", "1.3.0")
    assert len(bets.unsettled()) == 2


def test_a_memo_changes_nothing_whatever_the_age_of_the_prices(tmp_path, bets):
    memo = MemoEach()
    coming = {"kickoff_at": NOW + PRICE_LIFE + timedelta(hours=1)}
    fresh, better = (replace(generous(tmp_path / str(over), over), **coming) for over in (1.15, 1.18))
    good = scored(tmp_path / "c", fresh)
    (bet,) = update_bets(good, bets, NOW, memo).opened
    assert update_bets(good, bets, NOW + timedelta(minutes=5), memo).died == ()
    update_bets(scored(tmp_path / "d", better), bets, NOW, memo)
    assert bets.unsettled()[0].seen_odds > bet.odds, "at a better price"
    late = NOW + PRICE_LIFE + timedelta(minutes=1)
    (died,) = update_bets(scored(tmp_path / "e", better), bets, late, memo).died
    assert died.key == bet.key
