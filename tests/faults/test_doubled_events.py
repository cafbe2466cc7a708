"""Reliability F4: every event delivered twice, shuffled, a tenth of it poison: each effect once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest

from infra.rigs.redis import RedisRig
from infra.rigs.upstash_rest import TOKEN
from sabiscore.clock import FixedClock
from sabiscore.errors import EdgeUnavailable, StreamUnavailable
from sabiscore.events.consume import ConsumedCounts, Consumption
from sabiscore.events.consumers import RoomBroadcaster
from sabiscore.events.event import Goal
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.events.redis_stream import RedisStream
from sabiscore.events.stream import LEFT_FOR, MemoryStream, StoredEvent, Stream
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


@pytest.fixture(params=["memory", "redis"])
def stream(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Stream]:
    if request.param == "memory":
        yield MemoryStream(clock.now)
        return
    shared: RedisRig = request.getfixturevalue("shared")
    with closing(RedisStream(shared.url, TOKEN, key=f"events:{uuid4().hex}", left_ms=0)) as in_redis:
        yield in_redis


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(AT + timedelta(minutes=1))


Consume = Callable[..., Consumption]


@pytest.fixture
def consume(stream: Stream, database: Database, clock: FixedClock) -> Consume:
    def make(*consumers: Counting | RoomBroadcaster) -> Consumption:
        return Consumption(stream, consumers, SqlConsumerState(database), clock.now, warned.append)

    warned: list[Exception] = []
    return make


def test_each_effect_is_had_once_and_poison_is_set_aside(
    stream: Stream, consume: Consume, database: Database, clock: FixedClock
) -> None:
    events = [event for number in range(MATCHES) for event in every_kind(number)]
    bad = [text for number in range(1, 20) for text in poison(number)]
    delivered = [kept(event) for event in events] * 2
    count = round(len(delivered) * POISON / (1 - POISON))
    delivered += [as_sent(bad[k % len(bad)]) for k in range(count)]
    Random(4).shuffle(delivered)
    all_kinds, goals = Counting(name="all"), Counting(name="goals", kinds=frozenset({"goal"}))
    failing = Counting(name="failing", failing={event.id for event in events[::7]})
    came = ConsumedCounts()
    for begin in range(0, len(delivered), 300):  # as many runs of a job, some of them short of a failing one
        stream.add(delivered[begin : begin + 300])
        came += consume(all_kinds, goals, failing).run()
        clock.at += LEFT_FOR + timedelta(seconds=1)
    while consume(all_kinds, goals, failing).run().failed:
        clock.at += LEFT_FOR + timedelta(seconds=1)
    clock.at += LEFT_FOR + timedelta(seconds=1)
    assert consume(all_kinds, goals, failing).run() == ConsumedCounts(), "all is acknowledged"
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
    stream: Stream, consume: Consume, database: Database
) -> None:
    events = every_kind(1)
    breaking, other = Counting(name="breaking", breaks={events[2].id}), Counting(name="other")
    stream.add([kept(event) for event in events])
    came = consume(breaking, other).run()
    assert (came.set_aside, came.failed, came.effects) == (1, {}, 2 * len(events) - 1)
    assert len(breaking.had) == len(events) - 1
    assert len(other.had) == len(events)
    (letter,) = SqlConsumerState(database).letters(10)
    assert (letter.consumer, letter.reason) == ("breaking", "ZeroDivisionError: it broke")
    assert events[2].id in letter.body


def test_what_is_too_old_to_matter_is_left_out_and_said(
    stream: Stream, consume: Consume, clock: FixedClock
) -> None:
    clock.at += timedelta(hours=2)
    consumer = Counting()
    stream.add([kept(event) for event in (*every_kind(1), *every_kind(2, clock.at))])
    came = consume(consumer).run()
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


def test_a_room_never_hears_an_older_score_last(stream: Stream, consume: Consume) -> None:
    rooms, events = Rooms(), goals(9)
    Random(4).shuffle(events)
    for event in events:
        stream.add([kept(event), kept(event)])
        consume(RoomBroadcaster(rooms.broadcast)).run()
    scores = [score for _, score in rooms.broadcasts]
    assert scores == sorted(scores)
    assert scores[-1] == [9, 0]
    assert len(scores) < 9
    together = Rooms()
    later = [event.model_copy(update={"match_id": "epl-2526-leeds-fulham"}) for event in events]
    stream.add([kept(event) for event in later])
    consume(RoomBroadcaster(together.broadcast)).run()
    assert [score for _, score in together.broadcasts] == [[k, 0] for k in range(1, 10)]


def test_an_edge_that_is_away_is_left_alone_soon_and_told_later(
    stream: Stream, consume: Consume, clock: FixedClock
) -> None:
    rooms = Rooms(failures=3)
    events = [event for number in range(40) for event in every_kind(number)]
    wanted = [event for event in events if event.kind == "goal"]
    stream.add([kept(event) for event in wanted])
    came = consume(RoomBroadcaster(rooms.broadcast)).run()
    assert rooms.calls < 15
    assert len(came.failed) + came.effects == 40
    clock.at += LEFT_FOR + timedelta(seconds=1)
    again = consume(RoomBroadcaster(rooms.broadcast)).run()
    assert again.failed == {}
    assert {match_id for match_id, _ in rooms.broadcasts} == {event.match_id for event in wanted}
    assert len(rooms.broadcasts) == 40


class Away:
    """A bus that takes nothing until it is back."""

    def __init__(self) -> None:
        self.is_away = True
        self.taken: list[StoredEvent] = []

    def add(self, events: list[StoredEvent]) -> None:
        if self.is_away:
            raise StreamUnavailable("EventBridge did not take 1 events.")
        self.taken += events


def test_a_bus_that_is_away_holds_up_no_room_and_gets_everything_when_it_is_back(
    stream: Stream, consume: Consume, database: Database, clock: FixedClock
) -> None:
    log, bus, consumer = EventLog(database), Away(), Counting()
    relay = OutboxPublisher(
        log,
        stream,
        others=[bus],
        consumption=consume(consumer),
        effects=SqlConsumerState(database),
        now=clock.now,
    )
    with database.transaction() as connection:
        record(connection, every_kind(1))
    relayed = relay.run()
    assert relayed.problems == ("EventBridge did not take 1 events.",)
    assert (relayed.sent, log.unsent_count(), set(consumer.had.values())) == (0, 8, {1})
    bus.is_away = False
    assert relay.run().sent == 8
    assert [letter_event.body for letter_event in bus.taken] == [kept(event).body for event in every_kind(1)]
    assert set(consumer.had.values()) == {1}
    assert relay.run().figures == {}


def test_in_the_memory_of_a_process_an_event_is_sent_when_it_was_consumed(
    database: Database, clock: FixedClock
) -> None:
    log, effects = EventLog(database), SqlConsumerState(database)
    consumer = Counting(failing={every_kind(1)[1].id})

    def relay() -> OutboxPublisher:
        """That of a new process."""
        stream = MemoryStream(clock.now)
        consumption = Consumption(stream, [consumer], effects, clock.now, [].append)
        return OutboxPublisher(
            log, stream, others=[], consumption=consumption, effects=effects, now=clock.now
        )

    with database.transaction() as connection:
        record(connection, every_kind(1))
    first = relay().run()
    assert (first.sent, log.unsent_count()) == (7, 1)
    assert first.problems == ("1 events will be sent again: away",)
    assert relay().run().sent == 1
    assert set(consumer.had.values()) == {1}
    assert len(consumer.had) == 8
