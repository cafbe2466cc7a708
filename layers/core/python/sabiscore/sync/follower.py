"""What requests are answered from, at most a minute behind the bucket, with no work behind a response.

On Lambda nothing runs between two requests, so the look at the bucket is the beginning of one: of the first
that finds the last look older than a minute. The others meanwhile go on with what is here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from sabiscore.clock import Clock
from sabiscore.errors import BucketUnavailable, DiskUnavailable, SabiScoreError, Untrusted
from sabiscore.sync.bucket import OpenBucket
from sabiscore.sync.contents import COMING, PRODUCTION, SERVED
from sabiscore.sync.known_versions import KnownVersions, alone, idle

FOLLOW_EVERY = timedelta(minutes=1)
LOOK_DEADLINE_S = 1.0
"""Of a whole look; what it brought until then stays, and the next one goes on from there."""
FIRST_LOOK_S = 5.0
"""Of a look while there is nothing to answer from."""


class Follower:
    """Keeps what ``home`` is answered from as new as the bucket; never raises.

    ``warn`` hears of each look that failed.
    """

    def __init__(
        self, data_dir: Path, open_bucket: OpenBucket, clock: Clock, warn: Callable[[Exception], None]
    ) -> None:
        self._data_dir = data_dir
        self._open = open_bucket
        self._clock = clock
        self._warn = warn
        self._looking = False
        self._looked_at: datetime | None = None
        self._good_at: datetime | None = None
        self._failed: SabiScoreError | None = None

    async def follow(self, *, at_once: bool = False) -> None:
        """Looks when it is time, or ``at_once``: for who must not get what somebody just replaced.

        A bucket that failed is left alone for a minute even then.
        """
        now = self._clock.now()
        if self._looking or not self._is_due(now, at_once):
            return
        self._looking, self._looked_at = True, now
        try:
            await self._look()
            self._failed, self._good_at = None, now
        except SabiScoreError as error:
            self._failed = error
            self._warn(error)
        finally:
            self._looking = False

    async def bring(self, paths: Sequence[str]) -> None:
        """Those of ``paths`` in the data folder that are not here yet and are in the bucket; never raises."""
        if all((self._data_dir / path).exists() for path in paths):
            return
        from sabiscore.sync.pull import DataDirPull  # as above

        try:
            async with asyncio.timeout(LOOK_DEADLINE_S), self._open(LOOK_DEADLINE_S) as bucket:
                with alone(self._data_dir, wait=False) as mine:
                    if mine:
                        memory = KnownVersions(self._data_dir)
                        await DataDirPull(self._data_dir, bucket, memory).files(paths)
        except (SabiScoreError, TimeoutError, OSError) as error:
            self._warn(error)

    def trouble(self) -> str | None:
        """What anybody may read of the last look when it failed; None when it did not."""
        if self._failed is None:
            return None
        if isinstance(self._failed, Untrusted):
            return f"A copy serves; what the bucket has newer was refused ({type(self._failed).__name__})."
        if self._good_at is None:
            return "The bucket has not answered yet; what came with the deployment serves."
        age_s = int((self._clock.now() - self._good_at).total_seconds())
        return f"The bucket does not answer; the copy of {age_s} seconds ago serves."

    def _is_due(self, now: datetime, at_once: bool) -> bool:
        if self._looked_at is None:
            return True
        # A clock that was set back must not put the next look off.
        return not self._looked_at <= now < self._looked_at + FOLLOW_EVERY or (
            at_once and self._failed is None
        )

    async def _look(self) -> None:
        # Pulling brings the client's signer and the bundle's checks: for this look only, not for every start.
        from sabiscore.sync.pull import DataDirPull

        deadline_s = LOOK_DEADLINE_S if self._can_answer() else FIRST_LOOK_S
        try:
            async with asyncio.timeout(deadline_s):
                with idle(self._data_dir) as free, alone(self._data_dir, wait=False) as mine:
                    if not (free and mine):
                        return  # a schedule of this machine is at it
                    async with self._open(deadline_s) as bucket:
                        await DataDirPull(self._data_dir, bucket, KnownVersions(self._data_dir)).pointers(
                            SERVED
                        )
        except TimeoutError as error:
            raise BucketUnavailable(
                f"The bucket gave no answer within {deadline_s:g} s.", hint="What is here serves on."
            ) from error
        except (OSError, DiskUnavailable) as error:
            raise BucketUnavailable(
                f"The home cannot be written to ({type(error).__name__}).",
                hint="With SABISCORE_BUCKET, SABISCORE_HOME is a folder with room that may be written to.",
            ) from error

    def _can_answer(self) -> bool:
        return all((self._data_dir / path).exists() for path in (COMING, PRODUCTION))
