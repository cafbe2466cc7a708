"""Changes the code of some rooms a little at a time, and reports how many of the changes their tests notice.

``python -m infra.mutation [ROOM ...]``; all of them take about an hour. It ends with an
error when a room's tests notice less than 85%, or when a change goes unnoticed that nobody has looked at:
``tests/mutants/survivors.toml`` lists those that somebody has.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence

from infra.mutation import stage
from infra.mutation.changes import Change, Changes
from infra.mutation.report import BOUND, HEADING, RoomReport, report
from infra.mutation.rooms import ROOMS, Room
from infra.mutation.survivors import LIST, listed, unlisted
from infra.project import ROOT
from sabiscore.errors import SabiScoreError


def measure(room: Room) -> RoomReport:
    """The report of ``room``, whose sources are copied first: changes of the meantime do not matter."""
    print(f"== {room.name}", file=sys.stderr)
    folder = stage.staged(room)
    stage.run(folder)
    changes = Changes(folder / "mutants" / "src")
    ends: defaultdict[Change, list[str]] = defaultdict(list)
    for mutant, end in stage.outcomes(folder).items():
        ends[changes.of(mutant)].append(end)
    return report(room.name, ends)


def faults(reports: Sequence[RoomReport]) -> list[str]:
    """Sentences on what does not hold."""
    known, where = listed(), LIST.relative_to(ROOT)
    few = [
        f"{each.room}: {each.ratio:.1%} killed, {BOUND:.0%} is the least."
        for each in reports
        if not each.holds
    ]
    new = [change for each in reports for change in unlisted(each.survivors, known)]
    return few + [f"{change.function}: {change.text} goes unnoticed and is not in {where}." for change in new]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print: 0 when all holds, 1 when something does not, 3 when nothing could be measured."""
    parser = argparse.ArgumentParser(
        prog="python -m infra.mutation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [room.name for room in ROOMS]
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"Only these of {', '.join(names)}.")
    parser.add_argument("--json", action="store_true", help="Print the figures for a program.")
    given = parser.parse_args(arguments)
    if unknown := sorted(set(given.rooms) - set(names)):
        parser.error(f"there is no room {' '.join(unknown)}; there are {', '.join(names)}")
    try:
        reports = [measure(room) for room in ROOMS if room.name in (given.rooms or names)]
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    return finish(reports, as_json=given.json)


def finish(reports: Sequence[RoomReport], *, as_json: bool) -> int:
    """Print ``reports``: 0 when all of it holds, else 1."""
    found = faults(reports)
    if as_json:
        plain = {"holds": not found, "rooms": [each.as_json() for each in reports], "faults": found}
        print(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        print("\n".join([HEADING, *map(str, reports)]))
    print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
