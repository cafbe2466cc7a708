"""Answers are kept whole, without secrets, within their bound, and are read again as they were."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sabiscore.fetching.reply_folder import ReplyFolder
from sabiscore.net.redact import Redactor, Secret
from sabiscore.sources.base import KeyPlace, Request
from tests.support.cas_stores import NOON, Hands

HIDE = Redactor([Secret("c4n4ry-key")])
FIELDS = {"content-type": "application/json", "x-echo": "c4n4ry-key", "set-cookie": "c4n4ry-key"}


def request(name: str = "a") -> Request:
    return Request(
        url=f"https://one.example/{name}",
        name=name,
        method="POST",
        body=b'{"\xff":1}',
        keys=(KeyPlace("ONE_KEY", "query", "key"),),
        given="2526",
    )


def size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_an_answer_comes_back_as_it_was_without_secrets(tmp_path: Path) -> None:
    kept = ReplyFolder(tmp_path / "replies", 1 << 20, Hands())
    kept.keep("one", request(), FIELDS, b'\xff{"told": "c4n4ry-key"}', HIDE)
    (found,) = kept.every()
    assert (found.provider, found.request, found.at) == ("one", request(), NOON)
    assert found.body == b'\xff{"told": "***"}'
    assert dict(found.headers) == {"content-type": "application/json"}
    assert not [path for path in (tmp_path / "replies").iterdir() if b"c4n4ry" in path.read_bytes()]


def test_the_newest_answer_to_a_request_counts(tmp_path: Path) -> None:
    kept = ReplyFolder(tmp_path, 1 << 20, Hands())
    for body in (b"one", b"two"):
        kept.keep("one", request(), {}, body, HIDE)
    assert [found.body for found in kept.every()] == [b"two"]


def test_the_folder_never_grows_beyond_its_bound_and_the_oldest_leave(tmp_path: Path) -> None:
    kept = ReplyFolder(tmp_path, 10_000, Hands())
    for number in range(30):
        kept.keep("one", request(f"n{number:02d}"), {}, b"x" * 1_000, HIDE)
        for path in tmp_path.glob("*.*"):  # a coarse clock of the disk must not blur who came first
            if path.stat().st_mtime_ns > 10**18:
                os.utime(path, ns=(10**9 * number, 10**9 * number))
        assert size(tmp_path) <= 10_000
    names = [found.request.name for found in kept.every()]
    assert names == [f"n{number:02d}" for number in range(30 - len(names), 30)]
    assert len(names) >= 5
    kept.keep("one", request("huge"), {}, b"x" * 20_000, HIDE)
    assert [found.request.name for found in kept.every()] == names


@pytest.mark.parametrize("spoil", ["torn", "gone", "json"])
def test_half_of_an_answer_is_none(tmp_path: Path, spoil: str) -> None:
    kept = ReplyFolder(tmp_path, 1 << 20, Hands())
    kept.keep("one", request(), {}, b"told", HIDE)
    body, about = next(tmp_path.glob("*.body")), next(tmp_path.glob("*.json"))
    if spoil == "torn":
        body.write_bytes(b"to")
    elif spoil == "gone":
        body.unlink()
    else:
        about.write_text('{"provider": "one"}')
    assert list(kept.every()) == []


def test_where_nothing_was_kept_there_is_nothing(tmp_path: Path) -> None:
    assert list(ReplyFolder(tmp_path / "none", 1, Hands()).every()) == []
