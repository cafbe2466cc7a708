"""The published files beside the publication itself, as health asks for them: by digest, without a schema."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path

from sabiscore.cache.file_stamp import FileStamp, stamp
from sabiscore.cache.last_good import Holder, LastGood
from sabiscore.errors import BadPublication, SabiScoreError
from sabiscore.insights.health import CheckName
from sabiscore.publication.daily_anchors import ANCHORS_FILE, RESTORE, LedgerDay, read_days
from sabiscore.publication.publish import Publication
from sabiscore.publication.record_file import had_record, read_record_file, record_stamp, tells_of


def published_files(folder: Path, publications: Holder[Publication]) -> Mapping[CheckName, Holder[object]]:
    """What answers and schedules read in ``folder`` besides the publication, by the name that health uses.

    Each is read again only when its file has changed, so asking costs next to nothing.
    """

    def read_all_days() -> tuple[LedgerDay, ...]:
        found = read_days(folder)
        if not found and (days.value or tells_of(folder, "anchors")):
            raise BadPublication(f"{ANCHORS_FILE} is missing, though there was one.", hint=RESTORE)
        return found

    days: LastGood[tuple[LedgerDay, ...]] = LastGood(
        load=read_all_days, stamp=FileStamp(folder / ANCHORS_FILE)
    )
    record: LastGood[bool] = LastGood(
        load=lambda: read_record_file(folder, was_there=had_record(publications)) is not None,
        stamp=lambda: record_stamp(folder, publications),
    )
    states: LastGood[bool] = LastGood(
        load=lambda: bool(publications.get().published_states.read()),
        stamp=lambda: _states_stamp(publications),
    )
    return {"states": states, "record": record, "days": days}


def _states_stamp(publications: Holder[Publication]) -> Hashable:
    try:
        publication = publications.get()
    except SabiScoreError:
        return None
    return publication.states_sha256, stamp(publication.states)
