"""Reliability F4: every event delivered twice, shuffled, a tenth of it poison: each effect once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from sabiscore.clock import FixedClock
from sabiscore.errors import EdgeUnavailable
from sabiscore.events.consume import ConsumedCounts, Consumption
from sabiscore.events.consumers import RoomBroadcaster
from sabiscore.events.event import Goal
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog, record
from sabiscore.store.session import Database
from tests.support.sample_events import AT, Counting, as_sent, every_kind, kept, poison

MATCHES = 100
POISON = 0.1
"""Of all that is delivered."""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{tmp_path / 'sabiscore.db'}")) as database:
        yield database


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT + timedelta(minutes=1))


Consume = Callable[..., Consumption]


@pytest.fixture
def consume(database: Database, clock: FixedClock) -> Consume:
    def make(*consumers: Counting | RoomBroadcaster) -> Consumption:
        return Consumption(consumers, SqlConsumerState(database), clock.now, warned.append)

    warned: list[Exception] = []
    return make


def test_each_effect_is_had_once_and_poison_is_set_aside(
    consume: Consume, database: Database, clock: FixedClock
) -> None:
    events = [event for number in range(MATCHES) for event in every_kind(number)]
    bad = [text for number in range(1, 20) for text in poison(number)]
    delivered = [kept(event) for event in events] * 2
    count = round(len(delivered) * POISON / (1 - POISON))
    delivered += [as_sent(bad[k % len(bad)]) for k in range(count)]
    Random(4).shuffle(delivered)
    all_kinds, goals = Counting(name="all"), Counting(name="goals", kinds=frozenset({"goal"}))
    failing = Counting(name="failing", failing={event.id for event in events[::7]})
    came, left = ConsumedCounts(), []
    for begin in range(0, len(delivered), 300):  # as many runs of a job, some of them short of a failing one
        offered = [*left, *delivered[begin : begin + 300]]
        offer = consume(all_kinds, goals, failing).take(offered)
        came += offer
        left = [stored for stored in offered if stored.id in offer.failed]
    assert consume(all_kinds, goals, failing).take(left).failed == {}
    every_id = {event.id for event in events}
    assert set(all_kinds.had) == set(failing.had) == every_id
    assert set(goals.had) == {event.id for event in events if isinstance(event, Goal)}
    for consumer in (all_kinds, goals, failing):
        assert set(consumer.had.values()) == {1}
    letters = SqlConsumerState(database).letters(10_000)
    good = {kept(event).body for event in events}
    assert len(letters) == len({sent.body for sent in delivered} - good)
    assert came.set_aside == count
    assert all(letter.reason.startswith("The event ") for letter in letters)
    print(f"\n{len(delivered)} deliveries, {count} poison: {len(every_id)} effects a consumer, each once")


def test_an_event_that_breaks_its_consumer_is_set_aside_and_keeps_no_other_from_it(
    consume: Consume, database: Database
) -> None:
    events = every_kind(1)
    breaking, other = Counting(name="breaking", breaks={events[2].id}), Counting(name="other")
    came = consume(breaking, other).take([kept(event) for event in events])
    assert (came.set_aside, came.failed, came.effects) == (1, {}, 2 * len(events) - 1)
    assert len(breaking.had) == len(events) - 1
    assert len(other.had) == len(events)
    (letter,) = SqlConsumerState(database).letters(10)
    assert (letter.consumer, letter.reason) == ("breaking", "ZeroDivisionError: it broke")
    assert events[2].id in letter.body


def test_what_is_too_old_to_matter_is_left_out_and_said(consume: Consume, clock: FixedClock) -> None:
    clock.at += timedelta(hours=2)
    consumer = Counting()
    came = consume(consumer).take([kept(event) for event in (*every_kind(1), *every_kind(2, clock.at))])
    assert (came.late, came.effects) == (8, 8)
    assert {event.match_id for event in consumer.taken} == {"epl-2526-home2-away"}


def goals(count: int) -> list[Goal]:
    return [
        Goal(
            match_id="epl-2526-arsenal-chelsea",
            at=AT + timedelta(seconds=k),
            before=(k, 0),
            score=(k + 1, 0),
            source="espn.com",
        )
        for k in range(count)
    ]


class Rooms:
    """Remembers what each room was told; the first ``away`` calls fail."""

    def __init__(self, failures: int = 0) -> None:
        self.broadcasts: list[tuple[str, list[int]]] = []
        self.calls = 0
        self._failures = failures

    async def broadcast(self, match_id: str, data: object, call_id: str) -> int:
        self.calls += 1
        if self.calls <= self._failures:
            raise EdgeUnavailable("The edge answered 503.")
        assert isinstance(data, dict)
        assert data["event"] == call_id
        self.broadcasts.append((match_id, data["score"]))
        return 1


def test_a_room_never_hears_an_older_score_last(consume: Consume) -> None:
    rooms, events = Rooms(), goals(9)
    Random(4).shuffle(events)
    for event in events:
        consume(RoomBroadcaster(rooms.broadcast)).take([kept(event), kept(event)])
    scores = [score for _, score in rooms.broadcasts]
    assert scores == sorted(scores)
    assert scores[-1] == [9, 0]
    assert len(scores) < 9
    together = Rooms()
    later = [event.model_copy(update={"match_id": "epl-2526-leeds-fulham"}) for event in events]
    consume(RoomBroadcaster(together.broadcast)).take([kept(event) for event in later])
    assert [score for _, score in together.broadcasts] == [[k, 0] for k in range(1, 10)]


def test_an_edge_that_is_away_is_left_alone_soon_and_purged_later(
    consume: Consume, clock: FixedClock
) -> None:
    rooms = Rooms(failures=3)
    events = [event for number in range(40) for event in every_kind(number)]
    wanted = [event for event in events if event.kind == "goal"]
    offered = [kept(event) for event in wanted]
    came = consume(RoomBroadcaster(rooms.broadcast)).take(offered)
    assert rooms.calls < 15
    assert len(came.failed) + came.effects == 40
    again = consume(RoomBroadcaster(rooms.broadcast)).take(offered)
    assert again.failed == {}
    assert {match_id for match_id, _ in rooms.broadcasts} == {event.match_id for event in wanted}
    assert len(rooms.broadcasts) == 40


def publisher(database: Database, clock: FixedClock, *consumers: Counting) -> OutboxPublisher:
    """That of a new process."""
    effects = SqlConsumerState(database)
    return OutboxPublisher(
        EventLog(database), Consumption(consumers, effects, clock.now, [].append), effects, clock.now
    )


def test_a_consumer_that_fails_holds_up_no_other_and_gets_everything_later(
    database: Database, clock: FixedClock
) -> None:
    events = every_kind(1)
    bus, rooms = Counting(name="bus", failing={event.id for event in events}), Counting(name="rooms")
    with database.transaction() as connection:
        record(connection, events)
    first = publisher(database, clock, bus, rooms).run()
    assert first.problems == ("8 events will be sent again: away",)
    assert (first.sent, EventLog(database).unsent_count(), set(rooms.had.values())) == (0, 8, {1})
    assert publisher(database, clock, bus, rooms).run().sent == 8
    assert set(bus.had) == set(rooms.had) == {event.id for event in events}
    assert set(bus.had.values()) == set(rooms.had.values()) == {1}
    assert publisher(database, clock, bus, rooms).run().figures == {}


def test_an_event_is_sent_when_every_consumer_has_had_it(database: Database, clock: FixedClock) -> None:
    consumer = Counting(failing={every_kind(1)[1].id})
    with database.transaction() as connection:
        record(connection, every_kind(1))
    first = publisher(database, clock, consumer).run()
    assert (first.sent, EventLog(database).unsent_count()) == (7, 1)
    assert first.problems == ("1 events will be sent again: away",)
    assert publisher(database, clock, consumer).run().sent == 1
    assert set(consumer.had.values()) == {1}
    assert len(consumer.had) == 8
