"""What an entry of the ledger says, read as anybody reads it: a line of JSON and the hash of its text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest

from sabiscore.ledger.entry import (
    GENESIS,
    Seal,
    SettledOutcome,
    hash_of,
    sealed_entry,
    settled_entry,
    stage_of,
    text_of,
)

KICKOFF = datetime(2025, 8, 16, 14, tzinfo=UTC)
BEFORE, AFTER = KICKOFF - timedelta(minutes=30), KICKOFF + timedelta(hours=2)
SEAL = Seal(
    match_id="laliga-2526-alavés-girona",
    league="laliga",
    kickoff_at=KICKOFF,
    stage="hour",
    bundle="1.2.0",
    p=(0.5000000004, 0.3, 0.1999999996),
    raw=(0.52, 0.29, 0.19),
    calibration=(1.1, 0.12345678951),
    features="ab" * 32,
    early=(0.48, 0.29, 0.23),
    odds={"ps": (2.02, 3.5, 4.1), "b365": (2.0, 3.4, 4.2)},
    priced_at=BEFORE - timedelta(hours=1),
    source="football-data.co.uk",
)
OUTCOME = SettledOutcome(
    match_id="laliga-2526-alavés-girona",
    bundle="1.2.0",
    kickoff_at=KICKOFF,
    seal="cd" * 32,
    goals=(2, 1),
    close=(0.51, 0.28, 0.2100000000004),
    source="espn.com",
)


def test_a_sealed_entry_says_all_that_was_known() -> None:
    entry = sealed_entry(7, "ef" * 32, SEAL, BEFORE)
    assert (entry.seq, entry.hash) == (7, sha256(entry.body.encode("utf-8")).hexdigest())
    assert list(entry.content.items()) == [
        ("seq", 7),
        ("kind", "sealed"),
        ("match", "laliga-2526-alavés-girona"),
        ("league", "laliga"),
        ("kickoff_at", "2025-08-16T14:00:00Z"),
        ("sealed_at", "2025-08-16T13:30:00Z"),
        ("stage", "hour"),
        ("bundle", "1.2.0"),
        ("p", [0.5, 0.3, 0.2]),
        ("raw", [0.52, 0.29, 0.19]),
        ("calibration", [1.1, 0.12345679]),
        ("features", "ab" * 32),
        ("market", [0.48, 0.29, 0.23]),
        ("odds", {"b365": [2.0, 3.4, 4.2], "ps": [2.02, 3.5, 4.1]}),
        ("priced_at", "2025-08-16T12:30:00Z"),
        ("source", "football-data.co.uk"),
        ("previous", "ef" * 32),
    ]


def test_a_settled_entry_says_what_became_of_the_sealed() -> None:
    entry = settled_entry(8, "ef" * 32, OUTCOME, AFTER)
    assert (entry.seq, entry.hash) == (8, hash_of(entry.body))
    assert list(entry.content.items()) == [
        ("seq", 8),
        ("kind", "settled"),
        ("match", "laliga-2526-alavés-girona"),
        ("kickoff_at", "2025-08-16T14:00:00Z"),
        ("settled_at", "2025-08-16T16:00:00Z"),
        ("bundle", "1.2.0"),
        ("seal", "cd" * 32),
        ("goals", [2, 1]),
        ("outcome", 0),
        ("close", [0.51, 0.28, 0.21]),
        ("source", "espn.com"),
        ("previous", "ef" * 32),
    ]


def test_the_text_is_one_line_of_utf_8_without_blanks() -> None:
    body = sealed_entry(1, GENESIS, SEAL, BEFORE).body
    assert body.startswith('{"seq":1,"kind":"sealed","match":"laliga-2526-alavés-girona",')
    assert "\n" not in body
    assert " " not in body


def test_prices_are_in_the_order_of_books_however_they_came() -> None:
    turned = replace(SEAL, odds=dict(reversed(SEAL.odds.items())))
    assert sealed_entry(1, GENESIS, turned, BEFORE) == sealed_entry(1, GENESIS, SEAL, BEFORE)


def test_what_is_not_known_is_null() -> None:
    bare = replace(SEAL, early=None, odds={}, priced_at=None)
    content = sealed_entry(1, GENESIS, bare, BEFORE).content
    assert (content["market"], content["odds"], content["priced_at"]) == (None, {}, None)
    assert settled_entry(2, GENESIS, replace(OUTCOME, close=None), AFTER).content["close"] is None


def test_only_a_challenger_says_its_role() -> None:
    assert "role" not in sealed_entry(1, GENESIS, SEAL, BEFORE).content
    assert sealed_entry(1, GENESIS, replace(SEAL, role="challenger"), BEFORE).content["role"] == "challenger"


def test_a_number_that_json_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        sealed_entry(1, GENESIS, replace(SEAL, odds={"ps": (float("nan"), 3.0, 3.0)}), BEFORE)


def test_nothing_is_sealed_from_kick_off_on() -> None:
    assert sealed_entry(1, GENESIS, SEAL, KICKOFF - timedelta(microseconds=1))
    for late in (KICKOFF, AFTER):
        with pytest.raises(ValueError, match="laliga-2526-alavés-girona has kicked off"):
            sealed_entry(1, GENESIS, SEAL, late)


@pytest.mark.parametrize(("goals", "outcome"), [((1, 0), 0), ((2, 2), 1), ((0, 3), 2)])
def test_goals_give_the_outcome(goals: tuple[int, int], outcome: int) -> None:
    assert replace(OUTCOME, goals=goals).outcome == outcome


def test_stages_begin_a_day_and_an_hour_ahead_and_end_at_kick_off() -> None:
    moment = timedelta(microseconds=1)
    ahead = {
        timedelta(days=1) + moment: None,
        timedelta(days=1): "day",
        timedelta(hours=1) + moment: "day",
        timedelta(hours=1): "hour",
        moment: "hour",
        timedelta(0): None,
        -moment: None,
    }
    assert {left: stage_of(KICKOFF, KICKOFF - left) for left in ahead} == ahead


def test_an_instant_is_written_in_utc() -> None:
    summer = timezone(timedelta(hours=2))
    assert text_of(datetime(2025, 8, 16, 16, tzinfo=summer)) == "2025-08-16T14:00:00Z"
    assert text_of(datetime(2025, 8, 16, 14, 0, 0, 250, tzinfo=UTC)) == "2025-08-16T14:00:00.000250Z"


def test_an_instant_is_written_the_same_wherever_the_machine_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert text_of(KICKOFF) == "2025-08-16T14:00:00Z"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_an_entry_is_json_for_anybody() -> None:
    entry = settled_entry(1, GENESIS, OUTCOME, AFTER)
    assert json.loads(entry.body) == entry.content
