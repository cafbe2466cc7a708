"""The one place where bytes that nobody vouches for become values, or one error with its reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sabiscore.errors import SabiScoreError, Untrusted

LONGEST_REASON = 120


@contextmanager
def untrusted(kind: type[Untrusted], sentence: str, *, hint: str = "") -> Iterator[None]:
    """Turns whatever goes wrong inside into a ``kind`` that says ``sentence`` and the reason.

    No list of exceptions is kept: a parser that is handed hostile bytes finds new ones (nesting alone gives
    a RecursionError). Errors of ours pass as they are.
    """
    try:
        yield
    except SabiScoreError:
        raise
    except Exception as error:
        raise kind(f"{sentence.rstrip('.')} ({reason_of(error)}).", hint=hint) from error


def reason_of(error: Exception) -> str:
    """Why reading failed, in a few words and without the folder where a file lies.

    >>> reason_of(RecursionError("maximum recursion depth exceeded"))
    'nested too deep'
    >>> reason_of(KeyError("digest"))
    "'digest' is missing"
    """
    if isinstance(error, RecursionError):
        return "nested too deep"
    if isinstance(error, KeyError):
        return f"{str(error)[:LONGEST_REASON]} is missing"
    said = error.strerror if isinstance(error, OSError) else str(error)
    first = (said or "").strip().splitlines()[:1]
    return first[0][:LONGEST_REASON].rstrip(".") if first else type(error).__name__


def json_object(data: bytes | str) -> dict[str, Any]:
    """The JSON object in ``data``. Raises whatever goes wrong: for use inside ``untrusted``."""
    document = json.loads(data)
    if not isinstance(document, dict):
        raise TypeError("not a JSON object")
    return document


def bytes_of(path: Path) -> bytes | None:
    """The content of ``path``; None where there is no such file. Raises OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
