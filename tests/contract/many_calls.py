"""Thousands of made-up calls (reliability B1) at a server that listens: ``sabiscore up``, or the whole edge.

``python -m tests.contract.many_calls up`` and ``… edge``; ``--an-operation`` says how many cases are made of
each operation that has something to vary. Every phase and every check of schemathesis; ends with 1 when
fewer than ``--cases`` were asked, or one was answered wrongly.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from infra.bench.function import running
from infra.local.edge import local_edge
from infra.project import ROOT
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from tests.support.data_dirs import made_up_data_dir

CASES, AN_OPERATION, SEED = 10_000, 900, 16
NO_LIMIT = "1000000000"
WAIT_S = 30
"""Of one call; a server that answers itself in time says 504 after ten."""


@contextmanager
def server(name: str, folder: Path) -> Iterator[str]:
    """The address of a running ``up`` or ``edge`` over a made-up data folder in ``folder``."""
    data_dir = made_up_data_dir(folder / "data")
    settings = {"SABISCORE_HOME": str(data_dir), "SABISCORE_REQUESTS_PER_MINUTE": NO_LIMIT}
    with ExitStack() as stack:
        if name == "edge":
            os.environ |= settings  # the functions behind the Worker inherit it
            chain = local_edge(data_dir, bindings={"REQUESTS_PER_MINUTE": NO_LIMIT})
            yield stack.enter_context(chain).url
            return
        port = free_port()
        command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
        environ = python_environ(**settings)
        part = Part(name="up", command=command, port=port, environ=environ, folder=ROOT)
        yield stack.enter_context(running(part)).url


def asked(url: str, *, an_operation: int, minutes: float | None, report: Path) -> None:
    """Has schemathesis ask, and write what it found to ``report`` and to the screen.

    With ``minutes`` it goes on with other cases until that time is over.
    """
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml")),
        *("run", f"{url}/openapi.json", "--max-examples", str(an_operation), "--seed", str(SEED)),
        *("--phases", "examples,coverage,fuzzing,stateful", "--checks", "all", "--continue-on-failure"),
        *("--request-timeout", str(WAIT_S), "--max-response-time", str(WAIT_S)),
        *("--suppress-health-check", "all", "--no-shrink"),
        *("--report", "json", "--report-json-path", str(report)),
        *(("--max-time", str(round(60 * minutes))) if minutes is not None else ()),
    ]
    subprocess.run(command, check=False)


def summary(found: Mapping[str, Any]) -> str:
    """How many cases were asked, and what was wrong, in a line."""
    cases = found["test_cases"]
    wrong = [f"{failure['title']} ({', '.join(failure['operations'])})" for failure in found["failures"]]
    return (
        f"{cases['generated']} cases, {cases['with_failures']} answered wrongly, {cases['errored']} failed: "
        f"{'; '.join(wrong) or 'nothing to mend'}."
    )


def main() -> int:
    """Ask, and print how many cases were asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.many_calls", description=__doc__)
    parser.add_argument("server", choices=["up", "edge"])
    parser.add_argument("--cases", type=int, default=CASES, help="The least that must be asked.")
    parser.add_argument("--an-operation", type=int, default=AN_OPERATION)
    parser.add_argument("--minutes", type=float, help="Go on until then, whatever was asked.")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sabiscore-calls-") as folder:
        report = Path(folder) / "report.json"
        with server(given.server, Path(folder)) as url:
            asked(url, an_operation=given.an_operation, minutes=given.minutes, report=report)
        found = json.loads(report.read_bytes())
    print(f"B1, {given.server}: {summary(found)}")
    cases = found["test_cases"]
    return 1 if cases["with_failures"] or cases["errored"] or cases["generated"] < given.cases else 0


if __name__ == "__main__":
    sys.exit(main())
