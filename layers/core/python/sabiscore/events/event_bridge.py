"""Events for everything else that listens on AWS: PutEvents on a bus of EventBridge.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from sabiscore.errors import BadSetting
from sabiscore.events.event import KINDS, Event, encode

BUS_SOURCE = "sabiscore"
ENTRIES_A_CALL = 10
"""Entries that one call takes."""
TRIES = 3
RETRY_WAIT_S = 0.2
CONNECT_S, READ_S = 2, 5


class Bus(Protocol):
    """What we use of boto3's client."""

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]: ...


class EventBridge:
    """The bus ``name``, a consumer of all events; entries that it does not take are tried three times."""

    name = "bus"
    kinds = frozenset(KINDS)
    fresh_for = timedelta(days=30)
    """As long as effects are remembered."""
    keeps_order = False

    def __init__(self, bus: Bus, name: str, wait: Callable[[float], None] = time.sleep) -> None:
        self._bus = bus
        self._bus_name = name
        self._wait = wait

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        """By id, why the bus did not take an event. A call that takes none ends the run's calls."""
        failed: dict[str, str] = {}
        for begin in range(0, len(events), ENTRIES_A_CALL):
            part = events[begin : begin + ENTRIES_A_CALL]
            refused = self._put(part)
            failed |= refused
            if len(refused) == len(part):
                reason = next(iter(refused.values()))
                return failed | {event.id: reason for event in events[begin + ENTRIES_A_CALL :]}
        return failed

    def _put(self, events: Sequence[Event]) -> dict[str, str]:
        """By id, why those of one call were not taken however often they were tried."""
        ids = {encode(event): event.id for event in events}
        entries, reason = [self._entry(event) for event in events], ""
        for tried in range(TRIES):
            if tried:
                self._wait(RETRY_WAIT_S * 2**tried)
            entries, reason = self._refused(entries)
            if not entries:
                return {}
        return {ids[entry["Detail"]]: f"EventBridge did not take it: {reason}." for entry in entries}

    def _refused(self, entries: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], str]:
        """(those of ``entries`` that were not taken, why)."""
        # Only where a bus is set: botocore takes a third of a second to import.
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            results = self._bus.put_events(Entries=entries)["Entries"]
        except (BotoCoreError, ClientError) as error:
            return entries, type(error).__name__
        left = [entry for entry, result in zip(entries, results, strict=True) if result.get("ErrorCode")]
        return left, next((str(result["ErrorCode"]) for result in results if result.get("ErrorCode")), "")

    def _entry(self, event: Event) -> dict[str, Any]:
        return {
            "EventBusName": self._bus_name,
            "Source": BUS_SOURCE,
            "DetailType": event.kind,
            "Detail": encode(event),
            "Time": event.at,
        }


def event_bridge(name: str) -> EventBridge:
    """The bus ``name``, reached as boto3 finds it. Raises BadSetting without boto3 or a region."""
    try:
        import boto3  # Lambda has it; on a laptop only who sets a bus needs it
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise BadSetting("SABISCORE_EVENT_BUS needs boto3.", hint="Install boto3, or unset it.") from error
    config = Config(connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": 1})
    try:
        return EventBridge(boto3.Session().client("events", config=config), name)
    except BotoCoreError as error:
        raise BadSetting(
            f"SABISCORE_EVENT_BUS cannot be reached: {error}", hint="Set AWS_REGION, as AWS's command does."
        ) from error
