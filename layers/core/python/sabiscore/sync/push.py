"""Uploads what the bucket lacks: files first, and last the one that names them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from sabiscore.errors import CorruptObject, JobLost, Refused
from sabiscore.sync.bucket import ABSENT, Bucket, BucketObject
from sabiscore.sync.contents import (
    BUNDLE,
    COMING,
    DAY_BACKUP,
    OF_MODELS,
    POINTERS,
    bundle_files,
    data_files,
    is_rehearsal,
    refuse_torn,
    sha256_of,
    states_in,
)
from sabiscore.sync.known_versions import KnownVersion, KnownVersions
from sabiscore.sync.pull import FILES_AT_ONCE
from sabiscore.sync.status import is_damaged


class DataDirPush:
    """Takes files of ``home`` to ``bucket``. Only for who is ``alone`` with it.

    A pointer is replaced only where it still is the one that ``memory`` knows, so that nobody's newer one is
    lost. Files in ``lost`` are left: somebody replaced them meanwhile, and a pull brings theirs.

    A pointer that was there and is no more is put anew, only where there still is none; ``found_missing``
    names those. With ``again`` pointers that did not change here are looked at in the bucket too.
    """

    def __init__(self, data_dir: Path, bucket: Bucket, memory: KnownVersions, *, again: bool = False) -> None:
        self._data_dir = data_dir
        self._bucket = bucket
        self._memory = memory
        self._again = again
        self.lost: set[str] = set()
        self.found_missing: list[str] = []

    async def everything(self) -> list[str]:
        """What was taken there. Raises JobLost, after all else was, when somebody replaced a pointer.

        Raises Refused for a rehearsal that would take the place of what is no rehearsal.
        """
        return [*await self._all(list(data_files(self._data_dir))), *await self.models(POINTERS)]

    async def models(self, pointers: Sequence[str] = OF_MODELS) -> list[str]:
        """The same of bundles, and of ``pointers``, only."""
        done: list[str] = []
        for files in bundle_files(self._data_dir):
            done += await self._all(files[:-1])
            done += await self._all(files[-1:])
        lost = []
        for path in pointers:
            if path in self.lost or not (self._data_dir / path).exists():
                continue
            try:
                done += await self._pointer(path)
            except JobLost as error:
                self.lost.add(path)
                lost.append(error)
        # What is gone here may be brought again, when something names it.
        self._memory.forget(
            *(known_path for known_path in self._memory.paths() if not (self._data_dir / known_path).exists())
        )
        if lost:
            raise lost[0]
        return done

    async def _all(self, paths: Sequence[str]) -> list[str]:
        """Those that were not there yet, some at a time; what was taken is known even if another fails."""
        todo = [path for path in paths if path not in self._memory or DAY_BACKUP.fullmatch(path)]
        done = []
        for begin in range(0, len(todo), FILES_AT_ONCE):
            batch = todo[begin : begin + FILES_AT_ONCE]
            found = await asyncio.gather(*map(self._file, batch), return_exceptions=True)
            taken = {
                path: outcome
                for path, outcome in zip(batch, found, strict=True)
                if not isinstance(outcome, BaseException)
            }
            self._memory.learn({path: known for path, (known, _) in taken.items()})
            for outcome in found:
                if isinstance(outcome, BaseException):
                    raise outcome
            done += [path for path, (_, new) in taken.items() if new]
        return done

    async def _file(self, path: str) -> tuple[KnownVersion, bool]:
        """What is known of the file now, and whether it was taken there."""
        data = (self._data_dir / path).read_bytes()
        sha256, known = sha256_of(data), self._memory.of(path)
        if known is not None and known.sha256 == sha256:
            return known, False
        etag = await self._bucket.put(path, data, onto=None if DAY_BACKUP.fullmatch(path) else ABSENT)
        if etag is not None:
            return KnownVersion(etag, sha256), True
        etag, mended = await self._onto_another(path, data)
        return KnownVersion(etag, sha256), mended

    async def _onto_another(self, path: str, data: bytes) -> tuple[str, bool]:
        """The etag of an object that was there already; what is not as it should be is written anew.

        Raises JobLost for a bundle: another one has its version.
        """
        there = await self._bucket.get(path)
        if isinstance(there, BucketObject):
            if there.data == data and there.sha256:
                return there.etag, False
            altered = sha256_of(there.data) != there.sha256
            if BUNDLE.fullmatch(path) and not altered:
                raise JobLost(
                    f"The bucket has another {path}.",
                    hint="Two were trained at once: run `sabiscore sync pull`, and train again.",
                )
        return await self._bucket.put(path, data) or "", True

    async def _pointer(self, path: str) -> list[str]:
        data = (self._data_dir / path).read_bytes()
        try:
            refuse_torn(path, data)
            states = await self._all([states_in(data).path]) if path == COMING else []
        except (CorruptObject, FileNotFoundError) as error:
            raise CorruptObject(f"The data folder's {path} cannot be used.", hint="Make it anew.") from error
        sha256, known = sha256_of(data), self._memory.of(path)
        if known is not None and known.sha256 == sha256:
            mended = self._again and await self._mended(path, data)
            return [*states, path] if mended else states
        if path == COMING and known is not None and is_rehearsal(data):
            await self._refuse_rehearsal()
        etag = await self._bucket.put(path, data, onto=known.etag if known else ABSENT)
        if etag is None:
            etag = await self._same(path, data)
        self._memory.learn({path: KnownVersion(etag, sha256)})
        return [*states, path]

    async def _mended(self, path: str, data: bytes) -> bool:
        """Whether the pointer was missing or damaged there, and is ``data`` now; another one stands.

        Raises JobLost where somebody else wrote it meanwhile.
        """
        there = await self._bucket.get(path)
        if isinstance(there, BucketObject) and not is_damaged(path, there):
            return False
        self._memory.learn({path: KnownVersion(await self._same(path, data), sha256_of(data))})
        return True

    async def _refuse_rehearsal(self) -> None:
        there = await self._bucket.get(COMING)
        if isinstance(there, BucketObject) and not is_damaged(COMING, there) and not is_rehearsal(there.data):
            raise Refused(
                "What is published here is a rehearsal, and the fleet's publication is none.",
                hint="Use another SABISCORE_HOME for rehearsals, or leave SABISCORE_BUCKET unset there.",
            )

    async def _same(self, path: str, data: bytes) -> str:
        """The etag of the same content, which another process took there, or of ours over what is damaged.

        Of ours too where there is none any more.

        Raises JobLost for any other.
        """
        there = await self._bucket.get(path)
        if isinstance(there, BucketObject) and there.data == data:
            return there.etag
        if isinstance(there, BucketObject) and is_damaged(path, there):
            etag = await self._bucket.put(path, data, onto=there.etag)
            if etag is not None:
                return etag
        if there == "missing":
            etag = await self._bucket.put(path, data, onto=ABSENT)
            if etag is not None:
                self.found_missing.append(path)
                return etag
        raise JobLost(
            f"Somebody else replaced {path} in the bucket meanwhile; theirs stands.",
            hint="Bring it here with `sabiscore sync pull`, and do it again if it is still wanted.",
        )
