"""Parts for tests of what a fleet shares: a clock moved by hand, and a register that is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sabiscore.errors import CacheUnavailable

NOON = datetime(2026, 4, 16, 12, tzinfo=UTC)


class Hands:
    """A clock that is moved by hand and may be wrong by ``error``."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at
        self.error = timedelta()

    def now(self) -> datetime:
        return self.at + self.error

    def move(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class AwayRegister:
    """Never answers."""

    def read(self, name: str) -> str | None:
        raise CacheUnavailable("away")

    def swap(self, name: str, old: str | None, new: str) -> bool:
        raise CacheUnavailable("away")
