"""The mutants that no test notices, each looked at, with its reason: ``tests/mutants/survivors.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable
from pathlib import Path

from infra.mutation.changes import Change
from infra.project import ROOT

LIST = ROOT / "tests" / "mutants" / "survivors.toml"


def listed(path: Path = LIST) -> dict[tuple[str, str], str]:
    """(function, change) → the reason why it stays."""
    tables = tomllib.loads(path.read_text())
    return {
        (function, change): reason
        for function, changes in tables.items()
        for change, reason in changes.items()
    }


def unlisted(survivors: Iterable[Change], known: Collection[tuple[str, str]]) -> list[Change]:
    """The survivors that nobody has looked at yet."""
    return [change for change in survivors if (change.function, change.text) not in known]
