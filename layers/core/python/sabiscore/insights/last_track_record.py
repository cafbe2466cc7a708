"""The newest good copy of the public record, without the types of its documents until it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sabiscore.cache.last_good import Holder, LastGood
from sabiscore.errors import BadPublication
from sabiscore.publication.record_file import had_record, record_stamp

if TYPE_CHECKING:
    from sabiscore.insights.stored_track_record import StoredTrackRecord
    from sabiscore.publication.publish import Publication


def last_track_record(folder: Path, publications: Holder[Publication]) -> LastGood[StoredTrackRecord]:
    """The newest record of ``folder`` that can be trusted; one that was there and is missing is refused.

    That there was none yet is no good copy of one that cannot be read.
    """

    def load() -> StoredTrackRecord:
        # pydantic comes with it, which an answer that is cached must not pay for.
        from sabiscore.insights.stored_track_record import NEVER_PUBLISHED, read_track_record

        loaded = records.value is not None and records.value.digest != NEVER_PUBLISHED
        try:
            return read_track_record(folder, was_there=loaded or had_record(publications))
        except BadPublication:
            if not loaded:
                records.value = None
            raise

    records: LastGood[StoredTrackRecord] = LastGood(load, stamp=lambda: record_stamp(folder, publications))
    return records
