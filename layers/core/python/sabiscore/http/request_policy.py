"""What an app asks of every request before it answers, whatever the route."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sabiscore.limits.limiter import Limiter

TIME_LIMIT_S = 10.0
MOST_AT_ONCE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestPolicy:
    """``origins`` may read answers in a browser; callers signed with one of ``edge_secrets`` are the Worker.

    ``most_at_once`` requests are worked on at a time. ``seconds`` gives the time since 1970, by which
    signatures are judged.
    """

    limiter: Limiter
    origins: tuple[str, ...] = ()
    edge_secrets: tuple[str, ...] = ()
    time_limit_s: float = TIME_LIMIT_S
    most_at_once: int = MOST_AT_ONCE
    seconds: Callable[[], float] = time.time


Guards = Callable[[], RequestPolicy]
"""First called by a request: nothing is read when an app is made."""
