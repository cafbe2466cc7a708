"""Made-up events of every kind, poison, and consumers that count."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sabiscore.events.event import (
    KINDS,
    Event,
    Goal,
    OddsMoved,
    PredictionSealed,
    PredictionSettled,
    ScoreCorrected,
    ValueBetChanged,
    ValueBetDied,
    ValueBetOpened,
    encode,
)
from sabiscore.events.stored_event import StoredEvent

AT = datetime(2026, 3, 14, 15, tzinfo=UTC)


def every_kind(number: int, at: datetime = AT) -> list[Event]:
    """One event of each kind, of match ``number``."""
    match_id = f"epl-2526-home{number}-away"
    which = {"match_id": match_id, "at": at}
    later = at + timedelta(hours=1)
    bet = {**which, "outcome": "draw", "bundle": "1.0.0"}
    entry = {**which, "bundle": "1.0.0"}
    return [
        OddsMoved(**which, market="1x2", old=(2.0, 3.4, 3.9), new=(1.9, 3.5, 4.2)),
        Goal(**which, before=(0, 0), score=(1, 0), source="espn.com"),
        ScoreCorrected(**which, before=(1, 0), score=(0, 0), source="espn.com"),
        ValueBetOpened(**bet, odds=3.6),
        ValueBetChanged(**bet, old=3.6, new=3.7),
        ValueBetDied(**bet, odds=3.7),
        PredictionSealed(**entry, entry=f"{number:064x}", stage="day", p=(0.5, 0.3, 0.2), kickoff_at=later),
        PredictionSettled(**entry, entry=f"{number + 10**6:064x}", goals=(2, 1)),
    ]  # fmt: skip


def kept(event: Event, seq: int = 0) -> StoredEvent:
    """``event`` as the store keeps it."""
    return StoredEvent(
        seq=seq, id=event.id, kind=event.kind, match_id=event.match_id, at=event.at, body=encode(event)
    )


def as_sent(text: str) -> StoredEvent:
    """Anything at all, as if it were an event."""
    return StoredEvent(seq=0, id="evt_none", kind="goal", match_id="none", at=AT, body=text)


def poison(number: int) -> list[str]:
    """What nobody can believe, for each reason there is; all differ by ``number``."""
    fields = json.loads(encode(every_kind(number)[1]))
    wrong: list[object] = [
        {**fields, "score": [2, 0]},  # not what its id says
        {**fields, "id": f"evt_{number}"},
        {**fields, "kind": f"red_card{number}"},
        {**fields, "more": number},
        {name: value for name, value in fields.items() if name != "source"} | {"n": number},
        {**fields, "score": [1, 0.5 + number]},
        {**fields, "score": [-1, number]},
        {**fields, "at": f"{number} o'clock"},
        {**fields, "match_id": f"<script>{number}</script>"},
        {**fields, "source": "x" * 5_000 + str(number)},
        [number],
        str(number),
    ]
    return [json.dumps(change) for change in wrong] + [
        json.dumps(fields).replace("[1, 0]", f"[NaN, {number}]"),
        f"\x1b[2J\0{number}",
        "[" * (2_000 + number),
        "",
    ]


@dataclass(kw_only=True)
class Counting:
    """Counts its effects by event; what is in ``away`` fails once, what is in ``breaks`` raises for ever."""

    name: str = "counting"
    kinds: frozenset[str] = frozenset(KINDS)
    fresh_for: timedelta = timedelta(hours=1)
    keeps_order: bool = False
    had: Counter[str] = field(default_factory=Counter)
    taken: list[Event] = field(default_factory=list)
    failing: set[str] = field(default_factory=set)
    breaks: set[str] = field(default_factory=set)

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        ids = {event.id for event in events}
        if ids & self.breaks:
            raise ZeroDivisionError("it broke")
        failed = ids & self.failing
        self.failing -= failed
        self.taken += [event for event in events if event.id not in failed]
        self.had.update(ids - failed)
        return dict.fromkeys(failed, "away")
