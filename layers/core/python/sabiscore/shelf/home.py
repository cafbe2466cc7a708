"""Homes that a fleet shares through a bucket: a turn of a schedule, and the copy that answers come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from sabiscore.errors import BadSetting
from sabiscore.settings import Settings
from sabiscore.shelf.mirror import PARTS, PUT_ONLY, Mirror
from sabiscore.shelf.objects import S3Objects
from sabiscore.shelf.watch import Watch


def mirror_of(settings: Settings) -> Mirror:
    """The home and its copy. Raises BadSetting where no bucket is set."""
    if settings.bucket is None:
        raise BadSetting("SABISCORE_BUCKET is not set.", hint="Set it to something like s3://bucket/prefix.")
    return Mirror(settings.home, S3Objects(settings.bucket, settings.environ.get("AWS_ENDPOINT_URL_S3")))


@contextmanager
def turn(settings: Settings, *, sweep_at: datetime | None = None) -> Iterator[None]:
    """Brings the home up to date before what is done inside, and puts back what that changed.

    Nothing where no bucket is set. What was written stays here when it cannot be put back, and is put back
    by the next turn of this process. With ``sweep_at`` (now) bytes are removed that nothing names any more.
    Raises ShelfUnavailable, BadShelf, or JobLost where somebody else has
    published meanwhile.
    """
    if settings.bucket is None:
        yield
        return
    mirror = mirror_of(settings)
    for part in PARTS:
        mirror.pull(part)
    yield
    for part in (*PARTS, *PUT_ONLY):
        mirror.push(part)
    if sweep_at is not None:
        mirror.sweep(sweep_at)


def watch_of(settings: Settings, now: Callable[[], int]) -> Watch:
    """The watch over the copy that requests of this process are answered from."""

    def fetch() -> None:
        # The bundle before the matches: both are good alone, and matches may want the newer bundle.
        mirror = mirror_of(settings)
        for part in ("models", "publication"):
            mirror.pull(part)

    return Watch(settings.home, settings.seed, fetch, now)
