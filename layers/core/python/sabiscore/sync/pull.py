"""Downloads what the data folder lacks: files first, and last the one that names them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from sabiscore.errors import BadBundle, CorruptObject, SabiScoreError
from sabiscore.files import new_folder, write_atomically
from sabiscore.sync.bucket import Bucket, BucketObject
from sabiscore.sync.contents import (
    BUNDLE,
    CHALLENGER,
    CHECKPOINTS,
    COMING,
    PRODUCTION,
    SUPPLEMENTS,
    refuse_torn,
    sha256_of,
    small_supplements_in,
    states_in,
    versions_in,
)
from sabiscore.sync.known_versions import KnownVersion, KnownVersions

FILES_AT_ONCE = 8
SCRATCH = ".shelf-"
"""Begins the name of what is not finished yet; whoever is alone with the data folder may clear it away."""


class DataDirPull:
    """Brings objects of ``bucket`` to ``home``. Only for who is ``alone`` with it.

    Every object is verified before it takes a file's place, in one step, and only after all that it names
    is there. ``depth``: so many bundles of a pointer's stack are brought, 1 for the one in use only.
    ``found_missing`` names the pointers that were in the bucket once and are no more.
    """

    def __init__(self, data_dir: Path, bucket: Bucket, memory: KnownVersions, depth: int = 1) -> None:
        self._data_dir = data_dir
        self._bucket = bucket
        self._memory = memory
        self._depth = depth
        self.found_missing: list[str] = []
        self._places = asyncio.Semaphore(FILES_AT_ONCE)

    async def pointers(self, paths: Sequence[str]) -> list[str]:
        """Those of ``paths`` that are now another one. What can be brought is, whatever another one does.

        Raises the first error of ours.
        """
        done = await asyncio.gather(*(self._follow(path) for path in paths), return_exceptions=True)
        wrong = [result for result in done if isinstance(result, BaseException)]
        for error in sorted(wrong, key=lambda problem: isinstance(problem, SabiScoreError)):
            raise error
        return [path for path, changed in zip(paths, done, strict=True) if changed]

    async def files(self, paths: Iterable[str]) -> list[str]:
        """Those of ``paths`` that were not here and are in the bucket. Raises CorruptObject."""
        missing = [path for path in paths if not (self._data_dir / path).exists()]
        found = await asyncio.gather(*(self._file(path) for path in missing))
        learnt = {path: known for path, known in zip(missing, found, strict=True) if known is not None}
        self._memory.learn(learnt)
        return sorted(learnt)

    async def all_below(self, prefix: str) -> list[str]:
        """What is in the bucket below ``prefix`` and was not here."""
        return await self.files([stored.key for stored in await self._bucket.list(prefix)])

    async def all_bundles(self) -> list[str]:
        """The versions in the bucket that were not here, now here."""
        listed = [BUNDLE.fullmatch(stored.key) for stored in await self._bucket.list("models/")]
        versions = {match[1] for match in listed if match and match[0].endswith("/manifest.json")}
        models = self._data_dir / "models"
        new = sorted(item for item in versions if not any(path.is_dir() for path in _places(models, item)))
        for version in new:
            await self.bundle(version)
        return [f"models/{version}" for version in new]

    async def newest_checkpoint(self) -> list[str]:
        """The checkpoint of the last day, of two the one that was put there last."""
        listed = [stored for stored in await self._bucket.list(CHECKPOINTS) if stored.key.endswith(".npz")]
        listed.sort(
            key=lambda stored: (stored.key.rpartition("/")[2].partition("-")[0].zfill(9), stored.modified_at)
        )
        return await self.files(stored.key for stored in listed[-1:])

    async def bundle(self, version: str) -> None:
        """The bundle is in the data folder, and whole. Raises BadBundle or CorruptObject."""
        # Read by those who follow a pointer that moved, not by every request.
        from sabiscore.inference.bundle import read_bundle
        from sabiscore.inference.manifest import MANIFEST, parse_manifest

        final = self._data_dir / "models" / version
        if _is_whole(final):
            return
        raw = await self._get(f"models/{version}/{MANIFEST}")
        manifest = parse_manifest(raw.data)
        rest = await asyncio.gather(*(self._get(f"models/{version}/{name}") for name in manifest.files))
        found = {MANIFEST: raw, **dict(zip(manifest.files, rest, strict=True))}
        shutil.rmtree(final, ignore_errors=True)  # an incomplete bundle serves nobody
        with new_folder(final, prefix=SCRATCH, scratch=self._data_dir) as folder:
            for name, file in found.items():
                (folder / name).write_bytes(file.data)
            read_bundle(folder, manifest.schema)
        known = {name: KnownVersion(file.etag, file.sha256) for name, file in found.items()}
        self._memory.learn({f"models/{version}/{name}": file for name, file in known.items()})

    async def _follow(self, path: str) -> bool:
        local, known = self._data_dir / path, self._memory.of(path)
        here = sha256_of(local.read_bytes()) if local.exists() else None
        found = await self._bucket.get(path, unless=known.etag if known and here else "")
        if found == "unchanged":
            return False
        if found == "missing":
            if known is not None:
                self.found_missing.append(path)
            self._memory.forget(path)  # what is here can be pushed anew
            return False
        _refuse_altered(path, found)
        refuse_torn(path, found.data)
        changed = here != sha256_of(found.data)
        if changed:
            await self._named_by(path, found.data)
            write_atomically(local, found.data)
        self._memory.learn({path: KnownVersion(found.etag, sha256_of(found.data))})
        return changed

    async def _named_by(self, path: str, data: bytes) -> None:
        if path == COMING:
            states = states_in(data)
            target = self._data_dir / states.path
            if not target.exists() or sha256_of(target.read_bytes()) != states.sha256:
                target.unlink(missing_ok=True)
                await self.files([states.path])
            if not target.exists() or sha256_of(target.read_bytes()) != states.sha256:
                raise CorruptObject(f"The bucket's {states.path} is not what the publication names.")
        elif path == SUPPLEMENTS:
            await self.files(small_supplements_in(data))
        elif path in (PRODUCTION, CHALLENGER):
            *below, top = versions_in(path, data, self._depth) or ("",)
            for version in below:
                try:
                    await self.bundle(version)
                except (CorruptObject, BadBundle):
                    continue  # nothing serves it; going back to it is refused when somebody tries
            if top:
                await self.bundle(top)

    async def _file(self, path: str) -> KnownVersion | None:
        async with self._places:
            found = await self._bucket.get(path)
        if not isinstance(found, BucketObject):
            return None
        _refuse_altered(path, found)
        target = self._data_dir / path
        write_atomically(target, found.data)
        return KnownVersion(found.etag, sha256_of(found.data))

    async def _get(self, path: str) -> BucketObject:
        found = await self._bucket.get(path)
        if not isinstance(found, BucketObject):
            raise CorruptObject(f"The bucket has no {path}, which a pointer of it names.")
        _refuse_altered(path, found)
        return found


def _refuse_altered(path: str, found: BucketObject) -> None:
    if sha256_of(found.data) != found.sha256:
        raise CorruptObject(
            f"The bucket's {path} is not what was put there.",
            hint="What is here serves on; write it anew with `sabiscore sync push --again`.",
        )


def _places(models: Path, version: str) -> tuple[Path, Path]:
    """Where a bundle may lie: in use, or put away."""
    return models / version, models / "archive" / version


def _is_whole(folder: Path) -> bool:
    from sabiscore.inference.bundle import read_bundle
    from sabiscore.inference.manifest import MANIFEST, parse_manifest

    try:
        read_bundle(folder, parse_manifest((folder / MANIFEST).read_bytes()).schema)
    except (OSError, BadBundle):
        return False
    return True


def clear_unfinished(data_dir: Path) -> None:
    """Clears away what a killed pull left. Only for who is ``alone`` with the data folder."""
    for left in data_dir.glob(f"{SCRATCH}*"):
        shutil.rmtree(left, ignore_errors=True)
