"""Every load line of the reliability bar that one machine can show: ``python -m infra.bench.load``.

Takes a quarter of an hour; leave the machine alone meanwhile.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from infra.bench import connections, hits, match_day, overload
from infra.bench.check import Measurement, finish, joined, options


def measure() -> Measurement:
    """L1, L2, L3, L10, L11 and L8, as each is by itself."""
    return joined(
        [
            hits.measure(rounds=9, seconds=3),
            overload.measure(rounds=3, seconds=8),
            connections.measure(rounds=3, seconds=15),
            match_day.measure(minute_s=60, rate=1200, exponent=1.0),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = options("infra.bench.load", __doc__).parse_args(arguments)
    return finish(measure, given.json)


if __name__ == "__main__":
    sys.exit(main())
