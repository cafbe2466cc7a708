"""How much of what was changed in a room its tests noticed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.mutation.changes import Change

BOUND = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomReport:
    """The mutants of ``room`` by their ends. One whose tests ran out of time counts as nothing but that.

    >>> print(RoomReport(room="value", killed=9, survivors=(), timed_out=1))
    value           10        9         0         1   90.0%
    """

    room: str
    killed: int
    survivors: Sequence[Change]
    timed_out: int

    @property
    def mutants(self) -> int:
        return self.killed + len(self.survivors) + self.timed_out

    @property
    def ratio(self) -> float:
        """The share that was killed, of all."""
        return self.killed / self.mutants if self.mutants else 0.0

    @property
    def holds(self) -> bool:
        return self.ratio >= BOUND

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values."""
        return {
            "room": self.room,
            "mutants": self.mutants,
            "killed": self.killed,
            "survived": len(self.survivors),
            "timed_out": self.timed_out,
            "ratio": round(self.ratio, 4),
            "holds": self.holds,
            "survivors": [{"function": each.function, "change": each.text} for each in self.survivors],
        }

    def __str__(self) -> str:
        counts = f"{self.mutants:>8} {self.killed:>8} {len(self.survivors):>9} {self.timed_out:>9}"
        return f"{self.room:<9} {counts} {self.ratio:>7.1%}"


HEADING = f"{'room':<9} {'mutants':>8} {'killed':>8} {'survived':>9} {'timed out':>9} {'ratio':>7}"


def report(room: str, ends: Mapping[Change, Sequence[str]]) -> RoomReport:
    """What ``ends`` (mutmut's words, of all mutants that make the same change) come to.

    Mutants of a reader's wording are left out. One that no test calls survives.
    """
    counted = [(change, end) for change, all_of_it in ends.items() if not change.wording for end in all_of_it]
    return RoomReport(
        room=room,
        killed=sum(end == "killed" for _, end in counted),
        survivors=[change for change, end in counted if end not in ("killed", "timeout")],
        timed_out=sum(end == "timeout" for _, end in counted),
    )
