"""Results that live sources tell of are learnt from until a season file has them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sabiscore.domain.match import BOOKS
from sabiscore.history import columns_of
from sabiscore.pipeline.unfiled_results import LATE, first_prices, unfiled_results
from sabiscore.sources.football_data import FootballData
from sabiscore.store.database import SeasonFile, Store
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.rows import ids
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.support.season_files import csv, row
from tests.support.served import KICKOFF, MATCHES

MATCH = MATCHES[0]
NOW = KICKOFF + timedelta(days=1)
HOUR = timedelta(hours=1)


def snapshot(odds, quoted_at, book="b365") -> Snapshot:
    return Snapshot(
        match_id=MATCH.id, market="1x2", book=book, odds=odds, quoted_at=quoted_at, source="made up",
        fetched_at=quoted_at,
    )  # fmt: skip


@pytest.fixture
def found(database, tmp_path):
    store, observations, snapshots = Store(database, tmp_path), Observations(database), Snapshots(database)

    def observe_and_read(*, status="finished", goals=(2, 1), seen=(), now=NOW, filed=None):
        day = KICKOFF.date()
        observations.add(
            [
                Observation(
                    league="epl", season="2526", day=day, home="arsenal", away="chelsea", status=status,
                    source="espn.com", known_at=KICKOFF + 2 * HOUR, kickoff_at=KICKOFF, goals=goals,
                )
            ]
        )  # fmt: skip
        snapshots.add(seen)
        if filed is not None:
            content = FootballData().parse("E0_2526.csv", filed)
            record = SeasonFile(
                division="E0",
                season="2526",
                sha256="0" * 64,
                parser=1,
                rows=content.rows,
                matches=len(content.matches),
            )
            store.replace_season(record, columns_of(content.matches), content.names)
        return unfiled_results(now, store=store, observations=observations, snapshots=snapshots)

    return observe_and_read


def test_an_observed_result_is_history_with_its_first_prices_and_its_last(found):
    (history,) = found(
        seen=[
            snapshot((2.0, 3.5, 4.0), KICKOFF - 30 * HOUR),
            snapshot((2.2, 3.4, 3.6), KICKOFF - 10 * HOUR),
            snapshot((1.9, 3.6, 4.2), KICKOFF - timedelta(minutes=5)),
        ]
    )
    assert list(ids(history)) == [MATCH.id]
    assert history.goals.tolist() == [[2, 1]]
    early, close = (history.odds[0, phase, BOOKS.index("b365")] for phase in (0, 1))
    assert early.tolist() == pytest.approx((2.0, 3.5, 4.0))
    assert close.tolist() == pytest.approx((1.9, 3.6, 4.2))


@pytest.mark.parametrize(("status", "goals"), [("in_play", (1, 0)), ("scheduled", None), ("postponed", None)])
def test_a_match_that_is_not_over_is_no_history(found, status, goals):
    assert found(status=status, goals=goals) == []


def test_a_result_that_its_season_file_has_is_left_to_the_file(found):
    filed = csv([row(HomeTeam="Arsenal", AwayTeam="Chelsea", Date="16/08/2025")])
    assert found(filed=filed) == []


def test_a_result_that_files_lack_after_two_months_is_no_longer_looked_for(found):
    assert found(now=KICKOFF + LATE + timedelta(days=1)) == []


def test_first_prices_are_those_quoted_together_with_the_very_first():
    first, soon, late = (
        snapshot((2.0, 3.5, 4.0), KICKOFF - 30 * HOUR),
        snapshot((2.1, 3.4, 3.9), KICKOFF - 28 * HOUR, "ps"),
        snapshot((2.2, 3.4, 3.7), KICKOFF - 20 * HOUR, "wh"),
    )
    assert first_prices([late, soon, first]) == [soon, first]
    assert first_prices([]) == []
