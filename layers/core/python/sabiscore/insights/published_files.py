"""The published files beside the publication itself, as health asks for them: by digest, without a schema."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sabiscore.cache.file_stamp import FileStamp, stamp
from sabiscore.cache.last_good import Holder, LastGood
from sabiscore.errors import BadPublication, SabiScoreError
from sabiscore.insights.health import CheckName
from sabiscore.publication.daily_anchors import ANCHORS_FILE, RESTORE, LedgerDay, read_days
from sabiscore.publication.ledger_pages import read_ledger
from sabiscore.publication.publish import Publication
from sabiscore.publication.record_file import had_record, read_record_file, record_stamp, tells_of
from sabiscore.publication.record_pages import RecordPage, page_files
from sabiscore.publication.supplements import SMALL, Supplement, Supplements


def published_files(
    folder: Path,
    publications: Holder[Publication],
    supplements: Holder[Supplements],
    *,
    brought_when_asked: bool,
) -> Mapping[CheckName, Holder[object]]:
    """What answers and schedules read in ``folder`` besides the publication, by the name that health uses.

    Each is read again only when its file has changed, so asking costs next to nothing. Where they are
    ``brought_when_asked``, the large supplements come from a bucket once somebody asks for them: those may
    be missing here.
    """

    def read_all_days() -> tuple[LedgerDay, ...]:
        found = read_days(folder)
        if not found and (days.value or tells_of(folder, "anchors")):
            raise BadPublication(f"{ANCHORS_FILE} is missing, though there was one.", hint=RESTORE)
        return found

    days: LastGood[tuple[LedgerDay, ...]] = LastGood(
        load=read_all_days, stamp=FileStamp(folder / ANCHORS_FILE)
    )

    def read_record() -> tuple[RecordPage, ...]:
        found = read_record_file(folder, was_there=had_record(publications))
        for page in found.pages if found is not None else ():
            if not brought_when_asked or page.file.path.exists():
                page.read()
        return found.pages if found is not None else ()

    record: LastGood[tuple[RecordPage, ...]] = LastGood(
        load=read_record,
        stamp=lambda: (record_stamp(folder, publications), *map(stamp, page_files(folder))),
    )
    states: LastGood[bool] = LastGood(
        load=lambda: bool(publications.get().published_states.read()),
        stamp=lambda: _states_stamp(publications),
    )
    files = SupplementFiles(supplements, brought_when_asked)
    beside: LastGood[bool] = LastGood(load=files.verify, stamp=files.stamp)
    return {"states": states, "record": record, "days": days, "supplements": beside}


@dataclass(frozen=True, slots=True)
class SupplementFiles:
    """The supplements as ``listed``, and the files that one of them names in turn."""

    listed: Holder[Supplements]
    brought_when_asked: bool

    def stamp(self) -> Hashable:
        """What changes with the list and with each of the files."""
        try:
            files = self._files(self.listed.get())
        except SabiScoreError:
            files = {}
        return self.listed.refused, *(stamp(file.path) for file in files)

    def verify(self) -> bool:
        """True: every file that has to be here is what was published. Raises BadPublication."""
        listed = self.listed.get()
        if self.listed.refused is not None:
            raise self.listed.refused
        for file, has_to_be_here in self._files(listed).items():
            if has_to_be_here or file.path.exists():
                file.read()
        return True

    def _files(self, listed: Supplements) -> dict[Supplement, bool]:
        """Each file, and whether it has to be here."""
        everything = not self.brought_when_asked
        files = {file: everything or name in SMALL for name, file in listed.files.items()}
        return files | dict.fromkeys(read_ledger(listed).files, everything)


def _states_stamp(publications: Holder[Publication]) -> Hashable:
    try:
        publication = publications.get()
    except SabiScoreError:
        return None
    return publication.states_sha256, stamp(publication.states)
