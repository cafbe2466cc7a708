"""``python -m infra.site``: build the site, and say what its first load weighs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from infra.site.build import built
from sabiscore.errors import SabiScoreError


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds the site and returns the exit code: 3 when it cannot be built, 0 then with ``--or-without``."""
    parser = argparse.ArgumentParser(prog="python -m infra.site", description=__doc__)
    parser.add_argument("--or-without", action="store_true", help="go on without pages where Node is missing")
    given = parser.parse_args(arguments)
    try:
        site = built(say=lambda step: print(step, file=sys.stderr))
    except SabiScoreError as error:
        without = "\nGoing on without pages; the API is served." if given.or_without else ""
        print(f"{error}\n{error.hint}{without}", file=sys.stderr)
        return 0 if given.or_without else 3
    if not site.reused:
        print(site.weights, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
