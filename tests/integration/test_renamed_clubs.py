"""What was published and sealed under a club's wrong name follows the club to its right one, and settles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sabiscore.domain.match import Match
from sabiscore.history import columns_of
from sabiscore.ledger.entry import Seal
from sabiscore.pipeline.settling import settle
from sabiscore.store.bets import Bet, BetStore
from sabiscore.store.changes import SeasonChanges
from sabiscore.store.database import SeasonFile, Store
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.snapshots import Snapshot, Snapshots

DAY = date(2026, 8, 15)
KICKOFF = datetime(2026, 8, 15, 19, tzinfo=UTC)
WRONG, RIGHT = "laliga-2627-coruna-depor-elche", "laliga-2627-la-coruna-elche"


@pytest.fixture
def store(database_url: str, tmp_path: Path) -> Iterator[Store]:
    with Store.open(database_url, tmp_path / "archive") as opened:
        yield opened


def put(store: Store, home_club: str, goals: tuple[int, int] | None = None) -> SeasonChanges:
    """Stores a season of two matches, in one of which ``home`` plays."""
    matches = [
        Match(
            league="laliga",
            season="2627",
            day=DAY,
            home=home_club,
            away="elche",
            kickoff_at=KICKOFF,
            goals=goals,
        ),
        Match(
            league="laliga",
            season="2627",
            day=DAY,
            home="betis",
            away="getafe",
            kickoff_at=KICKOFF,
            goals=goals,
        ),
    ]
    names = {club: club.title() for match in matches for club in (match.home, match.away)}
    record = SeasonFile(division="SP1", season="2627", sha256="0" * 64, parser=1, rows=2, matches=2)
    return store.replace_season(record, columns_of(matches), names)


def seal(match_id: str, **changes: Any) -> Seal:
    third = (0.5, 0.3, 0.2)
    seal_ = Seal(
        match_id=match_id,
        league="laliga",
        kickoff_at=KICKOFF,
        stage="day",
        bundle="1.0.0",
        p=third,
        raw=third,
        calibration=(),
        features="f" * 64,
        early=None,
        odds={},
        priced_at=None,
        source="files",
    )
    return replace(seal_, **changes)


def desk_of(store: Store, now: datetime) -> Any:
    """As much of a context as settling takes."""
    base = store.database
    return SimpleNamespace(
        now=lambda: now,
        store=store,
        ledger=Ledger(base),
        bets=BetStore(base),
        observations=Observations(base),
        snapshots=Snapshots(base),
    )


def settled_now(context: SimpleNamespace) -> tuple[int, int]:
    """How many predictions and bets the step of the pipeline settles."""
    return settle(
        context.now(),
        ledger=context.ledger,
        bets=context.bets,
        store=context.store,
        observations=context.observations,
        snapshots=context.snapshots,
    )


def test_seals_bets_and_prices_follow_the_club(store: Store) -> None:
    put(store, "coruna-depor")
    context = desk_of(store, KICKOFF + timedelta(hours=3))
    context.ledger.seal([seal(WRONG)], KICKOFF - timedelta(hours=20))
    early = KICKOFF - timedelta(hours=2)
    context.bets.open(
        [
            Bet(
                match_id=WRONG,
                outcome="home",
                bundle="1.0.0",
                league="laliga",
                kickoff_at=KICKOFF,
                opened_at=early,
                book="b365",
                odds=2.1,
                probability=0.5,
                quality="VALUE",
                stake_fraction=0.01,
                seen_odds=2.1,
            )
        ]
    )
    context.snapshots.add(
        [
            Snapshot(
                match_id=WRONG,
                market="1x2",
                book="b365",
                odds=(2.1, 3.4, 3.6),
                quoted_at=early,
                source="api",
                fetched_at=early,
            )
        ]
    )
    context.observations.add(
        [
            Observation(
                league="laliga",
                season="2627",
                day=DAY,
                home="coruna-depor",
                away="elche",
                status="scheduled",
                source="api",
                known_at=early,
                kickoff_at=KICKOFF,
            )
        ]
    )
    assert context.observations.current(DAY).keys() == {WRONG}
    changes = put(store, "la-coruna", (2, 1))
    assert changes.clubs == {"coruna-depor": "la-coruna"}
    assert changes.renamed == {WRONG: RIGHT}
    assert (changes.new, changes.gone) == ((), ())
    assert store.renamed() == {WRONG: RIGHT}
    assert {match.id for match in store.known(["laliga"])} == {RIGHT, "laliga-2627-betis-getafe"}
    assert "coruna-depor" not in store.team_names()
    assert context.snapshots.latest([RIGHT], KICKOFF)[RIGHT][0].odds == (2.1, 3.4, 3.6)
    assert context.observations.current(DAY)[RIGHT].home == "la-coruna"
    assert [bet.match_id for bet in context.bets.unsettled()] == [RIGHT]
    assert settled_now(context) == (1, 1)
    assert settled_now(context) == (0, 0)
    last = list(context.ledger.entries())[-1].content
    assert (last["kind"], last["match"], tuple(last["goals"])) == ("settled", WRONG, (2, 1))
    (bet,) = context.bets.settled()
    assert bet.won is True


def test_a_match_sealed_under_both_its_ids_is_settled_once(store: Store) -> None:
    put(store, "coruna-depor")
    context = desk_of(store, KICKOFF + timedelta(hours=3))
    context.ledger.seal([seal(WRONG)], KICKOFF - timedelta(hours=20))
    put(store, "la-coruna", (2, 1))
    context.ledger.seal([seal(RIGHT, stage="hour")], KICKOFF - timedelta(minutes=50))
    assert settled_now(context) == (1, 0)
    assert settled_now(context) == (0, 0)
    assert list(context.ledger.entries())[-1].content["match"] == RIGHT


def test_a_club_that_is_renamed_again_is_followed_again(store: Store) -> None:
    put(store, "galician-blues")
    first = put(store, "la-coruna")
    assert first.renamed.keys() == {"laliga-2627-galician-blues-elche"}
    assert put(store, "la-coruna").renamed == {}
    assert store.renamed() == {"laliga-2627-galician-blues-elche": RIGHT}


def test_a_coming_match_follows_its_club_too(store: Store) -> None:
    wrong = Match(
        league="laliga", season="2627", day=DAY, home="coruna-depor", away="elche", kickoff_at=KICKOFF
    )
    store.replace_fixtures([wrong])
    changes = store.replace_fixtures([replace(wrong, home="la-coruna")])
    assert (changes.renamed, changes.new, changes.gone) == ({WRONG: RIGHT}, (), ())
    assert [match.id for match in store.coming()] == [RIGHT]
    assert store.renamed() == {WRONG: RIGHT}
