"""What we do about events ourselves: answers of the match are invalidated, its room is notified."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sabiscore.cache.targets import Targets, of_match
from sabiscore.errors import SabiScoreError
from sabiscore.events.event import Event

ROOMS_AT_ONCE = 8
"""Rooms notified at the same time."""
GIVE_UP = 3
"""Failures after which the edge is taken for away, and the rest left to the next run."""

Broadcast = Callable[[str, Mapping[str, Any], str], Awaitable[int]]
"""Tells the room of a match something, by a call's id; gives how many heard it. Raises EdgeUnavailable."""


class RevalidationConsumer:
    """A goal puts what is kept of its match out of date everywhere; all goals at hand in one go."""

    name = "revalidate"
    kinds = frozenset({"goal", "score_corrected"})
    fresh_for = timedelta(hours=6)
    keeps_order = False

    def __init__(self, tell: Callable[[Targets], object]) -> None:
        self._tell = tell

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        tags = {tag for event in events for tag in of_match(event.match_id).tags}
        self._tell(Targets(tuple(sorted(tags))))
        return {}


class RoomBroadcaster:
    """Whoever is in a match's room hears of its goals, odds and value bets; never something older last."""

    name = "rooms"
    kinds = frozenset(
        {"goal", "score_corrected", "odds_moved", "value_bet_opened", "value_bet_changed", "value_bet_died"}
    )
    fresh_for = timedelta(minutes=15)
    """The Worker knows a call again for so long: until then nothing is broadcast twice."""
    keeps_order = True

    def __init__(self, broadcast: Broadcast) -> None:
        self._broadcast = broadcast

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        return asyncio.run(self._broadcast_all(events))

    async def _broadcast_all(self, events: Sequence[Event]) -> dict[str, str]:
        """By id, why a room could not be notified; each room hears its events one after the other."""
        rooms: dict[str, list[Event]] = {}
        for event in events:
            rooms.setdefault(event.match_id, []).append(event)
        line = asyncio.Semaphore(ROOMS_AT_ONCE)
        failed: dict[str, str] = {}

        async def tell(ones: Sequence[Event]) -> None:
            async with line:
                for event in ones:
                    if len(failed) >= GIVE_UP:
                        failed[event.id] = "The edge is away."
                        continue
                    try:
                        await self._broadcast(event.match_id, said(event), event.id)
                    except SabiScoreError as error:
                        failed[event.id] = str(error)

        await asyncio.gather(*map(tell, rooms.values()))
        return failed


def said(event: Event) -> dict[str, Any]:
    """What a room hears of an event: all of it, but for the match, which names the room."""
    return {"event": event.id, **event.model_dump(mode="json", exclude={"match_id"})}
