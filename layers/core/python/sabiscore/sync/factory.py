"""The shared data folder of a process, as its settings ask for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from sabiscore.clock import Clock
from sabiscore.settings import Settings
from sabiscore.sync.bucket import Bucket, OpenBucket
from sabiscore.sync.follower import Follower

if TYPE_CHECKING:
    from sabiscore.sync.session import DataDirSync

Warn = Callable[[Exception], None]


def sync_of(settings: Settings, warn: Warn) -> DataDirSync | None:
    """For who writes; None where nothing is shared."""
    if settings.bucket is None:
        return None
    from sabiscore.sync.session import DataDirSync  # for schedules and the command, never for a request

    return DataDirSync(settings.data_dir, _opener(settings, settings.bucket), warn)


def follower_of(settings: Settings, clock: Clock, warn: Warn) -> Follower | None:
    """For who answers requests; None where nothing is shared."""
    if settings.bucket is None:
        return None
    return Follower(settings.data_dir, _opener(settings, settings.bucket), clock, warn)


def _opener(settings: Settings, place: str) -> OpenBucket:
    def opened(deadline_s: float) -> AbstractAsyncContextManager[Bucket]:
        # The signer takes 20 ms to import, and answering needs no bucket.
        from sabiscore.net.aws_account import AwsAccount
        from sabiscore.sync.s3 import open_s3

        return open_s3(AwsAccount.read(settings.environ, "s3", "SABISCORE_BUCKET"), place, deadline_s)

    return opened
