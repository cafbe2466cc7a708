"""Which consumers the events of schedules have, by the settings: a part of ``bootstrap``."""

from __future__ import annotations

from collections.abc import Callable

from sabiscore.cache.targets import Targets
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.events.consume import Consumer, Consumption
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.net.edge import EdgeClient
from sabiscore.observability.log import log
from sabiscore.settings import Settings
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from sabiscore.store.session import Database

NO_EDGE = "There is no edge, so no room was notified."


def outbox_publisher(
    settings: Settings,
    clock: Clock,
    *,
    database: Database,
    kind: DataKind,
    edge: EdgeClient | None,
    tell: Callable[[Targets], object] | None,
) -> OutboxPublisher:
    """Of the events in ``database``; what is made up goes to no bus.

    ``tell`` is None where nothing is shared that goals could put out of date.
    """
    effects = SqlConsumerState(database)
    consumers: list[Consumer] = [RevalidationConsumer(tell)] if tell is not None else []
    consumers += [RoomBroadcaster(edge.broadcast)] if edge is not None else []
    consumers += _buses(settings, kind)
    return OutboxPublisher(
        EventLog(database),
        Consumption(consumers, effects, clock.now, _warn),
        effects,
        clock.now,
        remark="" if edge is not None else NO_EDGE,
    )


def _buses(settings: Settings, kind: DataKind) -> list[Consumer]:
    if settings.event_bus is None or kind != "real":
        return []
    from sabiscore.events.event_bridge import event_bridge

    return [event_bridge(settings.event_bus)]


def _warn(error: Exception) -> None:
    reason = str(error) or type(error).__name__
    log().warning("an event was set aside", extra={"reason": reason})
