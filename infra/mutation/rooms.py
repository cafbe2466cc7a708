"""The rooms whose tests are themselves tested, and the tests that have to notice every change there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Files of ``sabiscore`` that are changed, ``spared`` not among them, and the tests that run over them.

    ``changed`` and ``spared`` are patterns below ``sabiscore/``, ``tests`` paths below ``tests/``.
    """

    name: str
    changed: str
    spared: tuple[str, ...] = ()
    tests: tuple[str, ...]


ROOMS = (
    Room(
        name="value",
        changed="domain/value.py",
        tests=("unit/domain/test_odds_and_value.py",),
    ),
    Room(
        name="limits",
        changed="limits/*",
        tests=("unit/limits", "unit/bootstrap/test_limits.py"),
    ),
    Room(
        name="ledger",
        changed="ledger/*",
        tests=("unit/ledger", "unit/pipeline/test_sealing.py", "unit/pipeline/test_settling.py"),
    ),
    Room(
        name="domain",
        changed="domain/*",
        spared=("domain/value.py",),
        tests=("unit/domain",),
    ),
    Room(
        name="identity",
        changed="identity/*",
        tests=("unit/identity",),
    ),
    Room(
        name="cache",
        changed="cache/*",
        tests=("unit/cache",),
    ),
)
"""The quickest comes first."""
