"""The scripts and styles of the site that is deployed now: pages that caches still hold name them."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path

from sabiscore.errors import Untrusted
from sabiscore.files import write_atomically
from sabiscore.net.client import Client

INDEX = "built.json"
"""Beside the folder ``assets`` of a site: the names of the scripts and styles of its build."""
MOST_FILES, MOST_BYTES = 60, 1_000_000
NAME = re.compile(r"[\w-]{1,60}\.(js|css)")


def write_index(public: Path) -> None:
    """Says in ``public``, a site of one build, which its scripts and styles are."""
    names = sorted(path.name for path in (public / "assets").iterdir())
    (public / INDEX).write_text(json.dumps(names))


def keep_deployed(site: str, public: Path, client: Client) -> tuple[str, ...]:
    """The scripts and styles of the build at ``site`` that ``public`` lacked; now it has them.

    ``site`` is the address of the pages, without a slash at the end. Raises SourceUnavailable where it does
    not answer, Untrusted where it does not list scripts and styles.
    """
    listed = _listed(client.fetch(f"{site}/{INDEX}", max_bytes=MOST_BYTES))
    missing = [name for name in listed if not (public / "assets" / name).exists()]
    for name in missing:
        body = client.fetch(f"{site}/assets/{name}", max_bytes=MOST_BYTES)
        write_atomically(public / "assets" / name, body)
    return tuple(missing)


def _listed(text: bytes) -> Sequence[str]:
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not (isinstance(names, list) and len(names) <= MOST_FILES and all(map(_is_name, names))):
        raise Untrusted("The deployed site does not list its scripts and styles.", hint="Was it built by us?")
    return names


def _is_name(name: object) -> bool:
    return isinstance(name, str) and NAME.fullmatch(name) is not None
