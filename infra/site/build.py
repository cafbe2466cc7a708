"""The site as readers load it: ``functions/edge/public``, and what the functions need to know of it.

Everything here is made and never committed. The functions need the names of scripts and styles with their
hashes, the script that stands in pages, and the type of pictures. What has not changed since it was built is
not built again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.project import BUILD, ROOT
from infra.site.deployed import write_index
from sabiscore.errors import Unavailable
from sabiscore.files import write_atomically

SOURCES = ROOT / "functions" / "edge" / "site"
TEMPLATES = ROOT / "layers" / "core" / "python" / "sabiscore" / "pages"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a built site goes: the folder that readers load from, what the functions take, and
    its stamp."""

    public: Path
    built: Path
    stamp: Path


HERE = Place(
    ROOT / "functions" / "edge" / "public",
    ROOT / "layers" / "core" / "python" / "sabiscore" / "pages" / "built",
    BUILD / "site.stamp",
)


@dataclass(frozen=True, slots=True)
class BuiltSite:
    """Name of a source as built → its address; what the build said of weights; whether it was kept."""

    assets: dict[str, str]
    weights: str
    reused: bool


def built(place: Place = HERE, *, say: Callable[[str], None] = lambda _: None) -> BuiltSite:
    """The site at ``place``, built where a source changed; ``say`` hears of each step.

    Raises Unavailable without Node, and for sources that cannot be built.
    """
    with _alone(place):
        inputs = _digest(_sources(), ROOT)
        if place.stamp.exists() and place.stamp.read_text() == f"{inputs} {_outputs(place)}":
            return BuiltSite(_assets(place), "", reused=True)
        say("Building the site")
        weights = _build(place)
        place.stamp.write_text(f"{inputs} {_outputs(place)}")
        return BuiltSite(_assets(place), weights, reused=False)


@contextmanager
def _alone(place: Place) -> Iterator[None]:
    place.stamp.parent.mkdir(parents=True, exist_ok=True)
    with place.stamp.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _sources() -> Iterator[Path]:
    for path in SOURCES.rglob("*"):
        if path.is_file() and "node_modules" not in path.parts and not path.name.endswith(".test.ts"):
            yield path
    yield from Path(__file__).parent.glob("*.py")
    yield from (path for path in TEMPLATES.rglob("*") if path.suffix in (".py", ".html", ".svg"))


def _outputs(place: Place) -> str:
    folders = "".join(_digest(_files(folder), folder) for folder in (place.public, place.built))
    return hashlib.sha256(folders.encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _digest(paths: Iterable[Path], base: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(f"{path.relative_to(base)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _build(place: Place) -> str:
    _run("bash", "infra/setup/node.sh", "functions/edge/site")
    with tempfile.TemporaryDirectory(prefix="site-", dir=place.stamp.parent) as scratch:
        weights = _run("node", str(SOURCES / "build.mjs"), scratch)
        _run(sys.executable, "-m", "infra.site.static_pages", scratch)
        _run("node", str(SOURCES / "service_worker.mjs"), scratch)
        write_index(Path(scratch) / "public")
        _replace(place.built, Path(scratch) / "built")
        _replace(place.public, Path(scratch) / "public")
    return weights


def _replace(folder: Path, new: Path) -> None:
    """Makes ``folder`` hold what ``new`` does, file by file: a running Worker keeps the folder open."""
    wanted = {path.relative_to(new) for path in _files(new)}
    for name in wanted:
        write_atomically(folder / name, (new / name).read_bytes())
    for path in list(_files(folder)):
        if path.relative_to(folder) not in wanted:
            path.unlink()


def _assets(place: Place) -> dict[str, str]:
    found = json.loads((place.built / "assets.json").read_text(encoding="utf-8"))
    return {str(name): str(address) for name, address in found.items()}


def _run(program: str, *arguments: str) -> str:
    hint = "Install Node 20 with npm (https://nodejs.org), correct what it names, and run: make site"
    found = shutil.which(program)
    if found is None:
        raise Unavailable(f"The site cannot be built: there is no {program}.", hint=hint)
    done = subprocess.run([found, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip())[-2000:]
        raise Unavailable(f"The site cannot be built: {said}", hint=hint)
    return done.stdout
