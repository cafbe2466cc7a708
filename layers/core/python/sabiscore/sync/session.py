"""A piece of work in a shared data folder: pulled from the bucket before, pushed to it after."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sabiscore.errors import BucketUnavailable, CorruptObject, Untrusted
from sabiscore.sync.bucket import BucketObject, ListedObject, OpenBucket
from sabiscore.sync.contents import BETS, COMING, OF_MODELS, POINTERS
from sabiscore.sync.known_versions import KnownVersions, alone, under_way
from sabiscore.sync.pull import DataDirPull, clear_unfinished
from sabiscore.sync.push import DataDirPush
from sabiscore.sync.status import SyncStatus, sync_status

SYNC_DEADLINE_S = 20.0
"""Of one call: nobody waits for a schedule."""
DEPTH = 2
"""Bundles of a pointer's stack: the one in use, and the one that a rollback would go back to."""

PUSH_WRITES_IT = "The next push writes it anew from this data folder."

Bringing = Awaitable[list[str]]


class DataDirSync:
    """Where ``home`` is shared. Not for who runs in an event loop: each call has one of its own.

    ``warn`` hears of what could not be brought while what is here can be worked with, and of pointers that
    the bucket has lost.
    """

    def __init__(self, data_dir: Path, open_bucket: OpenBucket, warn: Callable[[Exception], None]) -> None:
        self._data_dir = data_dir
        self._open = open_bucket
        self._warn = warn
        self._lost: set[str] = set()

    def pull(self) -> list[str]:
        """What others published, and what schedules go on from.

        Raises BucketUnavailable where there is nothing here to work with.
        """
        return self._tolerantly(self._bring)

    def working(self) -> AbstractContextManager[None]:
        """Keeps readers' pulls out of the data folder: the push finds out by itself who else published."""
        return under_way(self._data_dir)

    def catch_up(self) -> list[str]:
        """The same of what is published only: for the middle of a run."""
        return self._tolerantly(lambda pull: pull.pointers(POINTERS))

    def archives(self, folder: str, names: Sequence[str]) -> list[str]:
        """The season archives ``names`` of the store whose folder is ``archive/FOLDER``."""
        return self._tolerantly(lambda pull: pull.files(f"archive/{folder}/{name}.npz" for name in names))

    def everything(self) -> list[str]:
        """All that the bucket has, backups and old prices excepted, for a person. Raises what went wrong."""

        async def bring(pull: DataDirPull) -> list[str]:
            return [*await self._bring(pull), *await pull.all_bundles(), *await pull.all_below("archive/")]

        return self._run(bring)

    def models(self) -> list[str]:
        """All bundles that the bucket has, and their pointers. Raises what went wrong."""

        async def bring(pull: DataDirPull) -> list[str]:
            return [*await pull.all_bundles(), *await pull.pointers(OF_MODELS)]

        return self._run(bring)

    def files(self, paths: Sequence[str]) -> list[str]:
        """Those of ``paths``, which never change, that were not here and now are. Raises what went wrong."""
        return self._run(lambda pull: pull.files(paths))

    def listed(self, prefix: str) -> Sequence[ListedObject]:
        """What the bucket has below ``prefix``, by key. Raises BucketUnavailable."""

        async def look() -> Sequence[ListedObject]:
            async with self._open(SYNC_DEADLINE_S) as bucket:
                return await bucket.list(prefix)

        return asyncio.run(look())

    def read(self, keys: Sequence[str]) -> dict[str, bytes]:
        """The objects ``keys`` as the bucket has them, those that are missing left out; nothing is written.

        Raises BucketUnavailable.
        """

        async def get() -> dict[str, bytes]:
            async with self._open(SYNC_DEADLINE_S) as bucket:
                found = {key: await bucket.get(key) for key in keys}
            return {key: item.data for key, item in found.items() if isinstance(item, BucketObject)}

        return asyncio.run(get())

    def push(self, *, again: bool = False) -> list[str]:
        """What was taken to the bucket; with ``again`` also what it has lost or holds damaged.

        Raises JobLost, once, when somebody replaced a pointer meanwhile: theirs stands, all else is done.
        """
        if again:
            self._forget_files()
        return self._take(lambda push: push.everything(), again=again)

    def push_models(self) -> list[str]:
        """The same of bundles and their pointers only."""
        return self._take(lambda push: push.models())

    def _take(self, work: Callable[[DataDirPush], Awaitable[list[str]]], *, again: bool = False) -> list[str]:
        async def take() -> list[str]:
            with alone(self._data_dir):
                async with self._open(SYNC_DEADLINE_S) as bucket:
                    push = DataDirPush(self._data_dir, bucket, KnownVersions(self._data_dir), again=again)
                    push.lost = self._lost
                    try:
                        return await work(push)
                    finally:
                        self._report(push.found_missing, "It was written anew from this data folder.")

        return asyncio.run(take())

    def _report(self, missing: Sequence[str], then: str) -> None:
        for path in missing:
            self._warn(CorruptObject(f"The bucket has lost {path}. {then}"))

    def _forget_files(self) -> None:
        """What the data folder remembers of files that never change; the next push looks at each anew."""
        with alone(self._data_dir):
            memory = KnownVersions(self._data_dir)
            memory.forget(*(path for path in memory.paths() if path not in POINTERS))

    def status(self) -> list[SyncStatus]:
        """How each pointer stands. Raises BucketUnavailable."""

        async def look() -> list[SyncStatus]:
            with alone(self._data_dir):
                async with self._open(SYNC_DEADLINE_S) as bucket:
                    memory = KnownVersions(self._data_dir)
                    return [await sync_status(path, self._data_dir, bucket, memory) for path in POINTERS]

        return asyncio.run(look())

    async def _bring(self, pull: DataDirPull) -> list[str]:
        # Each stands by itself: what of one is torn, or away, must not keep the others from coming.
        files = [*await pull.all_below(BETS), *await pull.newest_checkpoint()]
        return [*files, *await pull.pointers(POINTERS)]

    def _tolerantly(self, work: Callable[[DataDirPull], Bringing]) -> list[str]:
        try:
            return self._run(work)
        except (BucketUnavailable, Untrusted) as error:
            if isinstance(error, BucketUnavailable) and not (self._data_dir / COMING).exists():
                raise
            self._warn(error)
            return []

    def _run(self, work: Callable[[DataDirPull], Bringing]) -> list[str]:
        async def bring() -> list[str]:
            with alone(self._data_dir):
                clear_unfinished(self._data_dir)
                async with self._open(SYNC_DEADLINE_S) as bucket:
                    pull = DataDirPull(self._data_dir, bucket, KnownVersions(self._data_dir), DEPTH)
                    try:
                        return await work(pull)
                    finally:
                        self._report(pull.found_missing, PUSH_WRITES_IT)

        return asyncio.run(bring())


@contextmanager
def sync_session(data_sync: DataDirSync | None) -> Iterator[None]:
    """Work in a shared data folder, nobody's where ``data_sync`` is None. What failed is not taken there."""
    if data_sync is None:
        yield
        return
    with data_sync.working():
        data_sync.pull()
        yield
        data_sync.push()
