"""A bundle folder, verified: nothing in it is used before its size and hash are what they claim."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from sabiscore.errors import BadBundle
from sabiscore.inference.manifest import (
    BASELINE,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    MODEL,
    PROBES,
    STATES,
    FileDigest,
    Manifest,
    parse_manifest,
)

_KEEP_OLD = "The bundle in use stays; promote a good one with `sabiscore models promote VERSION`."

_TRAIN_ANEW = (
    "Train one with this code, `sabiscore train`, and put it to use, `sabiscore models promote VERSION`; "
    "the next run of a schedule publishes for it. Or run the code that the bundle was made with."
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle. ``model``, ``baseline`` and ``probes`` are the very bytes whose hashes were checked.

    A bundle from before there were probes has none.
    """

    folder: Path
    manifest: Manifest
    model: bytes = field(repr=False)
    baseline: bytes = field(repr=False)
    probes: bytes | None = field(default=None, repr=False)

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file of it."""
        return tuple(self.folder / name for name in (*self.manifest.files, MANIFEST))

    @property
    def states(self) -> Path:
        """The file that serving starts its states from; verified when the bundle was read."""
        return self.folder / STATES


def read_bundle(folder: Path, schema: str) -> Bundle:
    """The bundle in ``folder``, made for the feature schema ``schema``.

    Raises BadBundle with a sentence that says what is wrong with it.
    """
    manifest = read_manifest(folder)
    if manifest.version != folder.name:
        raise BadBundle(f"The folder {folder.name} holds bundle {manifest.version}.", hint=_KEEP_OLD)
    if manifest.schema != schema:
        raise BadBundle(
            f"Bundle {manifest.version} was made for feature schema {manifest.schema[:40]}, "
            f"but this code builds {schema}.",
            hint=_TRAIN_ANEW,
        )
    content = {name: _verified(folder / name, stamp) for name, stamp in manifest.files.items()}
    return Bundle(folder, manifest, content[MODEL], content[BASELINE], content.get(PROBES))


def read_manifest(folder: Path) -> Manifest:
    """What the bundle in ``folder`` says of itself; none of its files is looked at. Raises BadBundle."""
    return parse_manifest(_read(folder / MANIFEST, MAX_MANIFEST_BYTES))


def read_verified(folder: Path, name: str) -> bytes | None:
    """The file ``name`` of the bundle in ``folder``, verified; None where its manifest has no such file.

    The rest of the bundle is not looked at. Raises BadBundle.
    """
    stamp = read_manifest(folder).files.get(name)
    return None if stamp is None else _verified(folder / name, stamp)


def _verified(path: Path, stamp: FileDigest) -> bytes:
    content = _read(path, stamp.size)
    if len(content) != stamp.size:
        raise BadBundle(f"{_name(path)} is truncated: {len(content)} of {stamp.size} bytes.", hint=_KEEP_OLD)
    if hashlib.sha256(content).hexdigest() != stamp.sha256:
        raise BadBundle(f"{_name(path)} is not the file that was released: its hash differs.", hint=_KEEP_OLD)
    return content


def _read(path: Path, limit: int) -> bytes:
    """The content of ``path``, at most ``limit`` bytes; raises BadBundle."""
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as error:
        raise BadBundle(f"{_name(path)} cannot be read: {error.strerror}.", hint=_KEEP_OLD) from error
    if len(content) > limit:
        raise BadBundle(f"{_name(path)} is larger than the {limit} bytes it may have.", hint=_KEEP_OLD)
    return content


def _name(path: Path) -> str:
    """The file as health may show it: the version and its name, never where it lies."""
    return f"{path.parent.name}/{path.name}"
