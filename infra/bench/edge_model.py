"""What `make bench-edge ONLY=model` compares the edge model with: the functions' cold miss of a pairing.

``python -m infra.bench.edge_model FILE`` writes the edge model of a made-up match day to FILE, and prints as
JSON the pairings that it answers, and how long a fresh process of the function took for the first of them.
``--home DIR`` takes a data folder that has a bundle and a publication in place of a made-up one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from infra.bench.fixtures import match_day
from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import first_answer
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import SystemClock
from sabiscore.edge_model.packed import Packed
from sabiscore.edge_model.published import published_edge_model
from sabiscore.errors import SabiScoreError, Unavailable
from sabiscore.settings import read_settings

ROUNDS = 5


def measure(data_dir: Path, file: Path) -> dict[str, object]:
    """Writes the edge model of what is published in ``data_dir`` to ``file``; pairings and milliseconds.

    Raises Unavailable where the bundle has no compiled graph, or the function answers other than 200.
    """
    settings = read_settings({"SABISCORE_HOME": str(data_dir)})
    model = published_edge_model(Bootstrap(settings, SystemClock()).insights.inputs, settings.registry)
    if model is None:
        raise Unavailable("The bundle has no compiled graph.", hint="Train one with this code.")
    file.write_bytes(model.to_bytes())
    asked = pairings(model)
    cold_ms = [1e3 * _cold_s(data_dir, asked[0]) for _ in range(ROUNDS)]
    return {"asked": asked, "cold_ms": statistics.median(cold_ms), "rounds": ROUNDS}


def pairings(model: Packed) -> list[dict[str, str]]:
    """The bodies that ask for every pairing of ``model`` that is in no calendar."""
    found = []
    for league, known in model.header["leagues"].items():
        teams = [team["key"] for team in known["teams"]]
        scheduled = {tuple(pair) for pair in known["scheduled"]}
        found += [
            {"matchup": f"{home_team} vs {away_team}", "league": league}
            for i, home_team in enumerate(teams)
            for j, away_team in enumerate(teams)
            if i != j and (i, j) not in scheduled
        ]
    return found


def _cold_s(data_dir: Path, asked: dict[str, str]) -> float:
    environ = {"SABISCORE_HOME": str(data_dir.resolve()), "SABISCORE_LOG_LEVEL": "WARNING"}
    call = event("POST", "/api/v1/insights", body=json.dumps(asked).encode())
    answer = first_answer(image(), "functions/insights.handler", call, environ)
    if answer.status != 200:
        raise Unavailable(f"The function answered {answer.status}.", hint=str(answer.response.get("body")))
    return answer.seconds


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench.edge_model", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--home", type=Path)
    given = parser.parse_args(arguments)
    try:
        if given.home is not None:
            found = measure(given.home, given.file)
        else:
            with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
                match_day(Path(folder), datetime.now(UTC))
                found = measure(Path(folder), given.file)
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
