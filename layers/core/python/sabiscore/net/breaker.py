"""A provider that fails is left alone for a while, by the whole fleet; then one call tries it again.

The policy is that of ``cache.breaker_policy``; the state is shared through a compare-and-swap store.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from sabiscore.cache.breaker_policy import CLOSED, BreakerPolicy, BreakerState, Permit, Position
from sabiscore.clock import Clock
from sabiscore.errors import CircuitOpen, Unavailable
from sabiscore.net.cas_store import CasStore, compare_and_swap

PROVIDER_POLICY = BreakerPolicy(open_s=60.0, longest_open_s=6 * 3600.0)
"""Open for a minute, or for as long as the provider asked, up to six hours."""


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
        """The state now; closed when the store cannot be reached."""
        with suppress(Unavailable):
            return _read(self._register.read(self._key))
        return CLOSED

    def position(self) -> Position:
        """Whether calls are made now."""
        return PROVIDER_POLICY.position(self.state(), self._now())

    def enter(self) -> Permit:
        """Leave to make one call, which ``leave`` must follow. Raises CircuitOpen while there is none."""
        now = self._now()
        permit: Permit = "call"

        def step(state: BreakerState) -> BreakerState:
            nonlocal permit
            entered = PROVIDER_POLICY.enter(state, now)
            if entered is None:
                raise self._is_open(state)
            permit, after = entered
            return after

        self._change(step)
        return permit

    def leave(self, permit: Permit, *, worked: bool, pause_s: float | None = None) -> None:
        """Records the outcome of a call; ``pause_s`` is a pause that the provider asked for."""
        if worked and permit == "call":
            return  # changes nothing by the policy, and so needs no round trip
        now = self._now()
        self._change(lambda state: PROVIDER_POLICY.leave(state, now, permit, worked=worked, pause_s=pause_s))

    def abandon(self, permit: Permit) -> None:
        """Records that the call was not made after all."""
        if permit == "probe":
            self._change(lambda state: PROVIDER_POLICY.abandon(state, permit))

    def _change(self, step: Callable[[BreakerState], BreakerState]) -> None:
        def swapped(text: str | None) -> str | None:
            before = _read(text)
            after = step(before)
            return None if after == before else _text(after)

        try:
            compare_and_swap(self._register, self._key, swapped)
        except CircuitOpen:
            raise
        except Unavailable:
            return  # without shared state each call stands for itself; its deadline still bounds it

    def _is_open(self, state: BreakerState) -> CircuitOpen:
        return CircuitOpen(
            f"{self._name} is left alone for now: it failed {state.failures} times or asked for it.",
            hint=f"One call tries it again {state.open_for:.0f} s after the last failure.",
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _text(state: BreakerState) -> str:
    return json.dumps(asdict(state))


def _read(text: str | None) -> BreakerState:
    """The state that ``text`` holds; closed for none, or for one that another version wrote."""
    try:
        return BreakerState(**json.loads(text)) if text else CLOSED
    except (ValueError, TypeError):
        return CLOSED
