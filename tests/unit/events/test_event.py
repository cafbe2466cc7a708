"""Events: the same fact has the same id, what is told is what is read, and poison is refused by name."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sabiscore.errors import BadEvent
from sabiscore.events.event import KINDS, Goal, ScoreCorrected, decode, encode, schema
from tests.support.sample_events import AT, every_kind, poison

ALL = every_kind(1)
SCORE = some.tuples(some.integers(0, 99), some.integers(0, 99))


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.kind)
def test_what_is_served_is_what_is_read(event) -> None:
    raw = encode(event)
    assert decode(raw) == event
    assert json.loads(raw)["id"] == event.id
    assert len(raw) < 700


def test_there_is_one_of_each_kind() -> None:
    assert tuple(event.kind for event in ALL) == KINDS
    assert set(schema()["discriminator"]["mapping"]) == set(KINDS)


def test_ids_tell_every_fact_from_every_other() -> None:
    events = [event for number in range(50) for event in every_kind(number)]
    assert len({event.id for event in events}) == len(events)


def test_who_saw_it_and_when_does_not_make_it_another_goal() -> None:
    goal = ALL[1]
    assert isinstance(goal, Goal)
    later = goal.model_copy(update={"at": AT + timedelta(minutes=5), "source": "other.example"})
    assert later.id == goal.id
    again = goal.model_copy(update={"corrections": 1})
    assert again.id != goal.id


def test_an_instant_is_the_same_in_every_zone() -> None:
    there = AT.astimezone(timezone(timedelta(hours=14)))
    assert [event.id for event in every_kind(1, there)] == [event.id for event in ALL]


@given(before=SCORE, score=SCORE, corrections=some.integers(0, 999))
def test_any_score_comes_back(before: tuple[int, int], score: tuple[int, int], corrections: int) -> None:
    event = ScoreCorrected(
        match_id="epl-2526-a-b", at=AT, before=before, score=score, corrections=corrections, source="espn.com"
    )
    assert decode(encode(event)) == event


@pytest.mark.parametrize("text", poison(1))
def test_poison_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(BadEvent, match=r"^The event (has|is|cannot be read at) ") as caught:
        decode(text)
    assert len(str(caught.value)) < 250


@given(some.text() | some.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape")))
def test_no_text_does_more_than_to_be_refused(text: str) -> None:
    with pytest.raises(BadEvent):
        decode(text)
