"""An event loop whose time is a number: waits end at once, at exactly the instant that they were set for."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Goes on to its next timer instead of waiting for it. ``now_s`` is the instant, in seconds from 0."""

    def __init__(self) -> None:
        self.now_s = 0.0
        super().__init__(_NeverWaits(self.pass_by))

    def time(self) -> float:
        return self.now_s

    def pass_by(self, seconds: float) -> None:
        """So much time goes by in which nothing runs, as while a process computes."""
        self.now_s += seconds


class _NeverWaits(selectors.DefaultSelector):
    def __init__(self, pass_by: Callable[[float], None]) -> None:
        super().__init__()
        self._pass_by = pass_by

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready; when nothing is, time goes on by ``timeout``. Without one, waits for real."""
        if timeout is None:
            return super().select()
        ready = super().select(0)
        if not ready:
            self._pass_by(max(0.0, timeout))
        return ready


def run(story: Callable[[VirtualTimeLoop], Coroutine[Any, Any, T]]) -> T:
    """What ``story`` gives on a loop of its own."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualTimeLoop)
        return runner.run(story(loop))
