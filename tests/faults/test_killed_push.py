"""Reliability F3 for the bucket: a process killed in the middle of a push leaves the old home, whole."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from infra.rigs.made_up import made_up_bundle, publish_priced
from tests.support.buckets import make_bucket
from tests.support.deaths import Fuse, exit_code
from tests.support.mortal_push import push
from tests.support.synced_data_dirs import Fleet, Reader
from tests.support.waiting import until

UPLOADS = 8
"""A bundle's six files, its pointer, and the publication: its states are those of the one before."""


@pytest.mark.parametrize("left", range(UPLOADS + 1))
def test_a_push_killed_before_any_upload_leaves_the_old_home_whole(
    s3: str, tmp_path: Path, left: int
) -> None:
    fleet = Fleet(tmp_path, s3, f"{make_bucket(s3)}/homes/real")
    fleet.begin()
    data_dir = tmp_path / "writer"
    made_up_bundle(data_dir)
    publish_priced(data_dir, (1.7, 3.7, 4.6))
    ended = exit_code(push, data_dir, s3, fleet.place, Fuse(left, tmp_path / "deaths"))
    assert ended in (0, -signal.SIGKILL)
    killed = ended == -signal.SIGKILL
    assert killed is (left < UPLOADS)

    reader = fleet.reader("reader")
    assert reader.price() == (1.8 if killed else 1.7)
    assert reader.bundle() == ("1.0.0" if left < UPLOADS - 1 else "1.0.1")
    assert reader.checks()["bundle"] == reader.checks()["publication"] == "pass"

    fleet.data_sync().push()
    # A look at the bucket has a second, which a busy machine may need several of.
    until(lambda: _a_minute_later(reader), lambda seen: seen == (1.7, "1.0.1"))


def _a_minute_later(reader: Reader) -> tuple[float, str]:
    reader.later(60)
    return reader.price(), reader.bundle()
