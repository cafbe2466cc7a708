"""The file of the public track record, as far as it can be judged without its schema."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sabiscore.cache.file_stamp import stamp
from sabiscore.cache.last_good import Holder
from sabiscore.errors import BadPublication, SabiScoreError
from sabiscore.publication.corrections import CORRECTIONS_FILE, read_corrections
from sabiscore.publication.daily_anchors import ANCHORS_FILE, read_days
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE, Publication
from sabiscore.publication.record_pages import PAGES_AGAIN, RecordPage, pages_in
from sabiscore.untrusted import bytes_of, json_object, untrusted

RECORD_AGAIN = PAGES_AGAIN
SHAPE = {
    **dict.fromkeys(("all", "by_league", "by_version", "live_calibration"), dict),
    **dict.fromkeys(("calibration", "rollbacks", "anchors", "timeline"), list),
    "sealed": int,
}
"""The members of a record that are never null, and their types: what health can judge without the schema."""


@dataclass(frozen=True, slots=True)
class RecordFile:
    """A record whose digest holds, its members by name, and the pages that it names."""

    digest: str
    body: Mapping[str, Any]
    pages: tuple[RecordPage, ...] = ()


def read_record_file(folder: Path, *, was_there: bool = False) -> RecordFile | None:
    """The record in ``folder``; None where there never was one.

    ``was_there``: a publication does not say that there was none. Raises BadPublication where it is not what
    was written, and where it is missing although it was there, or what is beside it was learnt from settled
    predictions.
    """
    with untrusted(BadPublication, f"{TRACK_RECORD_FILE} is not a record", hint=RECORD_AGAIN):
        data = bytes_of(folder / TRACK_RECORD_FILE)
        if data is not None:
            return _verified(folder, json_object(data))
    if was_there or _others_say_so(folder):
        raise BadPublication(f"{TRACK_RECORD_FILE} is missing, though there was one.", hint=RECORD_AGAIN)
    return None


def tells_of(folder: Path, member: str) -> bool:
    """Whether the record in ``folder`` has something in ``member``: its file beside the record was there."""
    try:
        found = read_record_file(folder)
    except BadPublication:
        return False  # whoever reads the record says why
    return found is not None and bool(found.body.get(member))


def record_stamp(folder: Path, publications: Holder[Publication]) -> Hashable:
    """What changes whenever ``read_record_file`` may give something else."""
    found = stamp(folder / TRACK_RECORD_FILE)
    if found is not None:
        return found
    return had_record(publications), *(stamp(folder / name) for name in (CORRECTIONS_FILE, ANCHORS_FILE))


def had_record(publications: Holder[Publication]) -> bool:
    """Whether there was a record, or may have been, by the publication in use; False where there is none."""
    try:
        return publications.get().has_record is not False
    except SabiScoreError:
        return False  # whoever needs the publication says why


def _verified(folder: Path, whole: Mapping[str, Any]) -> RecordFile:
    digest, body = str(whole["digest"]), whole["record"]
    if digest_of(body) != digest:
        raise ValueError("altered after it was written")
    for name, kind in SHAPE.items():
        if not isinstance(body[name], kind):
            raise TypeError(f"its {name} is of another type")
    return RecordFile(digest, body, pages_in(folder, body.get("pages", [])))


def _others_say_so(folder: Path) -> bool:
    try:
        learnt = any(live.n for live in read_corrections(folder).by_version.values())
        return learnt or any(day.entries for day in read_days(folder))
    except BadPublication:
        return True  # they were written by runs that write the record too
