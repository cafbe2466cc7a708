"""Small texts that a fleet shares, changed by compare-and-swap: what breakers and quotas are kept in.

The port has adapters that pass one contract test: memory and ``FallbackCasStore`` here, Redis in
``upstash_cas_store``, SQL in the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from sabiscore.errors import StoreUnavailable, Unavailable

MOST_TRIES = 200
"""Each lost race means that somebody else's change went in, so this many in a row do not happen."""


class CasStore(Protocol):
    """Raises Unavailable where it cannot be reached in time."""

    def read(self, name: str) -> str | None:
        """The text kept under ``name``; None when there is none."""
        ...

    def swap(self, name: str, old: str | None, new: str) -> bool:
        """Put ``new`` in the place of ``old``; False, and nothing done, when it is not ``old`` any more."""
        ...


class MemoryCasStore:
    """The texts of one process."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> str | None:
        return self._texts.get(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        with self._lock:
            if self._texts.get(name) != old:
                return False
            self._texts[name] = new
            return True


class FallbackCasStore:
    """``shared``, and while it is away ``own``: a breaker that works for one process is better than none."""

    def __init__(self, shared: CasStore, own: CasStore) -> None:
        self._shared = shared
        self._own = own

    def read(self, name: str) -> str | None:
        try:
            return self._shared.read(name)
        except Unavailable:
            return self._own.read(name)

    def swap(self, name: str, old: str | None, new: str) -> bool:
        try:
            return self._shared.swap(name, old, new)
        except Unavailable:
            return self._own.swap(name, old, new)


def compare_and_swap(register: CasStore, name: str, step: Callable[[str | None], str | None]) -> None:
    """Applies ``step`` to the text of ``name``, as if nobody else were there; None leaves it.

    ``step`` may be called again when somebody else was faster, so it only reads its argument. Raises
    what the register raises, and what ``step`` raises.
    """
    for _ in range(MOST_TRIES):
        old = register.read(name)
        new = step(old)
        if new is None or new == old or register.swap(name, old, new):
            return
    raise StoreUnavailable(
        f"{name} is changed by too many at once.", hint="Run fewer processes, or try again later."
    )
