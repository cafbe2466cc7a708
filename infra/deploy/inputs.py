"""What each part of a deployment is made of, as digests: equal ones need no second deployment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from infra.layers.build import CORE, THIRD_PARTY, digest_of
from infra.layers.release import PRODUCTION
from infra.project import ROOT
from infra.site.build import SOURCES

EDGE = ROOT / "functions/edge"
MADE = ("__pycache__", "node_modules", "built", ".stamp")
"""Parts of paths that are made from the others."""
BUILDER = ROOT / "infra/layers"


def functions_digest(parameters: Mapping[str, int], options: Sequence[str], data_dir: Path) -> str:
    """Of all that the functions and their layers are made of.

    ``parameters`` are the versions of what they read, ``options`` go to osls; of ``data_dir`` the bundle in
    production counts, since the bucket brings what is newer.
    """
    locks = [ROOT / "layers" / name / "requirements.txt" for name in THIRD_PARTY]
    single = [ROOT / "serverless.yml", ROOT / "infra/package-lock.json", *locks]
    handlers = [*(ROOT / "functions").glob("*.py"), *(ROOT / "functions/cron").glob("*.py")]
    # The site belongs to it: pages of the core layer name its files.
    sources = [*single, *handlers, *_below(CORE), *_below(BUILDER), *_below(SOURCES)]
    return _digest(sources, {**parameters, "options": list(options), "bundle": _bundle(data_dir)})


def worker_digest(parameters: Mapping[str, int], variables: Mapping[str, str]) -> str:
    """Of all that the Worker and its site are made of, the versions of its secrets and its variables."""
    single = [EDGE / "wrangler.jsonc", EDGE / "package-lock.json"]
    sources = [*single, *_below(EDGE / "src"), *_below(SOURCES)]
    return _digest(sources, {**parameters, **variables})


def _below(folder: Path) -> Iterator[Path]:
    yield from (path for path in folder.rglob("*") if path.is_file() and not {*MADE} & {*path.parts})


def _bundle(data_dir: Path) -> str:
    pointer = data_dir / "models" / PRODUCTION
    return hashlib.sha256(pointer.read_bytes()).hexdigest() if pointer.exists() else ""


def _digest(sources: Iterable[Path], values: Mapping[str, object]) -> str:
    text = f"{digest_of(*sorted(set(sources)))} {sorted(values.items())}"
    return hashlib.sha256(text.encode()).hexdigest()
