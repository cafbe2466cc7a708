"""The backups of a data folder: those that lie in it, and those in the bucket that it is shared by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sabiscore.errors import BadSetting, NothingStored
from sabiscore.store.backup import parts_of
from sabiscore.store.backup_parts import PARTS

if TYPE_CHECKING:
    from sabiscore.settings import Settings
    from sabiscore.sync.session import DataDirSync

ENDING = ".jsonl.gz"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TAKE = "One is taken every day: sabiscore cron cleanup"


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup by its day; ``bytes`` is the size of its own file, without parts that other days share."""

    day: str
    place: Literal["here", "bucket"]
    bytes: int


def backups(settings: Settings, data_sync: DataDirSync | None) -> Sequence[Backup]:
    """Every backup, the newest first; of a day that both have, the one at hand. Raises BucketUnavailable."""
    found = {
        path.name.removesuffix(ENDING): Backup(path.name.removesuffix(ENDING), "here", path.stat().st_size)
        for path in _folder(settings).glob(f"*{ENDING}")
    }
    for stored in () if data_sync is None else data_sync.listed("backups/"):
        day = stored.key.rpartition("/")[2].removesuffix(ENDING)
        found.setdefault(day, Backup(day, "bucket", stored.size))
    return sorted(
        (backup for day, backup in found.items() if _DAY.fullmatch(day)),
        key=lambda backup: backup.day,
        reverse=True,
    )


def backup_at(settings: Settings, data_sync: DataDirSync | None, wanted: str | None) -> Path:
    """The file of a backup: the newest, that of the day ``wanted``, or the file that it names; brought here.

    Raises NothingStored where there is none, BadSetting for a day without one.
    """
    if wanted is not None and Path(wanted).is_file():
        return Path(wanted)
    found = backups(settings, data_sync)
    if not found:
        raise NothingStored(f"There is no backup in {_folder(settings)}.", hint=TAKE)
    days = [backup.day for backup in found]
    day = days[0] if wanted is None else wanted
    if day not in days:
        raise BadSetting(
            f"There is no backup {wanted!r}.", hint=f"Name a file or one of these days: {', '.join(days)}."
        )
    path = _folder(settings) / f"{day}{ENDING}"
    if data_sync is not None:
        data_sync.files([f"backups/{path.name}"])
        data_sync.files([f"backups/{PARTS}/{name}" for name in parts_of(path)])
    return path


def _folder(settings: Settings) -> Path:
    return settings.data_dir / "backups"
