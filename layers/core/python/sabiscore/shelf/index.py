"""What a part of a home holds, as one small object: it is replaced in one step, so no reader sees half of it.

``index/{part}.json`` is ``{"files": {path: sha256, …}}``; the bytes lie at ``files/{sha256}``, whose name
says what they must be, so that nothing there ever changes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath

from sabiscore.errors import BadShelf, JobLost

AGAIN = "Push again from a good home: sabiscore shelf push --over"

Files = Mapping[str, str]
"""Path below the part → SHA-256 of the file."""


def index_key(part: str) -> str:
    return f"index/{part}.json"


def file_key(sha256: str) -> str:
    return f"files/{sha256}"


def write(files: Files) -> bytes:
    """The object that says ``files``."""
    return json.dumps({"files": dict(sorted(files.items()))}).encode()


def read(data: bytes) -> dict[str, str]:
    """What ``write`` was given. Raises BadShelf for anything else, and for a path that leads out."""
    try:
        files = {str(path): str(sha256) for path, sha256 in json.loads(data)["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadShelf("An index of the bucket cannot be read.", hint=AGAIN) from error
    for path, sha256 in files.items():
        parts = PurePosixPath(path).parts
        if not parts or path.startswith("/") or ".." in parts or len(sha256) != 64 or not sha256.isalnum():
            raise BadShelf(f"An index of the bucket names {path[:80]!r}.", hint=AGAIN)
    return files


def merged(base: Files, mine: Files, theirs: Files) -> dict[str, str]:
    """``theirs`` with what changed from ``base`` to ``mine``.

    Raises JobLost for a file that both changed to different things.

    >>> merged({"a": "1", "b": "1"}, {"a": "2"}, {"a": "1", "b": "1", "c": "9"})
    {'a': '2', 'c': '9'}
    """
    found = dict(theirs)
    for path in sorted(base.keys() | mine.keys()):
        old, new, other = base.get(path), mine.get(path), theirs.get(path)
        if new in (old, other):
            continue
        if other != old:
            raise JobLost(
                f"Somebody else has put another {path} into the bucket.",
                hint="Fetch it, and do again what you did: sabiscore shelf pull",
            )
        if new is None:
            del found[path]
        else:
            found[path] = new
    return found
