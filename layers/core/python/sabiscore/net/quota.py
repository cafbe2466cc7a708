"""How many calls a provider's plan allows, spread so that a period's quota lasts, and never passed.

A call is reserved before it is made, in a register that the fleet shares; nothing is ever given back. Our
clock may be wrong by up to ``CLOCK_ERROR``, so a call near the end of a period is counted, and must fit,
in both periods: whichever it truly falls in, that one is not passed.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from sabiscore.clock import Clock
from sabiscore.errors import QuotaSpent, StoreUnavailable
from sabiscore.net.cas_store import CasStore, compare_and_swap

CLOCK_ERROR = timedelta(minutes=15)
FIRST_SHARE = 0.04
"""Of the quota, usable as soon as a period begins; the rest accrues evenly."""
KEPT_PERIODS = 400

Unit = Literal["day", "month"]


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """A provider's quota: ``calls`` a calendar day or month (UTC), of which the share ``reserve`` is kept
    for urgent calls, such as those of match days."""

    calls: int
    unit: Unit
    reserve: float = 0.2

    def allowed(self, at: datetime, period: QuotaPeriod, *, urgent: bool) -> int:
        """Calls that may have been made in ``period`` by ``at``.

        >>> plan = QuotaPlan(500, "month"); april = period_of(datetime(2026, 4, 16, tzinfo=UTC), "month")
        >>> [plan.allowed(datetime(2026, 4, day, tzinfo=UTC), april, urgent=False) for day in (1, 16, 30)]
        [20, 210, 387]
        >>> plan.allowed(datetime(2026, 4, 16, tzinfo=UTC), april, urgent=True)
        260
        """
        share = min(1.0, max(0.0, (at - period.begins) / (period.ends - period.begins)))
        ceiling = self.calls if urgent else math.ceil(self.calls * (1 - self.reserve))
        first = math.ceil(self.calls * FIRST_SHARE)
        return min(ceiling, first + math.floor((ceiling - first) * share) if ceiling > first else ceiling)


@dataclass(frozen=True, slots=True)
class QuotaPeriod:
    """A calendar day or month in UTC, and its name."""

    name: str
    begins: datetime
    ends: datetime


def period_of(at: datetime, unit: Unit) -> QuotaPeriod:
    """The period that ``at`` lies in.

    >>> period_of(datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "month").ends.isoformat()
    '2027-01-01T00:00:00+00:00'
    """
    day = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "day":
        return QuotaPeriod(f"{day:%Y-%m-%d}", day, day + timedelta(days=1))
    first = day.replace(day=1)
    return QuotaPeriod(f"{first:%Y-%m}", first, (first + timedelta(days=32)).replace(day=1))


@dataclass(frozen=True, slots=True)
class QuotaState:
    """Calls used in this period, those that its quota still has, and those that the plan allows by now."""

    used: int
    left: int
    allowed_now: int
    plan: QuotaPlan
    renews_at: datetime


class Quota:
    """The quota of the provider ``name``, counted in ``register``."""

    def __init__(self, name: str, plan: QuotaPlan, register: CasStore, clock: Clock) -> None:
        self._name = name
        self._key = f"quota:{name}"
        self.plan = plan
        self._register = register
        self._clock = clock
        self._left: str | None = None

    def take(self, cost: int = 1, *, urgent: bool = False) -> None:
        """Reserve ``cost`` calls. Raises QuotaSpent, or Unavailable when the count cannot be kept."""
        now = self._clock.now()
        allowed = {
            period.name: self.plan.allowed(now, period, urgent=urgent) for period in self._touched(now)
        }
        made: str | None = None

        def step(text: str | None) -> str:
            nonlocal made
            used = _read(text)
            if any(used.get(name, 0) + cost > most for name, most in allowed.items()):
                raise self._spent(now, urgent=urgent)
            made = _text(used | {name: used.get(name, 0) + cost for name in allowed})
            return made

        if not self._quickly(step):
            compare_and_swap(self._register, self._key, step)
        self._left = made

    def _quickly(self, step: Callable[[str], str]) -> bool:
        """Whether ``step`` was made from the count as this process left it, which spares reading it."""
        left, self._left = self._left, None
        if left is None:
            return False
        try:
            new = step(left)
        except QuotaSpent:
            return False  # by an old count
        return self._register.swap(self._key, left, new)

    def correct(self, headers: Mapping[str, str]) -> None:
        """Take over what the provider itself counts, where it counts more than we do.

        Near the end of a period nothing is taken over: it could be the other period's count.
        """
        touched = self._touched(self._clock.now())
        theirs = used_by(headers, self.plan.calls)
        if theirs is None or len(touched) > 1:
            return
        name = touched[0].name

        def step(text: str | None) -> str | None:
            used = _read(text)
            return _text(used | {name: theirs}) if theirs > used.get(name, 0) else None

        compare_and_swap(self._register, self._key, step)

    def standing(self) -> QuotaState:
        """How the quota stands now. Raises Unavailable when the count cannot be read."""
        now = self._clock.now()
        period = period_of(now, self.plan.unit)
        used = _read(self._register.read(self._key)).get(period.name, 0)
        by_now = self.plan.allowed(now, period, urgent=False)
        return QuotaState(used, max(0, self.plan.calls - used), max(0, by_now - used), self.plan, period.ends)

    def _touched(self, now: datetime) -> list[QuotaPeriod]:
        """Every period that the true time may lie in."""
        possible = (period_of(now + error, self.plan.unit) for error in (-CLOCK_ERROR, CLOCK_ERROR))
        return list(dict.fromkeys(possible))

    def _spent(self, now: datetime, *, urgent: bool) -> QuotaSpent:
        whose = "" if urgent else ", apart from those kept for match days"
        return QuotaSpent(
            f"The calls to {self._name} that its {self.plan.calls} a {self.plan.unit} allow by now are"
            f" spent{whose}.",
            hint=f"More come by and by, and all again on {period_of(now, self.plan.unit).ends:%d %B}.",
        )


USED = ("x-requests-used",)
REMAINING = ("x-requests-remaining", "x-ratelimit-requests-remaining")


def used_by(headers: Mapping[str, str], calls: int) -> int | None:
    """The calls that count as used of ``calls`` by what the provider says; None when it says nothing.

    Fields of The Odds API (``x-requests-…``), API-Football and RapidAPI (``x-ratelimit-requests-…``).

    >>> used_by({"x-requests-remaining": "488", "x-requests-used": "12"}, 500)
    12
    """
    used = [number for name in USED if (number := _number(headers.get(name))) is not None]
    left = [number for name in REMAINING if (number := _number(headers.get(name))) is not None]
    counts = [*used, *(calls - number for number in left)]
    return min(calls, max(0, *counts, 0)) if counts else None


def _number(text: str | None) -> int | None:
    """A count as providers write it; below zero is zero."""
    match = re.fullmatch(r"\s*(-?)(\d{1,9})(?:\.0*)?\s*", text or "", re.ASCII)
    if match is None:
        return None
    return 0 if match[1] else int(match[2])


def _text(used: Mapping[str, int]) -> str:
    # The newest by name; a clock that ran off to another year must not push out the period that counts.
    return json.dumps(dict(sorted(used.items())[-KEPT_PERIODS:]))


def _read(text: str | None) -> dict[str, int]:
    try:
        return {} if text is None else {str(name): int(count) for name, count in json.loads(text).items()}
    except (ValueError, TypeError, AttributeError):
        raise StoreUnavailable(
            "The count of calls that were made cannot be read, so none is made.",
            hint="Look at the store's table of registers: each quota is a JSON object of counts.",
        ) from None
