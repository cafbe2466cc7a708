"""Predictions are sealed when they are due, as readers are told them, and never from kick-off on."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import IDENTITY, temperature
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.ledger.chain import verify
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.pipeline.sealing import Sealer, due, odds_of
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from tests.support.served import KICKOFF, MATCHES, FakeModel, FakeVectors, match, put

MINUTE = timedelta(minutes=1)
A_DAY_BEFORE, AN_HOUR_BEFORE = KICKOFF - timedelta(hours=20), KICKOFF - 30 * MINUTE
PRICED = match("arsenal", "chelsea")
DUE = {"epl-2526-arsenal-chelsea", "laliga-2526-barcelona-real-madrid", "serie-a-2526-inter-milan"}
"""Of MATCHES, served and kicked off at KICKOFF."""


def scored(folder: Path, matches=MATCHES, calibration=IDENTITY, model=None) -> ScoredPublication:
    vectors = FakeVectors()
    return ScoredPublication(
        put(folder, matches), model or FakeModel(), open_states=lambda _: vectors, calibration=calibration
    )


@pytest.fixture
def sealer(database: Database, tmp_path: Path) -> Sealer:
    clock = FixedClock(A_DAY_BEFORE)
    return Sealer(Ledger(database), FeatureCountStore(database), tmp_path / "models", clock)


def entries(sealer: Sealer) -> list[dict]:
    return [entry.content for entry in sealer.ledger.entries()]


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (KICKOFF - timedelta(hours=25), set()),
        (A_DAY_BEFORE, DUE),
        (AN_HOUR_BEFORE, DUE),
        (KICKOFF, {"epl-2526-liverpool-man-city"}),
    ],
)
def test_served_matches_with_a_kick_off_within_a_day_are_due(tmp_path, now, wanted):
    assert {match_.id for match_ in due(scored(tmp_path), now)} == wanted


def test_each_match_is_sealed_once_a_day_and_once_an_hour_before_kick_off(sealer, tmp_path):
    publication = scored(tmp_path)
    assert [sealer.seal_due(publication) for _ in range(2)] == [3, 0]
    sealer.clock.at = AN_HOUR_BEFORE
    assert [sealer.seal_due(publication) for _ in range(2)] == [3, 0]
    assert sorted((entry["match"], entry["stage"]) for entry in entries(sealer)) == sorted(
        (match_id, stage) for match_id in DUE for stage in ("day", "hour")
    )
    assert verify(sealer.ledger.entries()).sealed == 6


def test_a_seal_holds_what_readers_get_the_graphs_own_output_and_the_prices(sealer, tmp_path):
    publication = scored(tmp_path, [PRICED], temperature(1.2))
    assert sealer.seal_due(publication) == 1
    (entry,) = entries(sealer)
    (reading,) = publication.uncalibrated([PRICED])
    assert entry["p"] == pytest.approx(publication.forecasts()[PRICED.id].p, abs=1e-9)
    assert entry["raw"] == pytest.approx(reading.p, abs=1e-9)
    assert entry["p"] != entry["raw"]
    assert entry["features"] == sha256(reading.x.tobytes()).hexdigest()
    assert entry["market"] == pytest.approx(market_probabilities(odds_of(PRICED)), abs=1e-9)
    assert set(entry["odds"]) == {"b365", "avg", "max"}
    assert len(entry["calibration"]) == 6


def test_a_match_without_prices_is_sealed_without_a_market(sealer, tmp_path):
    assert sealer.seal_due(scored(tmp_path, [match("arsenal", "chelsea", prices={}, lines={})])) == 1
    (entry,) = entries(sealer)
    assert (entry["market"], entry["odds"], entry["priced_at"], entry["calibration"]) == (None, {}, None, [])


def test_a_match_that_kicks_off_while_it_is_forecast_is_not_sealed(sealer, tmp_path):
    class SlowModel(FakeModel):
        """Takes until kick-off."""

        def predict(self, X):
            sealer.clock.at = KICKOFF
            return super().predict(X)

    sealer.clock.at = KICKOFF - MINUTE
    later = match("liverpool", "everton", kickoff_at=KICKOFF + 2 * MINUTE)
    assert sealer.seal_due(scored(tmp_path, [PRICED, later], model=SlowModel())) == 1
    assert [entry["match"] for entry in entries(sealer)] == [later.id]


def test_nothing_due_computes_no_forecast(sealer, tmp_path):
    model = FakeModel()
    sealer.clock.at = KICKOFF - timedelta(days=3)
    assert sealer.seal_due(scored(tmp_path, model=model)) == 0
    assert model.batches == []
