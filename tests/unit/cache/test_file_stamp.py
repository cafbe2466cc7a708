"""A file is looked at once a turn of the loop, and never believed older than a request that asks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sabiscore.cache import file_stamp
from sabiscore.cache.file_stamp import FileStamp, stamp


def put(path: Path, text: str) -> None:
    """Replaces ``path`` as the project's own writers do."""
    new = path.with_suffix(".new")
    new.write_text(text)
    new.replace(path)


def test_a_stamp_changes_with_every_replacement_and_there_is_none_without_a_file(tmp_path):
    path = tmp_path / "coming.json"
    assert stamp(path) is None
    put(path, "one")
    first = stamp(path)
    put(path, "two")
    assert first is not None
    assert stamp(path) != first


def test_without_a_loop_every_call_looks(tmp_path):
    path = tmp_path / "coming.json"
    held = FileStamp(path)
    assert held() is None
    put(path, "one")
    assert held() == stamp(path)


def test_requests_of_one_turn_share_a_look_and_those_of_the_next_look_again(tmp_path, monkeypatch):
    path = tmp_path / "coming.json"
    put(path, "one")
    held, looks, look = FileStamp(path), [], stamp
    monkeypatch.setattr(file_stamp, "stamp", lambda path: looks.append(path) or look(path))

    async def request():
        return held()

    async def turns():
        first = await asyncio.gather(*(request() for _ in range(32)))
        put(path, "two")
        return first, await asyncio.gather(*(request() for _ in range(32)))

    first, second = asyncio.run(turns())
    assert len(looks) == 2
    assert len(set(first)) == len(set(second)) == 1
    assert second[0] == look(path) != first[0]


def test_a_loop_that_ended_leaves_nothing_behind(tmp_path):
    path = tmp_path / "coming.json"
    put(path, "one")
    held = FileStamp(path)

    async def ask():
        return held()

    loop = asyncio.new_event_loop()
    first = loop.run_until_complete(ask())  # its turn never ends: what was to end it is dropped with it
    loop.close()
    put(path, "two")
    assert asyncio.run(ask()) == stamp(path) != first
