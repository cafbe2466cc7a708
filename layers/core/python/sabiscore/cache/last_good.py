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
    ``refused`` until a later stamp loads. ``fallback`` gives what serves when nothing was loaded yet, or
    None. With ``keep_trying`` every call tries again as long as there is no value at all.
    """

    def __init__(
        self,
        load: Callable[[], T],
        stamp: Callable[[], Hashable],
        fallback: Callable[[SabiScoreError], T | None] = lambda _: None,
        *,
        keep_trying: bool = False,
    ) -> None:
        self._load = load
        self._stamp = stamp
        self._fallback = fallback
        self._keep_trying = keep_trying
        self._loaded_stamp: Hashable = _NEVER
        self._lock = threading.Lock()
        self.value: T | None = None
        self.refused: SabiScoreError | None = None

    def get(self) -> T:
        """The newest good value. Raises what the load raised when there never was one."""
        stamp = self._stamp()
        if stamp != self._loaded_stamp:
            with self._lock:
                if stamp != self._loaded_stamp:
                    self._reload(stamp)
        if self.value is not None:
            return self.value
        if self.refused is not None:
            raise self.refused.with_traceback(None)
        raise RuntimeError("a load gave no value and no error")

    def _reload(self, stamp: Hashable) -> None:
        try:
            self.value = self._load()
            self.refused = None
        except SabiScoreError as error:
            self.refused = error
            if self.value is None:
                self.value = self._fallback(error)
        self._loaded_stamp = _NEVER if self.value is None and self._keep_trying else stamp
