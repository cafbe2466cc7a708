"""The registry: a folder of bundles and the pointers that say which of them serve.

::

    models/
      1.0.0/ 1.1.0/ …            bundles, never changed once there
      archive/0.9.0/             bundles put away
      production  challenger     pointers with their whole history (sabiscore.inference.pointer)
      .lock                      held by whoever writes

Readers take no lock: bundles appear by a rename, pointers change by a replace.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from model_export.bundle import Release, write_bundle
from model_export.compare import Difference, compare
from sabiscore.clock import Clock, SystemClock
from sabiscore.errors import BadBundle, Refused
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.manifest import MANIFEST, Manifest, is_version, parse_manifest, parse_version
from sabiscore.inference.pointer import POINTERS, PointerChange, read_changes, standing
from sabiscore.inference.predict import OnnxModel
from sabiscore.inference.promotion import move, roll_back, writing

ARCHIVE = "archive"


@dataclass(frozen=True, slots=True)
class RegistryEntry:
    """One bundle of the registry. ``problem`` says why its manifest cannot be read, None if it can."""

    version: str
    pointers: tuple[str, ...]
    archived: bool
    manifest: Manifest | None
    problem: str | None = None


class Registry:
    """The bundles in the folder ``root``, as code with the feature schema ``schema`` sees them."""

    def __init__(self, root: Path, schema: str, clock: Clock | None = None) -> None:
        self.root = root
        self._schema = schema
        self._clock = clock or SystemClock()

    def add(self, release: Release) -> Path:
        """The folder of ``release`` under the next version; read back and verified before it is named."""
        with writing(self.root):
            version = self._next_version(release)
            folder = write_bundle(release, self.root, version, self._clock.now())
            try:
                OnnxModel(read_bundle(folder, release.schema))
            except BadBundle:
                shutil.rmtree(folder)
                raise
            return folder

    def entries(self) -> list[RegistryEntry]:
        """Every bundle, oldest version first, archived ones included."""
        pointers = {name: self.current(name) for name in POINTERS}
        folders = sorted(self._folders(), key=lambda folder: parse_version(folder.name))
        return [_entry(folder, pointers) for folder in folders]

    def show(self, version: str) -> RegistryEntry:
        """The bundle ``version``, archived or not; raises Refused when there is none."""
        for entry in self.entries():
            if entry.version == version:
                return entry
        raise Refused(f"There is no bundle {version[:40]!r}.", hint="See `sabiscore models list`.")

    def folder(self, version: str) -> Path:
        """The folder of the bundle ``version``, archived or not; raises Refused when there is none."""
        return (self.root / ARCHIVE if self.show(version).archived else self.root) / version

    def compare(self, first: str, second: str) -> list[Difference]:
        """Every figure in the metrics of two bundles, side by side, sorted by name."""
        return compare(self._manifest(first).metrics, self._manifest(second).metrics)

    def current(self, pointer: str = "production") -> str | None:
        """The version that ``pointer`` names, None when it was never set."""
        stack = standing(self.history(pointer))
        return stack[-1] if stack else None

    def in_production(self) -> Path | None:
        """The folder of the bundle in production; None before the first."""
        version = self.current()
        return None if version is None else self.root / version

    def history(self, pointer: str = "production") -> tuple[PointerChange, ...]:
        """Every move of ``pointer``, oldest first."""
        return read_changes(self._pointer(pointer))

    def promote(self, version: str, pointer: str = "production") -> None:
        """``pointer`` names ``version`` from now on.

        The bundle is verified and put through the runtime first: raises BadBundle, and Refused
        when there is no such bundle or it is archived. Promoting what is current makes every
        loader look at it again, and adds nothing to the history.
        """
        with writing(self.root):
            self._usable(version)
            if self.current(pointer) == version:
                self._pointer(pointer).touch()
            else:
                move(self._pointer(pointer), version, "promote", self._clock.now())

    def rollback(self, pointer: str = "production") -> str:
        """The version ``pointer`` named before its newest promotion, which it names again.

        Rolling back twice goes back two promotions. Raises Refused when there is nothing before.
        """
        self._pointer(pointer)
        return roll_back(self.root, pointer, self._schema, self._clock.now())

    def archive(self, version: str) -> None:
        """Puts ``version`` away, out of reach of the pointers.

        Raises Refused when a pointer names it or could roll back to it in one step.
        """
        with writing(self.root):
            for pointer in POINTERS:
                if version in standing(self.history(pointer))[-2:]:
                    raise Refused(
                        f"Bundle {version} is {pointer}, or what {pointer} would roll back to.",
                        hint="Promote others first.",
                    )
            folder = self._folder(version)
            (self.root / ARCHIVE).mkdir(exist_ok=True)
            folder.rename(self.root / ARCHIVE / version)

    def _usable(self, version: str) -> None:
        OnnxModel(read_bundle(self._folder(version), self._schema))

    def _folder(self, version: str) -> Path:
        if self.show(version).archived:
            raise Refused(
                f"Bundle {version} is archived.", hint=f"Move {self.root / ARCHIVE / version} back first."
            )
        return self.root / version

    def _manifest(self, version: str) -> Manifest:
        entry = self.show(version)
        if entry.manifest is None:
            raise BadBundle(f"Bundle {version} cannot be compared. {entry.problem}")
        return entry.manifest

    def _pointer(self, name: str) -> Path:
        if name not in POINTERS:
            raise Refused(f"There is no pointer {name[:40]!r}.", hint=f"Use {' or '.join(POINTERS)}.")
        return self.root / name

    def _folders(self) -> Iterator[Path]:
        for parent in (self.root, self.root / ARCHIVE):
            yield from (folder for folder in parent.glob("*.*.*") if is_version(folder.name))

    def _next_version(self, release: Release) -> str:
        """Major when the feature schema changed, minor after a retrain, patch for the same training.

        The newest bundle that can be read is what it is compared with; the first is 1.0.0.
        """
        entries = self.entries()
        if not entries:
            return "1.0.0"
        major, minor, patch = parse_version(entries[-1].version)
        newest = next((entry.manifest for entry in reversed(entries) if entry.manifest), None)
        if newest is None or newest.schema != release.schema:
            return f"{major + 1}.0.0"
        same = newest.training == release.training and newest.leagues == release.leagues
        return f"{major}.{minor}.{patch + 1}" if same else f"{major}.{minor + 1}.0"


def _entry(folder: Path, pointers: Mapping[str, str | None]) -> RegistryEntry:
    archived = folder.parent.name == ARCHIVE
    names = tuple(name for name, version in pointers.items() if version == folder.name)
    try:
        manifest = parse_manifest((folder / MANIFEST).read_bytes())
    except OSError as error:
        return RegistryEntry(
            folder.name, names, archived, None, f"The manifest cannot be read: {error.strerror}."
        )
    except BadBundle as error:
        return RegistryEntry(folder.name, names, archived, None, str(error))
    return RegistryEntry(folder.name, names, archived, manifest)
