"""When a dependency that keeps failing is left alone, and when one call tries it again.

The one policy behind every circuit breaker, without a clock and without a place for its state: the cache's
breaker keeps that in its process, a provider's in a compare-and-swap store of the fleet. Closed; open after
some failures in a row, or for as long as the dependency asked; then half open: one call, the probe, is let
through, and its outcome closes or opens the breaker again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

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


CLOSED = BreakerState()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """Opens for ``open_s`` after ``failures`` in a row, for ``longest_open_s`` where a longer pause is asked.

    A probe without an outcome for ``probe_s`` is dead, and another may go. Clocks of a fleet differ by less
    than ``skew_s``: nobody waits for an instant further in the future, which a clock set back leaves.
    """

    open_s: float
    failures: int = 5
    longest_open_s: float = math.inf
    probe_s: float = 30.0
    skew_s: float = 60.0

    def position(self, state: BreakerState, now: float) -> Position:
        """What a call at ``now`` meets.

        >>> BreakerPolicy(open_s=60.0).position(BreakerState(5, opened_at=100.0, open_for=60.0), 130.0)
        'open'
        """
        if not state.open_for:
            return "closed"
        return "open" if self._within(now - state.opened_at, state.open_for) else "half open"

    def enter(self, state: BreakerState, now: float) -> tuple[Permit, BreakerState] | None:
        """Leave to make one call, and the state from then on; None while calls are refused."""
        position = self.position(state, now)
        if position == "closed":
            return ("doubtful call" if state.failures else "call"), state
        probing = state.probe_at > 0 and self._within(now - state.probe_at, self.probe_s)
        if position == "open" or probing:
            return None
        return "probe", replace(state, probe_at=now)

    def leave(
        self, state: BreakerState, now: float, permit: Permit, *, worked: bool, pause_s: float | None = None
    ) -> BreakerState:
        """The state after a call; ``pause_s`` is the pause that a failing dependency asked for.

        A call that began before the breaker opened proves nothing about now and changes nothing, and so does
        a success of a call before which nothing had failed: it does not disprove later failures.
        """
        if state.open_for and permit != "probe":
            return state
        if worked:
            return state if permit == "call" else CLOSED
        failures = state.failures + 1
        if pause_s is None and failures < self.failures:
            return replace(state, failures=failures)
        return BreakerState(failures, now, min(max(self.open_s, pause_s or 0.0), self.longest_open_s))

    def abandon(self, state: BreakerState, permit: Permit) -> BreakerState:
        """The state after a call that was not made, or had no outcome: another probe may go at once."""
        return replace(state, probe_at=0.0) if permit == "probe" else state

    def _within(self, elapsed: float, length: float) -> bool:
        return -self.skew_s <= elapsed < length
