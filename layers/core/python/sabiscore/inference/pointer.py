"""A pointer: a small file that names the bundle in use, and every bundle it named before.

One JSON object a line, oldest first. A move adds a line and replaces the file in one step, so the
pointer and its history can never disagree. A promotion goes on top of a stack, a rollback takes
the top off; what is served is the top, and the one below it is the fallback.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from sabiscore.errors import BadBundle, NothingPublished
from sabiscore.inference.manifest import parse_json, parse_version
from sabiscore.untrusted import bytes_of, untrusted

Why = Literal["promote", "rollback"]
POINTERS = ("production", "challenger")
POINT_AGAIN = "Move it out of the way, then promote a bundle: `sabiscore models promote VERSION`."


@dataclass(frozen=True, slots=True)
class PointerChange:
    """A pointer came to name ``version`` at ``moved_at`` (ISO 8601, UTC).

    ``because`` is a sentence where nobody but the system itself decided it.
    """

    version: str
    moved_at: str
    why: Why
    because: str = ""


def read_changes(path: Path) -> tuple[PointerChange, ...]:
    """Every move of the pointer at ``path``, oldest first; none when it was never set.

    Raises BadBundle where a line is not a move, or the file cannot be read.
    """
    with untrusted(BadBundle, f"The pointer {path.name} cannot be read", hint=POINT_AGAIN):
        data = bytes_of(path)
        return () if data is None else parse_changes(data, path.name)


def parse_changes(data: bytes, pointer: str) -> tuple[PointerChange, ...]:
    """The moves that a pointer's content tells, oldest first; raises BadBundle."""
    return tuple(_move(line, pointer) for line in data.splitlines())


def _move(line: bytes, pointer: str) -> PointerChange:
    document = parse_json(line, f"A line of the pointer {pointer}")
    version, why = str(document.get("version")), document.get("why")
    parse_version(version)
    if why not in ("promote", "rollback"):
        raise BadBundle(f"A line of the pointer {pointer} is neither a promotion nor a rollback.")
    return PointerChange(
        version, str(document.get("moved_at")), cast("Why", why), str(document.get("because") or "")
    )


def standing(moves: Sequence[PointerChange]) -> tuple[str, ...]:
    """The versions still on the stack, the one in use last.

    >>> moves = [PointerChange(version, "", "promote") for version in ("1.0.0", "1.1.0")]
    >>> moves.append(PointerChange("1.0.0", "", "rollback"))
    >>> standing(moves[:2]), standing(moves)
    (('1.0.0', '1.1.0'), ('1.0.0',))
    """
    stack: list[str] = []
    for move in moves:
        if move.why == "promote":
            stack.append(move.version)
        elif stack:
            stack.pop()
    return tuple(stack)


def current(registry: Path, pointer: str = "production") -> Path:
    """The folder of the bundle that ``pointer`` names; raises NothingPublished when it names none."""
    stack = standing(read_changes(registry / pointer))
    if not stack:
        raise NothingPublished(
            f"No bundle is {pointer} yet.",
            hint="Train one with `sabiscore train`, or promote one with `sabiscore models promote VERSION`.",
        )
    return registry / stack[-1]
