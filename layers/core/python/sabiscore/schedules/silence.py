"""Sources of a made-up world: nobody out there knows of its matches."""

from __future__ import annotations

from sabiscore.clock import Clock
from sabiscore.gathering.gather import Gathered
from sabiscore.gathering.record import Records
from sabiscore.net.register import Register
from sabiscore.sources.base import Wanted


class Silence:
    """Gathers nothing."""

    def __init__(self, register: Register, clock: Clock) -> None:
        self.records = Records(register, clock)

    def gather(self, wanted: Wanted) -> Gathered:  # noqa: ARG002
        return Gathered()
