"""A provider that fails is left alone for a while, by the whole fleet; then one call tries.

Closed; open for a minute after five failures in a row, or for as long as the provider asked; then
half open: one call is let through, and what becomes of it closes or opens again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from sabiscore.clock import Clock
from sabiscore.errors import CircuitOpen, Unavailable
from sabiscore.net.cas_store import CasStore, compare_and_swap

FAILURES = 5
OPEN_S = 60.0
PROBE_S = 30.0
"""A probe that has said nothing for so long is dead, and another may go."""
LONGEST_REST_S = 6 * 3600.0
"""Nobody is believed who asks for a longer pause."""
SKEW_S = 60.0
"""Clocks of a fleet differ by less; one further in the past was set back, and waits no longer for it."""

Position = Literal["closed", "open", "half open"]
Permit = Literal["call", "doubtful call", "probe"]
"""A doubtful call is made after some failures in a row, too few to open."""


@dataclass(frozen=True, slots=True)
class BreakerState:
    """Failures in a row; when the last of them opened it (seconds since 1970) and for how long; the probe."""

    failures: int = 0
    opened_at: float = 0.0
    open_for: float = 0.0
    probe_at: float = 0.0

    def position(self, now: float) -> Position:
        """What a call at ``now`` would find.

        >>> BreakerState(failures=5, opened_at=100.0, open_for=60.0).position(130.0)
        'open'
        """
        if not self.open_for:
            return "closed"
        return "open" if _within(now - self.opened_at, self.open_for) else "half open"

    def probing(self, now: float) -> bool:
        """Whether somebody is trying at ``now``."""
        return self.probe_at > 0 and _within(now - self.probe_at, PROBE_S)

    def failed(self, now: float, permit: Permit, rest_s: float | None) -> BreakerState:
        """The state after a failure; one that began before the breaker opened changes nothing."""
        if self.open_for and permit != "probe":
            return self
        failures = self.failures + 1
        if rest_s is None and failures < FAILURES:
            return replace(self, failures=failures)
        return BreakerState(failures, now, min(max(OPEN_S, rest_s or 0.0), LONGEST_REST_S))


def _within(elapsed: float, length: float) -> bool:
    return -SKEW_S <= elapsed < length


class CircuitBreaker:
    """The breaker of the provider ``name``, its state in ``register``.

    A register that is away cannot keep a call from being made: the breaker then counts as closed.
    """

    def __init__(self, name: str, register: CasStore, clock: Clock) -> None:
        self._name = name
        self._key = f"breaker:{name}"
        self._register = register
        self._clock = clock

    def state(self) -> BreakerState:
        """The state now; closed when the register is away."""
        with suppress(Unavailable):
            return _read(self._register.read(self._key))
        return BreakerState()

    def position(self) -> Position:
        """Whether calls are made now."""
        return self.state().position(self._now())

    def enter(self) -> Permit:
        """Leave to make one call, which ``leave`` must follow. Raises SourceRests while there is none."""
        now = self._now()
        permit: Permit = "call"

        def step(text: str | None) -> str | None:
            nonlocal permit
            state = _read(text)
            position = state.position(now)
            permit = "probe" if position != "closed" else "doubtful call" if state.failures else "call"
            if position == "open" or (position == "half open" and state.probing(now)):
                raise self._resting(state)
            return None if position == "closed" else _text(replace(state, probe_at=now))

        self._change(step)
        return permit

    def leave(self, permit: Permit, *, worked: bool, rest_s: float | None = None) -> None:
        """Say what became of a call; ``rest_s`` is a pause that the provider asked for."""
        if worked and permit == "call":
            return  # nothing had failed when it began, and it says nothing of what began later
        now = self._now()

        def step(text: str | None) -> str | None:
            state = _read(text)
            if not worked:
                return _text(state.failed(now, permit, rest_s))
            # A success that began before the breaker opened proves nothing about now.
            stale = bool(state.open_for) and permit != "probe"
            return None if stale or state == BreakerState() else _text(BreakerState())

        self._change(step)

    def abandon(self, permit: Permit) -> None:
        """Say that the call was not made after all."""
        if permit == "probe":
            self._change(lambda text: _text(replace(_read(text), probe_at=0.0)))

    def _change(self, step: Callable[[str | None], str | None]) -> None:
        try:
            compare_and_swap(self._register, self._key, step)
        except CircuitOpen:
            raise
        except Unavailable:
            return  # without shared state each call stands for itself; its deadline still bounds it

    def _resting(self, state: BreakerState) -> CircuitOpen:
        return CircuitOpen(
            f"{self._name} is left alone for now: it failed {state.failures} times or asked for it.",
            hint=f"One call tries it again {state.open_for:.0f} s after the last failure.",
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def opened_at(state: BreakerState) -> datetime | None:
    """When the breaker opened; None when it is closed."""
    return datetime.fromtimestamp(state.opened_at, UTC) if state.open_for else None


def _text(state: BreakerState) -> str:
    return json.dumps(asdict(state))


def _read(text: str | None) -> BreakerState:
    """The state that ``text`` holds; closed for none, or for one that another version wrote."""
    try:
        return BreakerState(**json.loads(text)) if text else BreakerState()
    except (ValueError, TypeError):
        return BreakerState()
