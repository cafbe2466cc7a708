"""Sealed predictions and bets are settled by results that were played, once, with the closing prices."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.ledger.entry import Seal
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.pipeline.settling import closing_probabilities, settle
from sabiscore.store.bets import Bet, BetStore
from sabiscore.store.database import Store
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.support.served import KICKOFF, NOW, match

MATCH = match("arsenal", "chelsea")
THIRDS = (0.5, 0.3, 0.2)
LATER = KICKOFF + timedelta(hours=3)
CLOSE = (1.9, 3.6, 4.2)


class Settling:
    """The stores that settling reads and writes, with a sealed prediction and a bet on MATCH."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.ledger, self.bets = Ledger(database), BetStore(database)
        self.observations, self.snapshots = Observations(database), Snapshots(database)
        self.store = Store(database, folder)
        self.ledger.seal([seal()], NOW)
        self.bets.open([bet()])

    def observe(self, status="finished", goals=(2, 1), known_at=LATER) -> None:
        self.observations.add(
            [
                Observation(
                    league="epl", season="2526", day=MATCH.day, home="arsenal", away="chelsea", status=status,
                    source="espn.com", known_at=known_at, kickoff_at=KICKOFF, goals=goals,
                )
            ]
        )  # fmt: skip

    def quote(self, odds, quoted_at, market="1x2") -> None:
        self.snapshots.add(
            [
                Snapshot(
                    match_id=MATCH.id, market=market, book="b365", odds=odds, quoted_at=quoted_at,
                    source="the-odds-api.com", fetched_at=quoted_at,
                )
            ]
        )  # fmt: skip

    def settle(self, now=LATER) -> tuple[int, int]:
        return settle(
            now, ledger=self.ledger, bets=self.bets, store=self.store, observations=self.observations,
            snapshots=self.snapshots,
        )  # fmt: skip

    @property
    def last(self) -> dict:
        return list(self.ledger.entries())[-1].content


def seal() -> Seal:
    return Seal(
        match_id=MATCH.id, league="epl", kickoff_at=KICKOFF, stage="day", bundle="1.0.0", p=THIRDS,
        raw=THIRDS, calibration=(), features="0" * 64, early=None, odds={}, priced_at=None, source="made up",
    )  # fmt: skip


def bet(outcome="home") -> Bet:
    return Bet(
        match_id=MATCH.id, outcome=outcome, bundle="1.0.0", league="epl", kickoff_at=KICKOFF, opened_at=NOW,
        book="b365", odds=2.2, probability=0.5, quality="VALUE", stake_fraction=0.01, seen_odds=2.2,
    )  # fmt: skip


@pytest.fixture
def settling(database: Database, tmp_path: Path) -> Settling:
    return Settling(database, tmp_path / "archive")


def test_a_played_match_settles_its_prediction_and_its_bet_once(settling):
    settling.observe()
    assert settling.settle() == (1, 1)
    assert settling.settle() == (0, 0)
    assert (settling.last["goals"], settling.last["outcome"], settling.last["source"]) == (
        [2, 1],
        0,
        "espn.com",
    )
    (settled,) = settling.bets.settled()
    assert (settled.won, settled.close, settled.settled_at) == (True, None, LATER)


@pytest.mark.parametrize(
    ("goals", "outcome", "won"), [((1, 0), 0, True), ((1, 1), 1, False), ((0, 2), 2, False)]
)
def test_the_outcome_is_of_home_draw_and_away(settling, goals, outcome, won):
    settling.observe(goals=goals)
    settling.settle()
    assert settling.last["outcome"] == outcome
    assert settling.bets.settled()[0].won is won


def test_the_last_price_before_kick_off_is_the_close(settling):
    settling.quote((2.5, 3.4, 2.9), KICKOFF - timedelta(hours=5))
    settling.quote(CLOSE, KICKOFF - timedelta(minutes=2))
    settling.quote((9.0, 9.0, 1.1), KICKOFF + timedelta(minutes=30))
    settling.observe()
    settling.settle()
    fair = market_probabilities({"b365": CLOSE})
    assert settling.last["close"] == pytest.approx(fair, abs=1e-9)
    assert settling.bets.settled()[0].close == pytest.approx(fair[0])


@pytest.mark.parametrize(
    ("status", "goals"), [("awarded", (3, 0)), ("in_play", (1, 0)), ("scheduled", None), ("postponed", None)]
)
def test_what_was_not_played_to_its_end_settles_nothing(settling, status, goals):
    settling.observe(status, goals)
    assert settling.settle() == (0, 0)


def test_a_result_is_not_used_before_it_was_known(settling):
    settling.observe(known_at=LATER + timedelta(hours=1))
    assert settling.settle(LATER) == (0, 0)
    assert settling.settle(LATER + timedelta(hours=1)) == (1, 1)


def test_with_nothing_open_there_is_nothing_to_settle(database, tmp_path):
    stores = Settling(database, tmp_path)
    stores.observe()
    stores.settle()
    assert stores.settle(LATER + timedelta(days=1)) == (0, 0)


def test_a_match_without_a_kick_off_has_no_closing_probabilities(settling):
    settling.quote(CLOSE, KICKOFF - timedelta(minutes=2))
    assert closing_probabilities(settling.snapshots, [match("arsenal", "chelsea", kickoff_at=None)]) == {}
    assert set(closing_probabilities(settling.snapshots, [MATCH])) == {MATCH.id}
    settling.quote((1.9, 1.9), KICKOFF - timedelta(minutes=1), market="ou25")
    assert closing_probabilities(settling.snapshots, [MATCH])[MATCH.id] == pytest.approx(
        market_probabilities({"b365": CLOSE})
    )
