"""``python -m infra.site``: build the site, and say what its first load weighs."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from infra.site.build import HERE, built
from infra.site.deployed import keep_deployed
from sabiscore.errors import SabiScoreError
from sabiscore.net.client import Client


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds the site and returns the exit code: 3 when it cannot be built, 0 then with ``--or-without``."""
    parser = argparse.ArgumentParser(prog="python -m infra.site", description=__doc__)
    parser.add_argument("--or-without", action="store_true", help="go on without pages where Node is missing")
    parser.add_argument(
        "--keep-deployed",
        action="store_true",
        help="keep the files of the site at SABISCORE_EDGE_URL that pages in caches name",
    )
    given = parser.parse_args(arguments)
    try:
        site = built(say=_say)
        if given.keep_deployed:
            _keep(os.environ.get("SABISCORE_EDGE_URL", "").rstrip("/"))
    except SabiScoreError as error:
        without = "\nGoing on without pages; the API is served." if given.or_without else ""
        print(f"{error}\n{error.hint}{without}", file=sys.stderr)
        return 0 if given.or_without else 3
    if not site.reused:
        print(site.weights, end="")
    return 0


def _keep(site: str) -> None:
    """A first deployment has nothing to keep, and one that cannot be asked does not stop the next."""
    if not site:
        _say("SABISCORE_EDGE_URL is not set: no file of a site that is deployed is kept.")
        return
    try:
        with Client() as client:
            kept = keep_deployed(site, HERE.public, client)
    except SabiScoreError as error:
        _say(f"No file of {site} is kept: {error} Pages that caches hold have no scripts until they are old.")
    else:
        _say(f"{len(kept)} files of {site} are kept beside the new ones.")


def _say(step: str) -> None:
    print(step, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
