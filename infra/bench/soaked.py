"""``sabiscore up --schedules`` whose providers answer, from simulated season files, what they would now.

``python -m infra.bench.soaked SEASONS --port PORT``, over the simulated data folder in SABISCORE_HOME. All
but the providers' hosts is what the command runs, in one process.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from infra.backtest.network import PastNetwork
from infra.backtest.schedules import KEY, QUOTAS
from infra.backtest.season import PastSeason, read_season
from infra.bench.function import NO_LIMIT
from infra.local.cloud import assemble, reserve, serve
from infra.local.schedules import running
from sabiscore.clock import SystemClock
from sabiscore.domain.league import SERVED
from sabiscore.domain.match import season_on
from sabiscore.settings import Settings, read_settings


def season_of(folder: Path, now: datetime) -> PastSeason:
    """The season of ``folder`` that is played at ``now``, all leagues that are served."""
    return read_season(sorted(folder.glob("*.csv")), season_on(now.date()), SERVED)


def soaked_settings(data_dir: Path) -> Settings:
    """The settings of schedules over ``data_dir``, with a key and a quota for the odds."""
    settings = read_settings({**os.environ, "SABISCORE_HOME": str(data_dir)})
    return replace(settings, environ={**settings.environ, KEY: "bench-only"}, quotas=QUOTAS)


def main() -> None:
    """Serve, with every schedule, until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.soaked", description=__doc__)
    parser.add_argument("seasons", type=Path)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    os.environ.update(NO_LIMIT)
    clock = SystemClock()
    network = PastNetwork(season_of(given.seasons, clock.now()), clock)
    settings = soaked_settings(Path(os.environ["SABISCORE_HOME"]))
    listener = reserve(given.port)
    with running(settings, "simulated", lambda line: print(line, flush=True), clock=clock, transport=network):
        serve(assemble(), listener, lambda: print("Serving", flush=True))


if __name__ == "__main__":
    main()
