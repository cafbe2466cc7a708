"""What became of matches: results and scores as sources say them, and what was sealed before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sabiscore.ledger.entry import GENESIS, Seal, SettledOutcome, sealed_entry, settled_entry
from sabiscore.pipeline.recent_matches import begun_lives, played_lives
from sabiscore.store.observations import Observation
from tests.support.served import KICKOFF, NOW, match

MATCH = match("arsenal", "chelsea")
LATER = KICKOFF + timedelta(hours=3)


def seen(status="in_play", goals=(1, 0), known_at=KICKOFF + timedelta(minutes=30), **changes) -> Observation:
    fields = {
        "league": "epl", "season": "2526", "day": MATCH.day, "home": "arsenal", "away": "chelsea",
        "kickoff_at": KICKOFF, **changes,
    }  # fmt: skip
    return Observation(status=status, goals=goals, source="espn.com", known_at=known_at, **fields)


def seal(stage="day", role="production") -> Seal:
    return Seal(
        match_id=MATCH.id, league="epl", kickoff_at=KICKOFF, stage=stage, bundle="1.0.0", p=(0.5, 0.3, 0.2),
        raw=(0.5, 0.3, 0.2), calibration=(), features="0" * 64, early=None, odds={}, priced_at=None,
        source="made up", role=role,
    )  # fmt: skip


def only(matches, observed=(), entries=(), now=LATER):
    (life,) = begun_lives(matches, {given.match_id: given for given in observed}, entries, now)
    return life


def test_a_score_in_play_is_what_the_source_said_last():
    life = only([MATCH], [seen()])
    assert (life.status, life.match.goals, life.source, life.known_at) == (
        "in_play",
        (1, 0),
        "espn.com",
        KICKOFF + timedelta(minutes=30),
    )
    assert life.match.prices == {}


def test_a_match_that_began_and_nobody_speaks_of_is_there():
    life = only([MATCH], now=KICKOFF)
    assert (life.status, life.match.goals, life.source) == ("scheduled", None, None)
    assert begun_lives([MATCH], {}, (), KICKOFF - timedelta(seconds=1)) == []


def test_a_result_of_a_season_file_is_final():
    (life,) = played_lives([replace(MATCH, goals=(2, 2))], LATER)
    assert (life.status, life.match.goals, life.source, life.known_at) == (
        "finished",
        (2, 2),
        "football-data.co.uk",
        None,
    )
    (awarded,) = played_lives([replace(MATCH, goals=(3, 0), rated=False)], LATER)
    assert awarded.status == "awarded"


def test_what_was_learnt_later_is_not_known_yet():
    life = only([MATCH], [seen(known_at=LATER + timedelta(minutes=1))])
    assert (life.status, life.match.goals) == ("scheduled", None)


def test_a_match_that_was_put_off_is_told_of_though_no_calendar_has_it():
    off = seen("postponed", None, NOW, day=KICKOFF.date(), kickoff_at=None)
    assert only([], [off], now=NOW).status == "postponed"


@pytest.mark.parametrize("days", [8, -15])
def test_old_matches_and_leagues_that_are_not_served_are_left_out(days):
    other = match("altrincham", "southend", "national-league", goals=(1, 0))
    old = replace(MATCH, day=MATCH.day - timedelta(days=days), goals=(1, 0))
    assert begun_lives([other, old], {}, (), LATER) == []


def test_seals_of_production_and_their_settling_are_found():
    first = sealed_entry(1, GENESIS, seal(), NOW)
    trial = sealed_entry(2, first.hash, seal(role="challenger"), NOW)
    last = sealed_entry(3, trial.hash, seal("hour"), KICKOFF - timedelta(minutes=30))
    outcome = SettledOutcome(
        match_id=MATCH.id, bundle="1.0.0", kickoff_at=KICKOFF, seal=last.hash, goals=(2, 1), close=None,
        source="espn.com",
    )  # fmt: skip
    settled = settled_entry(4, last.hash, outcome, LATER)
    life = only([replace(MATCH, goals=(2, 1))], entries=[first, trial, last, settled])
    assert [(found.seq, found.hash, found.stage) for found in life.seals] == [
        (1, first.hash, "day"),
        (3, last.hash, "hour"),
    ]
    assert life.settled is not None
    assert (life.settled.seq, life.settled.at) == (4, LATER)


def test_a_match_to_come_that_was_sealed_is_there():
    life = only([MATCH], entries=[sealed_entry(1, GENESIS, seal(), NOW)], now=NOW)
    assert (life.status, len(life.seals), life.settled) == ("scheduled", 1, None)
