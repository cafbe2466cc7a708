"""Every stream that can be read does the same: this process's memory and Redis over Upstash's REST API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Protocol
from uuid import uuid4

import pytest

from infra.rigs.redis import RedisRig
from infra.rigs.upstash_rest import TOKEN
from sabiscore.clock import FixedClock
from sabiscore.errors import StreamUnavailable
from sabiscore.events.redis_stream import GROUP, RedisStream
from sabiscore.events.stream import LEFT_FOR, Delivery, MemoryStream, StoredEvent, Stream
from tests.support.sample_events import AT, as_sent, every_kind, kept

EVENTS = [kept(event) for number in range(30) for event in every_kind(number)]
MOST = 1_000


class Bench(Protocol):
    """A stream, and the passing of the time after which what was read counts as left."""

    stream: Stream

    def wait(self) -> None: ...


class InMemory:
    def __init__(self) -> None:
        self._clock = FixedClock(AT)
        self.stream: Stream = MemoryStream(self._clock.now)

    def wait(self) -> None:
        self._clock.at += LEFT_FOR + timedelta(seconds=1)


class InRedis:
    def __init__(self, shared: RedisRig) -> None:
        self._shared, self._key = shared, f"events:{uuid4().hex}"
        self.of_redis = RedisStream(shared.url, TOKEN, key=self._key)
        self.stream: Stream = self.of_redis

    def wait(self) -> None:
        """Gives everything that was read the age of one left behind."""
        left_ms = int(LEFT_FOR.total_seconds() * 1000) + 1_000
        pending = self._shared.run("XPENDING", self._key, GROUP, "-", "+", "10000").split("\n")[::4]
        idle = ["IDLE", str(left_ms), "JUSTID"]
        self._shared.run("XCLAIM", self._key, GROUP, "jobs", "0", *filter(None, pending), *idle)


@pytest.fixture(params=["memory", "redis"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    if request.param == "memory":
        yield InMemory()
        return
    in_redis = InRedis(request.getfixturevalue("shared"))
    with closing(in_redis.of_redis):
        yield in_redis


def everything(stream: Stream) -> list[Delivery]:
    found = []
    while read := stream.read(MOST):
        found += read
    return found


def bodies(events: list[StoredEvent]) -> list[str]:
    return [event.body for event in events]


def test_what_was_added_is_read_once_and_in_order(bench: Bench) -> None:
    bench.stream.add(EVENTS[:100])
    bench.stream.add(EVENTS[100:])
    read = everything(bench.stream)
    assert [delivery.text for delivery in read] == bodies(EVENTS)
    assert len({delivery.place for delivery in read}) == len(EVENTS)
    assert bench.stream.read(MOST) == []
    assert bench.stream.reclaim(MOST) == []


def test_no_more_is_read_than_asked_for(bench: Bench) -> None:
    bench.stream.add(EVENTS)
    assert [delivery.text for delivery in bench.stream.read(3)] == bodies(EVENTS[:3])
    assert [delivery.text for delivery in bench.stream.read(2)] == bodies(EVENTS[3:5])


def test_what_is_not_acknowledged_comes_back_and_what_is_does_not(bench: Bench) -> None:
    bench.stream.add(EVENTS)
    read = everything(bench.stream)
    bench.stream.acknowledge([delivery.place for delivery in read[:200]])
    bench.wait()
    again = bench.stream.reclaim(MOST)
    assert again == read[200:]
    assert bench.stream.reclaim(MOST) == [], "it was given out a moment ago"
    bench.wait()
    assert len(bench.stream.reclaim(10)) == 10
    bench.stream.acknowledge([delivery.place for delivery in again])
    bench.wait()
    assert bench.stream.reclaim(MOST) == []


def test_what_is_acknowledged_twice_or_was_never_read_is_no_fault(bench: Bench) -> None:
    bench.stream.add(EVENTS[:1])
    (delivery,) = bench.stream.read(MOST)
    bench.stream.acknowledge([delivery.place, delivery.place])
    bench.stream.acknowledge(["1-1"])
    bench.stream.acknowledge([])
    bench.stream.add([])
    assert bench.stream.read(MOST) == []


def test_any_text_goes_through(bench: Bench) -> None:
    texts = ["", "{", "é\u202e", "\x1b[2J", '"' * 100, "OK", "a\r\nb"]
    bench.stream.add([as_sent(text) for text in texts])
    assert [delivery.text for delivery in everything(bench.stream)] == texts


def test_only_the_newest_are_kept_in_memory() -> None:
    stream = MemoryStream(FixedClock(AT).now, most=10)
    stream.add(EVENTS)
    assert [delivery.text for delivery in everything(stream)] == bodies(EVENTS[-10:])


def test_redis_keeps_about_as_many_as_it_may(shared: RedisRig) -> None:
    with closing(RedisStream(shared.url, TOKEN, key="events:few", most=100)) as stream:
        for _ in range(5):
            stream.add(EVENTS)
    assert 100 <= int(shared.run("XLEN", "events:few")) < 300


def test_a_second_reader_goes_on_where_a_dead_one_stopped(shared: RedisRig) -> None:
    with closing(RedisStream(shared.url, TOKEN, key="events:two", left_ms=0)) as first:
        first.add(EVENTS[:10])
        assert len(first.read(4)) == 4
    with closing(RedisStream(shared.url, TOKEN, key="events:two", left_ms=0)) as second:
        assert [delivery.text for delivery in second.read(MOST)] == bodies(EVENTS[4:10])
        assert len(second.reclaim(MOST)) == 10


def test_an_entry_of_somebody_else_is_read_as_what_it_is(shared: RedisRig) -> None:
    shared.run("XADD", "events:other", "*", "colour", "red")
    with closing(RedisStream(shared.url, TOKEN, key="events:other")) as stream:
        (delivery,) = stream.read(MOST)
    assert delivery.text == "{'colour': 'red'}"


def test_a_redis_that_is_away_or_something_else_is_told_of(shared: RedisRig) -> None:
    shared.run("SET", "events:text", "not a stream")
    with closing(RedisStream(shared.url, TOKEN, key="events:text")) as stream:
        for call in (lambda: stream.add(EVENTS[:1]), lambda: stream.read(1), lambda: stream.reclaim(1)):
            with pytest.raises(StreamUnavailable):
                call()
    with (
        closing(RedisStream("http://127.0.0.1:9", TOKEN)) as unreachable,
        pytest.raises(StreamUnavailable) as caught,
    ):
        unreachable.add(EVENTS[:1])
    assert "stays in the store" in caught.value.hint
