"""Reliability F3 for the bucket: a process killed in the middle of a push leaves the old home, whole."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from multiprocessing import get_context
from pathlib import Path

import pytest

from infra.rigs.made_up import made_up_bundle, publish_priced
from sabiscore.sync.bucket import Bucket, BucketObject, ListedObject, Seen
from sabiscore.sync.s3 import Account, open_s3
from sabiscore.sync.session import DataDirSync
from tests.support.buckets import environ_of, make_bucket
from tests.support.synced_data_dirs import Fleet

UPLOADS = 6
"""A bundle's four files, its pointer, and the publication: its states are those of the one before."""


class Dying:
    """A bucket that ends its process, as ``kill -9`` does, once ``left`` uploads are done."""

    def __init__(self, bucket: Bucket, left: int) -> None:
        self._bucket = bucket
        self._left = left

    async def get(self, key: str, unless: str = "") -> BucketObject | Seen:
        return await self._bucket.get(key, unless)

    async def put(self, key: str, data: bytes, onto: str | None = None) -> str | None:
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1
        return await self._bucket.put(key, data, onto)

    async def list(self, prefix: str) -> list[ListedObject]:
        return list(await self._bucket.list(prefix))


def push(data_dir: Path, url: str, place: str, left: int) -> None:
    @asynccontextmanager
    async def opened(deadline_s: float) -> AsyncIterator[Bucket]:
        async with open_s3(Account.read(environ_of(url)), place, deadline_s) as bucket:
            yield Dying(bucket, left)

    def refuse(error: Exception) -> None:
        raise error

    DataDirSync(data_dir, opened, refuse).push()


@pytest.mark.parametrize("left", range(UPLOADS + 1))
def test_a_push_killed_before_any_upload_leaves_the_old_home_whole(
    s3: str, tmp_path: Path, left: int
) -> None:
    fleet = Fleet(tmp_path, s3, f"{make_bucket(s3)}/homes/real")
    fleet.begin()
    data_dir = tmp_path / "writer"
    made_up_bundle(data_dir)
    publish_priced(data_dir, (1.7, 3.7, 4.6))
    process = get_context("fork").Process(target=push, args=(data_dir, s3, fleet.place, left))
    process.start()
    process.join(60)
    killed = process.exitcode == -signal.SIGKILL
    assert killed is (left < UPLOADS)

    reader = fleet.reader("reader")
    assert reader.price() == (1.8 if killed else 1.7)
    assert reader.bundle() == ("1.0.0" if left < UPLOADS - 1 else "1.0.1")
    assert reader.checks()["bundle"] == reader.checks()["publication"] == "pass"

    fleet.data_sync().push()
    reader.later(60)
    assert (reader.price(), reader.bundle()) == (1.7, "1.0.1")
