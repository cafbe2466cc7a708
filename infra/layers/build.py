"""Layers as Lambda gets them: ``build/layers/<target>/<name>.zip``, beside the folder it was made of.

A folder ``<name>/python`` is what Lambda shows as ``/opt/python``. A layer whose inputs (lock, target,
the code of this package) have not changed since it was built is not built again.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra.layers.archive import pack
from infra.layers.check import check_imports, check_prediction, top_level
from infra.layers.prune import prune, size
from infra.layers.target import DEPLOYED, Target, needed_interpreter
from infra.project import BUILD, ROOT, uv
from infra.site.build import built
from sabiscore.errors import Unavailable

CORE = ROOT / "layers/core/python"
THIRD_PARTY = ("runtime", "inference", "formats", "store", "accounts")
LAYERS = ("core", *THIRD_PARTY)
LIMIT_BYTES = 200 * 1024**2
"""What a function may weigh unzipped with all its layers; Lambda itself refuses 250 MiB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """A built layer. ``pruned_bytes`` is what pruning saved, before compiling added ``.pyc``."""

    name: str
    archive: Path
    folder: Path
    packages: tuple[str, ...]
    pruned_bytes: int
    unzipped_bytes: int
    zipped_bytes: int
    sha256: str
    reused: bool = False

    @property
    def python(self) -> Path:
        """The folder that Lambda shows as /opt/python."""
        return self.folder / "python"


def folder_of(target: Target) -> Path:
    """Where the layers built for ``target`` lie."""
    return BUILD / "layers" / f"{target.runtime}-{target.architecture}"


def build(
    target: Target = DEPLOYED,
    *,
    into: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[Layer, ...]:
    """All layers for ``target``, built where their inputs changed; ``say`` hears of each step.

    Raises Unavailable without the target's Python, Node or a package index, Untrusted when a pruned layer
    does not work.
    """
    into = folder_of(target) if into is None else into
    python = needed_interpreter(target)
    built(say=say)  # the core layer ships where the site's scripts and styles lie
    with alone_in(into):
        made: list[Layer] = []
        for name in THIRD_PARTY:  # each may lean on those before it
            beside = tuple(layer.python for layer in made)
            made.append(_third_party(name, target, python=python, into=into, beside=beside, say=say))
        beside = tuple(layer.python for layer in made)
        return (build_core(python, into, beside, say), *made)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold ``folder`` (made if need be) against other processes that build into it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".building").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _third_party(
    name: str,
    target: Target,
    *,
    python: Path,
    into: Path,
    beside: tuple[Path, ...],
    say: Callable[[str], None],
) -> Layer:
    lock = ROOT / "layers" / name / "requirements.txt"
    inputs = digest_of(lock, *sorted(Path(__file__).parent.glob("*.py")))
    if (kept := _kept(name, into, inputs)) is not None:
        return kept
    say(f"{name}: installing for {target.runtime} on {target.architecture}")
    folder = _emptied(into / name)
    install(lock, target, folder / "python")
    pruned_bytes = prune(folder / "python")
    say(f"{name}: importing what is left after pruning {pruned_bytes / 1e6:.0f} MB")
    packages = check_imports(python, folder / "python", beside)
    if "onnxruntime" in packages:
        check_prediction(python, folder / "python", into)
    compile_all(python, folder / "python")
    return _packed(name, folder, packages, pruned_bytes, inputs)


def build_core(
    python: Path, into: Path, beside: tuple[Path, ...], say: Callable[[str], None] = lambda _: None
) -> Layer:
    """The layer of our own package, checked with the layers in ``beside``."""
    sources = (path for path in CORE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    inputs = digest_of(*sorted(sources), *sorted(Path(__file__).parent.glob("*.py")))
    if (kept := _kept("core", into, inputs)) is not None:
        return kept
    say("core: copying and compiling sabiscore")
    folder = _emptied(into / "core")
    shutil.copytree(
        CORE / "sabiscore", folder / "python/sabiscore", ignore=shutil.ignore_patterns("__pycache__")
    )
    packages = check_imports(python, folder / "python", beside)
    compile_all(python, folder / "python")
    return _packed("core", folder, packages, 0, inputs)


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "python").mkdir(parents=True)
    return folder


def install(lock: Path, target: Target, folder: Path) -> None:
    """Install exactly what ``lock`` names, as wheels, checked against its hashes."""
    done = subprocess.run(
        [
            *(uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"),
            *("--python-version", target.python, "--python-platform", target.platform),
            *("--target", folder, "--link-mode", "copy", "--requirement", lock),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Unavailable(
            f"{lock.relative_to(ROOT)} could not be installed: {done.stderr.strip()}",
            hint="Check that a package index is reachable, or make the locks again: python -m infra.lock",
        )


def compile_all(python: Path, folder: Path) -> None:
    """Add ``.pyc`` files that are used without looking at the source's time or hash.

    Lambda unpacks layers with times of its own choosing onto a read-only disk, so any other kind
    would be compiled again on every cold start.
    """
    subprocess.run(
        [
            *(python, "-S", "-s", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", folder, "-p", "/opt/python", folder),
        ],
        check=True,
        capture_output=True,
        env={"PATH": os.defpath, "PYTHONHASHSEED": "0"},
    )


def _packed(name: str, folder: Path, packages: tuple[str, ...], pruned_bytes: int, inputs: str) -> Layer:
    archive = folder.with_suffix(".zip")
    zipped_bytes = pack(folder, archive)
    sha256 = hashlib.sha256(archive.read_bytes()).hexdigest()
    layer = Layer(
        name=name,
        archive=archive,
        folder=folder,
        packages=packages,
        pruned_bytes=pruned_bytes,
        unzipped_bytes=size(folder),
        zipped_bytes=zipped_bytes,
        sha256=sha256,
    )
    _stamp(folder).write_text(f"{inputs} {sha256} {pruned_bytes}")
    return layer


def _kept(name: str, into: Path, inputs: str) -> Layer | None:
    """The layer as built before, when its inputs are the same and its archive is intact."""
    folder, archive = into / name, into / f"{name}.zip"
    if not (_stamp(folder).exists() and archive.exists()):
        return None
    before, sha256, pruned_bytes = _stamp(folder).read_text().split()
    if before != inputs or hashlib.sha256(archive.read_bytes()).hexdigest() != sha256:
        return None
    packages = top_level(folder / "python")
    layer = Layer(
        name=name,
        archive=archive,
        folder=folder,
        packages=packages,
        pruned_bytes=int(pruned_bytes),
        unzipped_bytes=size(folder),
        zipped_bytes=archive.stat().st_size,
        sha256=sha256,
    )
    return replace(layer, reused=True)


def _stamp(folder: Path) -> Path:
    return folder.with_suffix(".inputs")


def digest_of(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(ROOT)} {content}\n".encode())
    return digest.hexdigest()
