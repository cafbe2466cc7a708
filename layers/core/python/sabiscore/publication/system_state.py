"""How sources and schedules stood when a schedule looked last: what the function that answers cannot ask."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sabiscore.errors import BadPublication
from sabiscore.publication.supplements import HINT, SYSTEM, Supplements
from sabiscore.untrusted import json_object, untrusted

SYSTEM_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A source by name: its state and breaker, and the calls of its quota (None where it has none)."""

    name: str
    state: str
    breaker: str
    used: int | None
    quota: int | None
    per: str | None
    renews_at: str | None
    last_good_at: str | None
    failures: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """A schedule's newest run that had ended, and when it was due next; None where it never ran."""

    name: str
    due_at: str
    started_at: str | None
    finished_at: str | None
    outcome: str | None
    problems: int


@dataclass(frozen=True, slots=True)
class SystemState:
    """Sources and schedules as they stood at ``at``."""

    at: datetime
    sources: tuple[SourceLine, ...]
    schedules: tuple[ScheduleLine, ...]


def system_file(
    at: datetime, sources: Sequence[SourceLine], schedules: Sequence[ScheduleLine]
) -> tuple[bytes, str]:
    """The content of the file, and its ending."""
    body = {
        "format": SYSTEM_FORMAT,
        "at": at.isoformat(),
        "sources": [asdict(line) for line in sources],
        "schedules": [asdict(line) for line in schedules],
    }
    return json.dumps(body, ensure_ascii=False).encode(), "json"


def read_system(supplements: Supplements) -> SystemState | None:
    """What ``supplements`` name; None where they name nothing. Raises BadPublication."""
    file = supplements.file(SYSTEM)
    if file is None:
        return None
    with untrusted(BadPublication, f"{file.path.name} does not say how anything stood", hint=HINT):
        body = json_object(file.read())
        if body["format"] != SYSTEM_FORMAT:
            raise ValueError(f"format {body['format']!r} is not {SYSTEM_FORMAT}")
        return SystemState(
            datetime.fromisoformat(body["at"]),
            tuple(SourceLine(**_of(line)) for line in body["sources"]),
            tuple(ScheduleLine(**_of(line)) for line in body["schedules"]),
        )


def _of(line: Any) -> Mapping[str, Any]:
    if not isinstance(line, dict):
        raise TypeError("not a JSON object")
    return line
