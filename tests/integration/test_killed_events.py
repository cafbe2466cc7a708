"""Reliability F3 for events: whoever dies between storing and telling loses nothing and doubles nothing."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from itertools import count
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from pathlib import Path
from random import Random
from uuid import uuid4

import sabiscore.cache.upstash_client  # noqa: F401 - so that those who die do not die importing it
from infra.rigs.redis import RedisRig
from infra.rigs.upstash_rest import TOKEN
from sabiscore.clock import FixedClock
from sabiscore.events import event
from sabiscore.events.consume import Consumption
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.events.redis_stream import RedisStream
from sabiscore.events.stream import MemoryStream, Stream
from sabiscore.store.consumer_state import BEGUN_FOR, SqlConsumerState
from sabiscore.store.events import EventLog
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.session import Database
from tests.support.sample_events import AT

KILLS = 30
BATCH = 5


class Room:
    """Writes each call's id to a file at once, as a room that hears of it."""

    name = "rooms"
    kinds = frozenset(event.KINDS)
    fresh_for = timedelta(days=1)
    keeps_order = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, events: Sequence[event.Event]) -> Mapping[str, str]:
        for item in events:
            with self._path.open("a") as file:
                file.write(f"{item.id}\n")
        return {}


def relay(database: Database, stream: Stream, clock: FixedClock, room: Path) -> OutboxPublisher:
    effects = SqlConsumerState(database)
    consumption = Consumption(stream, [Room(room)], effects, clock.now, [].append)
    return OutboxPublisher(EventLog(database), stream, [], consumption, effects, clock.now)


def observe(observations: Observations, number: int, goals: tuple[int, int] | None) -> None:
    observations.add(
        [
            Observation(
                "epl", "2526", AT.date(), f"home{number}-{k}", "away", "in_play" if goals else "scheduled",
                "espn.com", AT + timedelta(seconds=2 * number + bool(goals)), AT, goals,
            )
            for k in range(BATCH)
        ]
    )  # fmt: skip


@contextmanager
def stream_of(redis: str | None, key: str, clock: FixedClock) -> Iterator[Stream]:
    if redis is None:
        yield MemoryStream(clock.now)
        return
    with closing(RedisStream(redis, TOKEN, key, left_ms=0)) as stream:
        yield stream


def work(url: str, redis: str | None, key: str, minutes: float, room: Path, begun: Event) -> None:
    """A job that goes on for ever: sends what is left, then stores goals and sends them."""
    clock, database = FixedClock(AT + timedelta(minutes=minutes)), Database(url)
    observations = Observations(database)
    with stream_of(redis, key, clock) as stream:
        sending = relay(database, stream, clock, room)
        begun.set()
        sending.run()
        for number in count(len(EventLog(database).recent(10_000)) // BATCH):
            observe(observations, number, None)
            observe(observations, number, (1, 0))
            sending.run()


def killed(url: str, redis: str | None, key: str, room: Path) -> int:
    """How many were killed while they worked."""
    fork, chance = get_context("fork"), Random(7)
    EventLog(Database(url)).unsent()  # the tables are there before the first one is killed
    apart = BEGUN_FOR.total_seconds() / 60 + 1
    for kill in range(KILLS):
        begun = fork.Event()
        process = fork.Process(target=work, args=(url, redis, key, kill * apart, room, begun))
        process.start()
        assert begun.wait(30)
        time.sleep(chance.random() * 0.3)  # somewhere in its work
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL
    return KILLS


def check(url: str, redis: str | None, key: str, room: Path, deaths: int) -> list[str]:
    """The bodies of all events, once the next run has ended: each goal once, sent, and heard by its room."""
    clock, database = FixedClock(AT + timedelta(hours=10)), Database(url)
    with stream_of(redis, key, clock) as stream:
        assert relay(database, stream, clock, room).run().problems == ()
    log = EventLog(database)
    kept = log.recent(10_000)
    assert log.unsent_count() == 0
    assert len({event.id for event in kept}) == len(kept) >= BATCH
    causes = Observations(database).current(AT.date())
    assert sorted(event.match_id for event in kept) == sorted(k for k, cause in causes.items() if cause.goals)
    heard = Counter(room.read_text().split())
    assert set(heard) == {event.id for event in kept}
    # Whoever dies between an effect and its note leaves it to be had again: the Worker knows a call's id.
    again = sum(heard.values()) - len(heard)
    print(f"\n{len(kept)} goals over {deaths} deaths: all heard, {again} calls made again by their id")
    assert again <= deaths * BATCH
    database.close()
    return [event.body for event in kept]


def test_a_job_killed_between_storing_and_telling(
    database_url: str, shared: RedisRig, tmp_path: Path
) -> None:
    key, room = f"events:{uuid4().hex}", tmp_path / "room"
    deaths = killed(database_url, shared.url, key, room)
    bodies = check(database_url, shared.url, key, room, deaths)
    with closing(RedisStream(shared.url, TOKEN, key, left_ms=0)) as stream:
        assert stream.read(10) == []
        assert stream.reclaim(10) == []
    assert set(bodies) <= set(shared.run("XRANGE", key, "-", "+").split("\n"))


def test_the_same_where_the_stream_dies_with_the_job(database_url: str, tmp_path: Path) -> None:
    room = tmp_path / "room"
    check(database_url, None, "", room, killed(database_url, None, "", room))
