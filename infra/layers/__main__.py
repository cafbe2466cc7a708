"""``python -m infra.layers build``: build every layer and say what it weighs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from infra.layers.build import LIMIT_BYTES, Layer, build, folder_of
from infra.layers.release import release
from infra.layers.target import DEPLOYED, here
from infra.project import ROOT
from sabiscore.errors import Refused, SabiScoreError
from sabiscore.settings import read_settings


def report(layers: Sequence[Layer]) -> Iterator[str]:
    """One line a layer, and the sum that a function with all of them carries."""
    yield f"{'layer':<12}{'unzipped':>10}{'zipped':>10}{'pruned':>10}  sha256"
    for layer in layers:
        sizes = (layer.unzipped_bytes, layer.zipped_bytes, layer.pruned_bytes)
        yield f"{layer.name:<12}{''.join(f'{size / 1e6:>7.1f} MB' for size in sizes)}  {layer.sha256[:16]}"
    total = sum(layer.unzipped_bytes for layer in layers)
    yield f"{'together':<12}{total / 1e6:>7.1f} MB of {LIMIT_BYTES / 1e6:.0f} MB allowed"


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, print the report, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.layers", description=__doc__)
    parser.add_argument("verb", choices=["build"])
    parser.add_argument("--here", action="store_true", help="for this machine's Python, not Lambda's")
    data_dir = read_settings().data_dir
    parser.add_argument("--home", type=Path, default=data_dir, help="what the release layer takes")
    given = parser.parse_args(arguments)
    target = here() if given.here else DEPLOYED
    try:
        layers = build(target, say=lambda step: print(step, file=sys.stderr))
        published = release(given.home, folder_of(target))
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 2 if isinstance(error, Refused) else 3
    print("\n".join(report(layers)))
    if published is None:
        print(f"release: nothing is published in {given.home}, so deployed functions will answer 503.")
    else:
        print(f"release: bundle {published} and its publication, from {given.home}")
    print(f"in {folder_of(target).relative_to(ROOT)}")
    return 0 if sum(layer.unzipped_bytes for layer in layers) <= LIMIT_BYTES else 2


if __name__ == "__main__":
    sys.exit(main())
