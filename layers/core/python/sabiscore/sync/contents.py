"""What of a home is shared, and what each file has to be before it takes another one's place.

| in the data folder | name | who brings it | |
|---|---|---|---|
| `models/VERSION/` | fixed | whoever follows a pointer to it | never changes |
| `models/production`, `…/challenger` | pointer | everybody; `challenger` schedules only | conditional |
| `publication/states-….npz` | by content | with the publication that names it | never changes |
| `publication/supplements/…` | by content | the small ones with the list that names them | never changes |
| `publication/….json` | pointer | everybody; `days.json` schedules only | conditional |
| `archive/STORE/….npz` | by content | schedules, those that the store names | never changes |
| `checkpoints/….npz` | by content | schedules, the newest | never changes |
| `away/bets/…`, `away/prices/…` | by content | schedules, the bets | never changes |
| `backups/parts/….jsonl.gz` | by content | who restores a backup that names them | never changes |
| `backups/DAY.jsonl.gz` | by day | nobody | |
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sabiscore.errors import BadBundle, CorruptObject
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import PUBLICATION_FORMAT
from sabiscore.publication.supplements import SMALL, SUPPLEMENTS_DIR, supplement_files
from sabiscore.untrusted import json_object, untrusted

COMING, RECORD, CALIBRATION, DAYS, SUPPLEMENTS = (
    f"publication/{name}.json" for name in ("coming", "record", "calibration", "days", "supplements")
)
PRODUCTION, CHALLENGER = "models/production", "models/challenger"
SERVED = (RECORD, CALIBRATION, SUPPLEMENTS, PRODUCTION, COMING)
"""The pointers that requests are answered by."""
POINTERS = (RECORD, CALIBRATION, DAYS, SUPPLEMENTS, PRODUCTION, CHALLENGER, COMING)
"""Everything that is replaced; the one that names the most files last."""
OF_MODELS = (PRODUCTION, CHALLENGER)

BETS, CHECKPOINTS = "away/bets/", "checkpoints/"
DAY_BACKUP = re.compile(r"backups/[^/]+")
"""Replaced while the day goes on, unlike all other files."""
BUNDLE = re.compile(r"models/(\d+\.\d+\.\d+)/[a-z.]+")
_DATA = (
    "archive/*/*.npz",
    "checkpoints/*.npz",
    "away/*/*.jsonl.gz",
    "backups/parts/*.jsonl.gz",
    "backups/*.jsonl.gz",
    "publication/supplements/*-*.*",
)
_BODIES = {COMING: "publication", RECORD: "record", CALIBRATION: "calibrations", SUPPLEMENTS: "supplements"}
WRITE_AGAIN = "What is here serves on; write it anew with `sabiscore sync push --again`."
_STATES = re.compile(r"states-[0-9a-f]{16}\.npz")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StatesFile:
    """The file of the states that a publication names."""

    path: str
    sha256: str


def sha256_of(data: bytes) -> str:
    """Of ``data``, as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def refuse_torn(path: str, data: bytes) -> None:
    """Raises CorruptObject unless ``data`` is the whole, unaltered pointer or document of ``path``."""
    if path in (PRODUCTION, CHALLENGER):
        versions_in(path, data, 1)
    elif path == COMING:
        states_in(data)
    else:
        _body(path, data)


def states_in(data: bytes) -> StatesFile:
    """The states that the publication ``data`` names; raises CorruptObject when it is none of ours."""
    body = _body(COMING, data)
    with _torn(COMING):
        states = body["states"]
        name, sha256 = str(states["file"]), str(states["sha256"])
        if (
            body["format"] != PUBLICATION_FORMAT
            or not _STATES.fullmatch(name)
            or not _SHA256.fullmatch(sha256)
        ):
            raise ValueError("of another format")
        return StatesFile(f"publication/{name}", sha256)


def small_supplements_in(data: bytes) -> list[str]:
    """The small files that the list ``data`` names; raises CorruptObject when it is none of ours."""
    body = _body(SUPPLEMENTS, data)
    with _torn(SUPPLEMENTS):
        return [f"publication/{SUPPLEMENTS_DIR}/{name}" for name in supplement_files(body, SMALL)]


def is_rehearsal(data: bytes) -> bool:
    """Whether the publication ``data`` says that its clock was set back. Raises CorruptObject."""
    return bool(_body(COMING, data).get("rehearsal"))


def versions_in(path: str, data: bytes, depth: int) -> tuple[str, ...]:
    """The bundle that the pointer ``data`` names, below it older ones: ``depth`` in all, the oldest first."""
    # Its package knows bundles, and answering from a cache needs none.
    from sabiscore.inference.pointer import parse_changes, standing

    try:
        return standing(parse_changes(data, Path(path).name))[-depth:]
    except BadBundle as error:
        raise CorruptObject(f"The bucket's {path} cannot be read. {error}", hint=WRITE_AGAIN) from error


def _body(path: str, data: bytes) -> dict[str, Any]:
    """The body of a published document whose digest holds."""
    with _torn(path):
        whole = json_object(data)
        body = {"days": whole["days"]} if path == DAYS else whole[_BODIES[path]]
        if digest_of(body) != whole["digest"]:
            raise ValueError("altered after it was written")
        return dict(body)


def _torn(path: str) -> AbstractContextManager[None]:
    """Turns whatever goes wrong in reading ``path`` of the bucket into CorruptObject with its reason."""
    return untrusted(CorruptObject, f"The bucket's {path} cannot be read", hint=WRITE_AGAIN)


def data_files(data_dir: Path) -> Iterator[str]:
    """The files of ``home`` that are shared and never change, but for backups."""
    for pattern in _DATA:
        yield from (
            _summary(data_dir, path) for path in sorted(data_dir.glob(pattern)) if path.name[0] != "."
        )


def bundle_files(data_dir: Path) -> Iterator[Sequence[str]]:
    """The files of each whole bundle in ``home``, its manifest last."""
    from sabiscore.inference.manifest import MANIFEST, is_version, parse_manifest

    for folder in sorted((data_dir / "models").glob("*.*.*")):
        try:
            manifest = parse_manifest((folder / MANIFEST).read_bytes())
        except (OSError, BadBundle):
            continue  # whoever is to serve it says so
        files = [folder / name for name in (*manifest.files, MANIFEST)]
        if is_version(folder.name) and all(path.is_file() for path in files):
            yield [_summary(data_dir, path) for path in files]


def _summary(data_dir: Path, path: Path) -> str:
    return path.relative_to(data_dir).as_posix()
