"""What decides whether a reader may ask once more: the port, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

WINDOW_S = 60


@dataclass(frozen=True, slots=True)
class Verdict:
    """``wait_s`` is 0 for who may pass, else the seconds after which a request passes for certain.

    ``away``: the fleet's count was asked for in vain, so the rest of the request need not try its Redis.
    """

    wait_s: int = 0
    unreachable: bool = False


PASSES = Verdict()


class Limiter(Protocol):
    """At most ``most`` requests a minute for each reader."""

    @property
    def most(self) -> int: ...

    async def take(self, reader: str) -> Verdict:
        """Counts one request of ``reader``, unless it is to be refused."""
        ...
