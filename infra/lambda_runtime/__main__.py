"""``python -m infra.lambda_runtime``: build what tests and benches of handlers need, ahead of them.

Installing layers needs a package index; tests may not, so this runs before them.
"""

from __future__ import annotations

import sys

from infra.lambda_runtime.image import image
from sabiscore.errors import SabiScoreError


def main() -> int:
    """Prepare the image and say what it runs on."""
    try:
        ready = image()
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    print(f"handlers run on {ready.target.runtime} with {len(ready.layers)} layers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
