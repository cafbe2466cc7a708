"""A call that is tried again when that may help: few times, with pauses, within one deadline (stamina)."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

import stamina

from sabiscore.errors import CircuitOpen, NoResponse, QuotaSpent, SourceBusy

ATTEMPTS = 3
FIRST_PAUSE_S = 0.5
LONGEST_S = 30.0
JITTER = 0.3
WORTH_S = 0.05
"""With less than this left after the pause there is no point in another attempt."""

T = TypeVar("T")


def pause_s(error: Exception, attempt: int, jitter: float) -> float | None:
    """Seconds until the next attempt after the failed ``attempt`` (from 1); None: do not try again.

    Exponential from half a second, up to 30% longer by ``jitter`` (0 to 1), never above 30 s. A host that
    is busy is asked again when it said, unless that is further off, or it did not say: each try may cost
    of a quota.

    >>> [pause_s(NoResponse("no response"), attempt, 1.0) for attempt in (1, 2, 9)]
    [0.65, 1.3, 30.0]
    >>> pause_s(SourceBusy("429", retry_after_s=7.0), 1, 1.0)
    7.0
    """
    if isinstance(error, SourceBusy):
        asked_s = error.retry_after_s
        return asked_s if asked_s is not None and asked_s <= LONGEST_S else None
    if not isinstance(error, NoResponse):
        return None
    return min(LONGEST_S, FIRST_PAUSE_S * 2.0 ** (attempt - 1) * (1 + JITTER * jitter))


def persistently(
    work: Callable[[float], T],
    *,
    deadline_s: float,
    attempts: int = ATTEMPTS,
    jitter: Callable[[], float] = random.random,
    monotonic: Callable[[], float] = time.monotonic,
) -> T:
    """What ``work`` gives, which is handed the seconds that are left; for idempotent work only.

    Raises what the last attempt that was made raised.
    """
    ends = monotonic() + deadline_s
    failures: list[Exception] = []

    def backoff(error: Exception) -> float | bool:
        failures.append(error)
        pause = pause_s(error, len(failures), jitter())
        return False if pause is None or monotonic() + pause + WORTH_S > ends else pause

    for attempt in stamina.retry_context(on=backoff, attempts=attempts, timeout=None):
        with attempt:
            try:
                return work(ends - monotonic())
            except (CircuitOpen, QuotaSpent):
                if not failures:
                    raise
    raise failures[-1]  # the last attempt was not made: what the one before it met says more
