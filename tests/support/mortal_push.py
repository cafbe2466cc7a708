"""A push in a process of its own that may die before any upload; it imports nothing that learning needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sabiscore.sync.bucket import Bucket, BucketObject, ListedObject, Seen
from sabiscore.sync.s3 import open_s3
from sabiscore.sync.session import DataDirSync
from tests.support.buckets import account_of
from tests.support.deaths import Fuse


class Dying:
    """A bucket where every upload is a step of ``fuse``."""

    def __init__(self, bucket: Bucket, fuse: Fuse) -> None:
        self._bucket = bucket
        self._fuse = fuse

    async def get(self, key: str, unless: str = "") -> BucketObject | Seen:
        return await self._bucket.get(key, unless)

    async def put(self, key: str, data: bytes, onto: str | None = None) -> str | None:
        self._fuse.step(f"before {key}")
        return await self._bucket.put(key, data, onto)

    async def list(self, prefix: str) -> list[ListedObject]:
        return list(await self._bucket.list(prefix))


def push(data_dir: Path, url: str, place: str, fuse: Fuse) -> None:
    @asynccontextmanager
    async def opened(deadline_s: float) -> AsyncIterator[Bucket]:
        async with open_s3(account_of(url), place, deadline_s) as bucket:
            yield Dying(bucket, fuse)

    def refuse(error: Exception) -> None:
        raise error

    DataDirSync(data_dir, opened, refuse).push()
