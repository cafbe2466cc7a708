"""Files beside the publication that most answers do without: named in one list, each read when asked for.

``supplements.json`` holds ``{"digest": sha256 of the canonical text of "supplements", "supplements": {name:
{"file", "sha256", "bytes"}}}``. The files lie in the folder ``supplements``, are named by what is in them and
never change; the list is replaced last, so that a reader sees files that belong together.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sabiscore.cache.file_stamp import FileStamp
from sabiscore.cache.last_good import LastGood
from sabiscore.errors import BadPublication, SabiScoreError
from sabiscore.files import write_atomically
from sabiscore.publication.digest import digest_of
from sabiscore.untrusted import bytes_of, json_object, untrusted

SUPPLEMENTS_FILE = "supplements.json"
SUPPLEMENTS_DIR = "supplements"
MATCHDAY, PRICES, CLUBS, LEDGER, SYSTEM = "matchday", "prices", "clubs", "ledger", "system"
SEASON = "season"
"""Begins the names of files that the record names, not the list: they may be there before any list."""
SMALL = (MATCHDAY, LEDGER, SYSTEM)
"""Those that come to a reader with the list; the others are brought when something is asked of them."""
KEPT = 3
"""Files of a name that stay: a reader may have just opened an older list."""
HINT = "The schedules write it anew: sabiscore cron odds."

_FILE = re.compile(r"[a-z]+-[0-9a-f]{16}\.(json|jsonl|bin)")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Supplement:
    """A file by where it lies, and the SHA-256 of what it holds."""

    path: Path
    sha256: str
    size: int

    def read(self) -> bytes:
        """The very bytes that were published. Raises BadPublication."""
        with untrusted(BadPublication, f"The published {self.path.name} cannot be read", hint=HINT):
            data = self.path.read_bytes()
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise BadPublication(f"{self.path.name} was altered after it was written.", hint=HINT)
        return data


@dataclass(frozen=True, slots=True)
class Supplements:
    """What is published by name; ``digest`` differs for every different content.

    ``refused`` is why the list could not be read where it stands for one.
    """

    files: Mapping[str, Supplement] = field(default_factory=dict)
    digest: str = "none"
    refused: SabiScoreError | None = None

    def file(self, name: str) -> Supplement | None:
        """The file called ``name``; None where none is published. Raises BadPublication for no list."""
        if self.refused is not None:
            raise BadPublication(f"The published {name} cannot be found: {self.refused}", hint=HINT)
        return self.files.get(name)

    def sha256_of(self, name: str) -> str:
        """Of the file called ``name``; "none" where there is none."""
        found = self.files.get(name)
        return found.sha256 if found is not None else "none"


def put_supplements(folder: Path, contents: Mapping[str, tuple[bytes, str]]) -> Supplements:
    """What is published once each name of ``contents`` stands for its bytes; other names stay as they are.

    Each content comes with the ending of its file: ``json``, ``jsonl`` or ``bin``. A list that cannot be read
    is written anew.
    """
    try:
        before = read_supplements(folder)
    except BadPublication:
        before = Supplements()
    files = {**before.files, **{name: put_file(folder, name, *content) for name, content in contents.items()}}
    if files == before.files:
        return before
    body = {name: _plain(file) for name, file in sorted(files.items())}
    whole = {"digest": digest_of(body), "supplements": body}
    write_atomically(folder / SUPPLEMENTS_FILE, json.dumps(whole).encode())
    for name in contents:
        forget_unnamed(folder, name, [files[name]])
    return Supplements(files, str(whole["digest"]))


def content_name(name: str, data: bytes, ending: str) -> str:
    """The name of a file by what is in it.

    >>> content_name("prices", b"", "jsonl")
    'prices-e3b0c44298fc1c14.jsonl'
    """
    return f"{name}-{hashlib.sha256(data).hexdigest()[:16]}.{ending}"


def read_supplements(folder: Path) -> Supplements:
    """What is published in ``folder``; nothing where there never was anything.

    The files themselves are not looked at: each is verified when it is read. Raises BadPublication, also for
    a list that is missing beside its files.
    """
    with untrusted(BadPublication, f"{SUPPLEMENTS_FILE} is no list of files", hint=HINT):
        data = bytes_of(folder / SUPPLEMENTS_FILE)
        if data is None:
            files = (folder / SUPPLEMENTS_DIR).glob("*-*")
            if any(not path.name.startswith(f"{SEASON}-") for path in files):
                raise ValueError("missing, though there was one")
            return Supplements()
        whole = json_object(data)
        digest, body = str(whole["digest"]), whole["supplements"]
        if digest_of(body) != digest:
            raise ValueError("altered after it was written")
        return Supplements({str(name): _file(folder, plain) for name, plain in body.items()}, digest)


def last_supplements(folder: Path) -> LastGood[Supplements]:
    """The newest list of ``folder`` that can be trusted; before it, one that says why there is none."""
    return LastGood(
        load=lambda: read_supplements(folder),
        stamp=FileStamp(folder / SUPPLEMENTS_FILE),
        fallback=lambda error: Supplements(digest="unreadable", refused=error),
    )


NO_SUPPLEMENTS: LastGood[Supplements] = LastGood(load=Supplements, stamp=lambda: None)
"""Where nothing is published beside the publication."""


def encode_parts(parts: Mapping[str, Any]) -> bytes:
    """A file whose first line says where each part lies, so that a reader parses that one only.

    >>> part_of(encode_parts({"a": [1], "b": {"é": 2}}), "b")
    {'é': 2}
    """
    return join_lines({name: line_of(part) for name, part in parts.items()})


def join_lines(lines: Mapping[str, bytes]) -> bytes:
    """What ``encode_parts`` makes, of parts that are lines already."""
    places, at = {}, 0
    for name, line in sorted(lines.items()):
        places[name] = [at, len(line)]
        at += len(line)
    return b"".join((line_of(places), *(lines[name] for name in places)))


def part_of(data: bytes, name: str) -> Any:
    """The part of ``data`` called ``name``; None where there is none. Raises BadPublication."""
    with untrusted(BadPublication, "A published file has no such parts", hint=HINT):
        first, _, rest = data.partition(b"\n")
        place = json_object(first).get(name)
        if place is None:
            return None
        begin, length = place
        return json.loads(rest[begin : begin + length])


def lines_in(data: bytes) -> dict[str, bytes]:
    """The line of every part of ``data`` by name, for ``join_lines``. Raises BadPublication."""
    with untrusted(BadPublication, "A published file has no such parts", hint=HINT):
        first, _, rest = data.partition(b"\n")
        return {name: rest[begin : begin + length] for name, (begin, length) in json_object(first).items()}


def supplement_files(body: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, str]:
    """File → SHA-256 of what a list's ``body`` names (all by default). Raises ValueError for other files."""
    wanted = body if names is None else [name for name in names if name in body]
    found = {str(body[name]["file"]): str(body[name]["sha256"]) for name in wanted}
    for file, sha256 in found.items():
        if not _FILE.fullmatch(file) or not _SHA256.fullmatch(sha256):
            raise ValueError("a file that is none of ours")
    return found


def line_of(plain: Any) -> bytes:
    """A part as the line that stands for it in a file of parts."""
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def put_file(folder: Path, name: str, data: bytes, ending: str) -> Supplement:
    """A file of ``data`` among the supplements of ``folder``, for a list or another file to name it."""
    path = folder / SUPPLEMENTS_DIR / content_name(name, data, ending)
    sha256 = hashlib.sha256(data).hexdigest()
    if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
        write_atomically(path, data)
    return Supplement(path, sha256, len(data))


def _plain(file: Supplement) -> dict[str, Any]:
    return {"file": file.path.name, "sha256": file.sha256, "bytes": file.size}


def _file(folder: Path, plain: Mapping[str, Any]) -> Supplement:
    ((name, sha256),) = supplement_files({"": plain}).items()
    return Supplement(folder / SUPPLEMENTS_DIR / name, sha256, int(plain["bytes"]))


def forget_unnamed(folder: Path, name: str, named: Iterable[Supplement]) -> None:
    """Removes files of ``name`` that are not ``named``, all but the newest of them.

    What is written every few minutes must not fill a disk, and a reader may have just opened an older list.
    """
    paths, every = {file.path for file in named}, (folder / SUPPLEMENTS_DIR).glob(f"{name}-*")
    others = [path for path in every if path not in paths and _FILE.fullmatch(path.name)]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[KEPT - 1 :]:
        path.unlink(missing_ok=True)
