"""The newest copy of something that could be read, kept while newer ones cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

from sabiscore.errors import SabiScoreError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

_NEVER = object()


class Holder(Protocol[T_co]):
    """Gives the newest good copy; ``refused`` is why a newer one is not used."""

    @property
    def refused(self) -> SabiScoreError | None: ...

    def get(self) -> T_co: ...


class LastGood(Generic[T]):
    """What ``load`` gave for the last ``stamp`` that worked.

    ``stamp`` is cheap and changes when there is something new (a file's time and size, a pointer).
    A load that raises an error of ours leaves the old value serving; the error stays in
    ``refused`` until a later stamp loads.
    """

    def __init__(self, load: Callable[[], T], stamp: Callable[[], Hashable]) -> None:
        self._load = load
        self._stamp = stamp
        self._seen: Hashable = _NEVER
        self._value: T | None = None
        self._lock = threading.Lock()
        self.refused: SabiScoreError | None = None

    def get(self) -> T:
        """The newest good value. Raises what the load raised when there never was one."""
        stamp = self._stamp()
        if stamp != self._seen:
            with self._lock:
                if stamp != self._seen:
                    self._reload(stamp)
        if self._value is not None:
            return self._value
        if self.refused is not None:
            raise self.refused.with_traceback(None)
        raise RuntimeError("a load gave no value and no error")

    def _reload(self, stamp: Hashable) -> None:
        try:
            self._value = self._load()
            self.refused = None
        except SabiScoreError as error:
            self.refused = error
        self._seen = stamp
