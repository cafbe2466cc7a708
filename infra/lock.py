"""Every lock of the project, made from the requirements that pyproject.toml declares.

``python -m infra.lock`` resolves them again (needs a package index);
``python -m infra.lock --check`` says offline where a lock and pyproject.toml disagree.

Each lock is constrained by the one before it, so one version of a package is developed with, run and
deployed. No lock names an index: whoever installs chooses where the bytes come from, and the hashes
say which bytes they must be.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.layers.target import DEPLOYED
from infra.project import ROOT, uv
from sabiscore.errors import Unavailable
from sabiscore.files import write_atomically

DEVELOPED_WITH = "3.11"
"""The Python of ``make run`` and ``make test``."""

EVERY_EXTRA = ("inference", "formats", "store", "accounts", "local", "train", "setup", "lambda", "dev")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """One lock file: which requirement groups it holds, and what it leaves to others.

    ``groups`` are extras of pyproject.toml, "" being the project's own dependencies. ``without``
    names locks whose packages are not repeated. ``unused`` are declared dependencies of a dependency
    that our imports never reach, each with the reason; the layer builder's import check proves it.
    """

    path: str
    groups: tuple[str, ...]
    constraint: str = ""
    deployed: bool = False
    without: tuple[str, ...] = ()
    unused: Mapping[str, str] = field(default_factory=dict)


LOCKS = (
    Lock(path="infra/requirements/dev.txt", groups=("", *EVERY_EXTRA)),
    Lock(
        path="infra/requirements/run.txt",
        groups=("", "inference", "formats", "store", "accounts", "local", "train", "setup"),
        constraint="infra/requirements/dev.txt",
    ),
    Lock(path="infra/requirements/uv.txt", groups=("setup",), constraint="infra/requirements/dev.txt"),
    Lock(path="infra/requirements/clients.txt", groups=("clients",)),
    Lock(
        path="infra/requirements/mutants.txt",
        groups=("mutants",),
        constraint="infra/requirements/dev.txt",
        without=("infra/requirements/dev.txt",),
    ),
    Lock(
        path="infra/requirements/lambda.txt",
        groups=("lambda",),
        constraint="infra/requirements/dev.txt",
        deployed=True,
    ),
    Lock(
        path="layers/runtime/requirements.txt",
        groups=("",),
        constraint="infra/requirements/run.txt",
        deployed=True,
    ),
    Lock(
        path="layers/inference/requirements.txt",
        groups=("", "inference"),
        constraint="infra/requirements/run.txt",
        deployed=True,
        without=("layers/runtime/requirements.txt",),
        unused={
            "flatbuffers": "read by onnxruntime.tools.ort_format_model only",
            "packaging": "read by onnxruntime.transformers and .quantization only",
            "protobuf": "read through onnx by onnxruntime.tools and .quantization only",
        },
    ),
    Lock(
        path="layers/formats/requirements.txt",
        groups=("", "formats"),
        constraint="infra/requirements/run.txt",
        deployed=True,
        without=("layers/runtime/requirements.txt",),
    ),
    Lock(
        path="layers/store/requirements.txt",
        groups=("", "store"),
        constraint="infra/requirements/run.txt",
        deployed=True,
        without=("layers/runtime/requirements.txt",),
    ),
    Lock(
        path="layers/accounts/requirements.txt",
        groups=("", "store", "accounts"),
        constraint="infra/requirements/run.txt",
        deployed=True,
        without=("layers/runtime/requirements.txt", "layers/store/requirements.txt"),
    ),
)


def requirements(groups: Sequence[str]) -> tuple[str, ...]:
    """The requirements that pyproject.toml declares for ``groups``, sorted, each once."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras: dict[str, list[str]] = {"": project["dependencies"], **project["optional-dependencies"]}
    return tuple(sorted({requirement for group in groups for requirement in extras[group]}))


def pins(text: str) -> dict[str, str]:
    """Package name → pinned version of a lock's text.

    >>> pins("Rich==15.0.0 \\\\\\n    --hash=sha256:00\\n")
    {'rich': '15.0.0'}
    """
    found = re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE)
    return {canonicalize_name(name): version for name, version in found}


def declared(lock: Lock) -> str:
    """The header line that ties a lock to what pyproject.toml declared when it was made."""
    return f"# requires: {', '.join(requirements(lock.groups))}"


def resolve(lock: Lock, *, upgrade: bool) -> str:
    """The text of ``lock``, resolved now; what it pins stays unless ``upgrade``.

    Raises Unavailable when no index answers.
    """
    pinned = lock.constraint or ("" if upgrade or not (ROOT / lock.path).exists() else lock.path)
    python = DEPLOYED.python if lock.deployed else DEVELOPED_WITH
    command = [
        *(uv(), "pip", "compile", "-", "--quiet", "--generate-hashes", "--no-annotate", "--no-header"),
        *("--no-emit-index-url", "--no-emit-find-links"),
        *("--python-version", python, "--python-platform", DEPLOYED.platform),
        *(("--constraint", pinned) if pinned else ()),
    ]
    wanted = "\n".join(requirements(lock.groups))
    done = subprocess.run(command, input=wanted, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Unavailable(
            f"{lock.path} could not be resolved: {done.stderr.strip()}",
            hint="Check that pyproject.toml's requirements exist and that a package index is reachable.",
        )
    return "\n".join([*heading(lock), *kept(lock, done.stdout)]) + "\n"


def heading(lock: Lock) -> Iterator[str]:
    """The comment lines that begin ``lock``."""
    yield "# Made by `python -m infra.lock` from pyproject.toml; do not edit."
    yield declared(lock)
    for name, reason in sorted(lock.unused.items()):
        yield f"# left out: {name} ({reason})"


def kept(lock: Lock, resolved: str) -> Iterator[str]:
    """The entries of ``resolved`` that ``lock`` does not leave to another lock or out altogether."""
    elsewhere = {name for path in lock.without for name in pins((ROOT / path).read_text())}
    for entry in re.split(r"\n(?=\S)", resolved.strip()):
        (name,) = pins(entry)
        if name not in elsewhere and name not in lock.unused:
            yield entry


def disagreements(lock: Lock) -> Iterator[str]:
    """Sentences on how ``lock`` differs from pyproject.toml and from the lock it is constrained by."""
    path = ROOT / lock.path
    if not path.exists():
        yield f"{lock.path} is missing."
        return
    text = path.read_text()
    if declared(lock) not in text.splitlines():
        yield f"{lock.path} was made from other requirements than pyproject.toml declares now."
    pinned = pins(text)
    elsewhere = {name for other in lock.without for name in pins((ROOT / other).read_text())}
    for requirement in map(Requirement, requirements(lock.groups)):
        name = canonicalize_name(requirement.name)
        if name in elsewhere:
            continue
        if name not in pinned:
            yield f"{lock.path} does not pin {name}."
        elif not requirement.specifier.contains(pinned[name], prereleases=True):
            yield f"{lock.path} pins {name} {pinned[name]}, but pyproject.toml asks for {requirement}."
    if lock.constraint:
        yield from _drift(lock, pinned)
    if "://" in text or len(pinned) > text.count("--hash=sha256:"):
        yield f"{lock.path} names an address or lacks a hash."


def _drift(lock: Lock, pinned: Mapping[str, str]) -> Iterator[str]:
    above = pins((ROOT / lock.constraint).read_text())
    for name, version in pinned.items():
        if above.get(name, version) != version:
            yield f"{lock.path} pins {name} {version}, but {lock.constraint} pins {above[name]}."


def write(lock: Lock, *, upgrade: bool) -> None:
    """Resolve ``lock`` and put it in place in one step."""
    write_atomically(ROOT / lock.path, resolve(lock, upgrade=upgrade).encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Make all locks, or with ``--check`` print every disagreement; 0 when there is none."""
    parser = argparse.ArgumentParser(prog="python -m infra.lock", description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with pyproject.toml, offline")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions of what is pinned")
    options = parser.parse_args(arguments)
    if options.check:
        found = [sentence for lock in LOCKS for sentence in disagreements(lock)]
        print("\n".join(found) or f"{len(LOCKS)} locks agree with pyproject.toml.")
        return 2 if found else 0
    for lock in LOCKS:
        write(lock, upgrade=options.upgrade)
        print(f"{lock.path}: {len(pins((ROOT / lock.path).read_text()))} packages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
