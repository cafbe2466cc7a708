"""Which stream, bus and consumers the events of schedules have, by the settings: a part of ``bootstrap``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from sabiscore.cache.targets import Targets
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.events.consume import Consumer, Consumption
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.events.stream import MemoryStream, Sink, Stream
from sabiscore.net.edge import EdgeClient
from sabiscore.observability.log import log
from sabiscore.settings import Settings
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from sabiscore.store.session import Database

NO_EDGE = "There is no edge, so no room was notified."


@contextmanager
def open_relay(
    settings: Settings,
    clock: Clock,
    *,
    database: Database,
    kind: DataKind,
    edge: EdgeClient | None,
    tell: Callable[[Targets], object] | None,
) -> Iterator[OutboxPublisher]:
    """The relay of the events in ``database``; what is made up has a stream of its own and goes to no bus.

    ``tell`` is None where nothing is shared that goals could put out of date.
    """
    with ExitStack() as stack:
        stream = _stream(settings, clock, kind, stack)
        effects = SqlConsumerState(database)
        consumers: list[Consumer] = [RevalidationConsumer(tell)] if tell is not None else []
        consumers += [RoomBroadcaster(edge.broadcast)] if edge is not None else []
        yield OutboxPublisher(
            EventLog(database),
            stream,
            others=_buses(settings, kind),
            consumption=Consumption(stream, consumers, effects, clock.now, _warn),
            effects=effects,
            now=clock.now,
            remark="" if edge is not None else NO_EDGE,
        )


def _stream(settings: Settings, clock: Clock, kind: DataKind, stack: ExitStack) -> Stream:
    if settings.cache_url is None:
        return MemoryStream(clock.now)
    from sabiscore.events.redis_stream import KEY, RedisStream

    key = KEY if kind == "real" else f"{KEY}:{kind}"
    stream = RedisStream(settings.cache_url, settings.cache_token, key=key)
    stack.callback(stream.close)
    return stream


def _buses(settings: Settings, kind: DataKind) -> list[Sink]:
    if settings.event_bus is None or kind != "real":
        return []
    from sabiscore.events.event_bridge import event_bridge

    return [event_bridge(settings.event_bus)]


def _warn(error: Exception) -> None:
    reason = str(error) or type(error).__name__
    log().warning("an event was set aside", extra={"reason": reason})
