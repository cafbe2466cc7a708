"""``python -m infra.drills``: every disaster once, after how long it ended (RTO), what was lost (RPO)."""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.drills.disasters import DRILLS, Recovered
from infra.drills.scene import scene
from infra.rigs.aws_api import aws_api

BEHIND_H = 24.0
"""So many hours of prices and results may be gone: a backup is taken a day."""


def measure() -> Measurement:
    """Each disaster in a fleet of its own."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="sabiscore-drills-"))
        aws = stack.enter_context(aws_api())
        checks: list[BoundCheck] = []
        for number, (name, drill) in enumerate(DRILLS.items(), start=1):
            found = drill.act(scene(Path(folder) / str(number), aws))
            checks += _checks(f"R{number}", name, found, drill.most_s)
    notes = [f"{name}: ended by {drill.ended_by}" for name, drill in DRILLS.items()]
    return Measurement(checks, notes)


def _checks(id_: str, name: str, found: Recovered, most_s: float) -> Iterator[BoundCheck]:
    yield BoundCheck(id=id_, what=f"{name}: back after", value=found.rto_s, sense="≤", bound=most_s, unit="s")
    yield BoundCheck(id=id_, what=f"{name}: sealed predictions lost", value=found.lost, sense="=", bound=0)
    if found.behind_h is not None:
        yield BoundCheck(
            id=id_,
            what=f"{name}: prices behind",
            value=round(found.behind_h, 2),
            sense="≤",
            bound=BEHIND_H,
            unit="h",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Drill and print."""
    given = options("infra.drills", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())
