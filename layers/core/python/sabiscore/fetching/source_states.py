"""How every source stands: whether it is asked, what its quota still allows, and what it said last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sabiscore.cache.breaker_policy import Position
from sabiscore.clock import Clock
from sabiscore.domain.facts import Kind
from sabiscore.errors import Unavailable
from sabiscore.fetching.live import LiveFetcher
from sabiscore.fetching.source_health import SourceHealth, SourceHealthRecord
from sabiscore.net.quota import QuotaState
from sabiscore.sources.registry import Declared

Name = Literal["on", "off: no key", "off: no licence", "resting", "trying again"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """One source now; None where something is unknown; ``quota`` also where there is none."""

    name: str
    gives: tuple[Kind, ...]
    state: Name
    breaker: Position
    missing: tuple[str, ...]
    quota: QuotaState | None
    record: SourceHealthRecord | None
    age_s: float | None
    note: str = ""

    def as_json(self) -> dict[str, object]:
        """The state for a program: plain values, null with a reason where something is unknown."""
        return {
            "name": self.name,
            "gives": list(self.gives),
            "state": self.state,
            "breaker": self.breaker,
            "missing_settings": list(self.missing),
            "quota": _quota_json(self.quota),
            "last_good_at": self.record.last_good_at if self.record else None,
            "age_s": None if self.age_s is None else round(self.age_s),
            "fetches": self.record.fetches if self.record else None,
            "failures": self.record.failures if self.record else None,
            "failure": self.record.failure if self.record else None,
            "news": self.record.news if self.record else None,
            "news_at": self.record.news_at if self.record else None,
            "news_count": self.record.news_count if self.record else None,
            "refused": self.record.refused if self.record else None,
            "unmatched": list(self.record.unmatched) if self.record else None,
            "note": self.note,
        }


def states(
    declared: Sequence[Declared], live: LiveFetcher, records: SourceHealth, clock: Clock
) -> list[SourceState]:
    """The state of each source, in the order they are declared; nobody is asked for it."""
    return [_state(source, live, records, clock.now()) for source in declared]


def _state(source: Declared, live: LiveFetcher, records: SourceHealth, now: datetime) -> SourceState:
    name, missing = source.provider.name, live.missing(source.needs)
    record, standing, note = None, None, source.note
    position = live.breaker(name).position()
    try:
        record = records.read(name)
        quota = live.quota(name)
        standing = quota.standing() if quota else None
    except Unavailable as error:
        note = str(error)
    return SourceState(
        name=name,
        gives=tuple(sorted(source.provider.gives)),
        state=_name(source, position, off=bool(missing)),
        breaker=position,
        missing=tuple(missing),
        quota=standing,
        record=record,
        age_s=record.age_s(now) if record else None,
        note=note,
    )


def _name(source: Declared, position: Position, *, off: bool) -> Name:
    if off:
        return "off: no licence" if source.licensed else "off: no key"
    return "on" if position == "closed" else "resting" if position == "open" else "trying again"


def _quota_json(standing: QuotaState | None) -> dict[str, object] | None:
    if standing is None:
        return None
    return {
        "calls": standing.plan.calls,
        "period": standing.plan.unit,
        "used": standing.used,
        "left": standing.left,
        "allowed_now": standing.allowed_now,
        "renews_at": standing.renews_at.isoformat(),
    }
