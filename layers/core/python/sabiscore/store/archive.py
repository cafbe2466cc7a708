"""Seasons as verified columns on disk: one .npz a season file, named by its own sha256.

Because a file's name holds its hash, a new version never overwrites the old one: until the store
points at it, it does not count. What nothing points at is swept away later.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Collection
from pathlib import Path

from sabiscore.errors import BadArchive
from sabiscore.files import write_atomically
from sabiscore.history import COLUMNS, History
from sabiscore.store.packed_season import INGEST_AGAIN, PackedSeason

SUFFIX = ".npz"
SEASONS_KEPT = 64
"""Seasons in memory: those of two years, which schedules look at again and again."""
SWEPT_AFTER_S = 3600
"""Files younger than this may belong to a writer or a reader that is still at work."""


def _frozen(history: History) -> History:
    for name in COLUMNS:
        getattr(history, name).flags.writeable = False
    return history


class Archive:
    """The folder the season archives lie in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: OrderedDict[str, History] = OrderedDict()

    def path(self, sha256: str) -> Path:
        """Where the archive with this hash lies."""
        return self.folder / f"{sha256}{SUFFIX}"

    def write(self, history: History) -> str:
        """The sha256 under which ``history`` is now on disk, whole or not at all."""
        data = PackedSeason.of(history).to_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        write_atomically(self.path(sha256), data)
        return sha256

    def read(self, sha256: str) -> History:
        """The history stored under ``sha256``, not to be changed: the last few are kept in memory.

        Raises BadArchive when the file is missing or is not what its hash says.
        """
        history = self._read.pop(sha256, None) or _frozen(self.packed(sha256).history())
        self._read[sha256] = history
        if len(self._read) > SEASONS_KEPT:
            self._read.popitem(last=False)
        return history

    def packed(self, sha256: str) -> PackedSeason:
        """The same as it lies on disk, for those who look once; raises BadArchive likewise."""
        return PackedSeason.from_bytes(self._verified(sha256))

    def holds(self, sha256: str) -> bool:
        """True when the archive with this hash is there and whole."""
        try:
            self._verified(sha256)
        except BadArchive:
            return False
        return True

    def sweep(self, used: Collection[str]) -> int:
        """How many old files were removed to which no hash in ``used`` points."""
        oldest = time.time() - SWEPT_AFTER_S
        removed = 0
        for path in self.folder.glob(f"*{SUFFIX}"), self.folder.glob(".*"):
            for file in path:
                if file.stem not in used and file.stat().st_mtime < oldest:
                    file.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _verified(self, sha256: str) -> bytes:
        try:
            data = self.path(sha256).read_bytes()
        except OSError as error:
            raise BadArchive(
                f"Season archive {sha256[:12]} cannot be read: {error}", hint=INGEST_AGAIN
            ) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise BadArchive(f"The season archive {sha256[:12]} is not what was stored.", hint=INGEST_AGAIN)
        return data
