"""The heads of the ledger that were published: what a chain that was cut or made anew is found out by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from sabiscore.errors import BadPublication
from sabiscore.ledger.chain import PublishedHead
from sabiscore.publication.daily_anchors import ANCHORS_FILE, days_in
from sabiscore.publication.digest import digest_of
from sabiscore.publication.publish import TRACK_RECORD_FILE
from sabiscore.untrusted import bytes_of, json_object, untrusted


def published_heads(folder: Path) -> tuple[PublishedHead, ...]:
    """Every head of the ledger in the files of ``folder``. Raises BadPublication where one cannot be read."""
    return tuple(head for name in _READERS for head in _of_file(folder / name))


def heads_in(name: str, data: bytes, *, place: str = "") -> tuple[PublishedHead, ...]:
    """The heads in ``data``, the content of the published file ``name``. Raises BadPublication.

    ``place`` says in an error where the file lies, if it is not at hand.
    """
    with untrusted(BadPublication, f"{name}{place} does not say what the ledger was", hint=_HINT):
        return _READERS[name](data, place)


_HINT = "Restore it from a copy, or move it away to verify the ledger without it."


def _of_file(path: Path) -> tuple[PublishedHead, ...]:
    with untrusted(BadPublication, f"{path.name} cannot be read", hint=_HINT):
        data = bytes_of(path)
    return () if data is None else heads_in(path.name, data)


def _heads_of_days(data: bytes, place: str) -> tuple[PublishedHead, ...]:
    return tuple(
        PublishedHead(day.head, f"on {day.day}{place}", day.entries) for day in days_in(data) if day.entries
    )


def _heads_of_record(data: bytes, place: str) -> tuple[PublishedHead, ...]:
    whole = json_object(data)
    body = whole["record"]
    if digest_of(body) != whole["digest"]:
        raise ValueError("altered after it was written")
    anchors = [
        PublishedHead(day["head"], f"on {day['day']}{place}", day["entries"])
        for day in body["anchors"]
        if day["entries"]
    ]
    newest = body["ledger_head"]
    return (*anchors, PublishedHead(newest, f"in the track record{place}")) if newest else tuple(anchors)


_READERS: Mapping[str, Callable[[bytes, str], tuple[PublishedHead, ...]]] = {
    ANCHORS_FILE: _heads_of_days,
    TRACK_RECORD_FILE: _heads_of_record,
}
HEAD_FILES = tuple(_READERS)
