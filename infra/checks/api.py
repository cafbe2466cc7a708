"""Line B1: made-up calls in all phases of schemathesis, against ``sabiscore up`` and the whole chain.

``python -m infra.checks.api``: 10,000 cases each, over made-up matches. Rounds with other seeds follow
each other until there are as many; of a round that finds anything all is shown.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.bench.check import BoundCheck, Measurement, finish, joined, options
from infra.local.edge import local_edge
from infra.project import ROOT
from infra.rigs.made_up import made_up_data_dir
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from sabiscore.errors import Unavailable

CASES = 10_000
EXAMPLES_AN_OPERATION = 200
UNLIMITED = "1000000"
"""Requests a minute: what is checked here is what answers say, not how many there may be."""

_GENERATED = re.compile(r"(\d+) generated")
_FAILURES = re.compile(r"found (\d+) unique failure")

Serving = Callable[[Path], AbstractContextManager[str]]


@dataclass(frozen=True, slots=True)
class Round:
    """What one run of schemathesis came to; ``failures`` counts 5xx and answers outside the document."""

    cases: int
    failures: int
    said: str


@contextmanager
def local_server(data_dir: Path) -> Iterator[str]:
    """What ``sabiscore up`` serves from ``home``."""
    port = free_port()
    command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
    environ = python_environ(SABISCORE_HOME=str(data_dir), SABISCORE_REQUESTS_PER_MINUTE=UNLIMITED)
    part = Part(name="up", command=command, port=port, environ=environ, folder=ROOT)
    part.start()
    try:
        yield part.url
    finally:
        part.stop()


@contextmanager
def whole_chain(data_dir: Path) -> Iterator[str]:
    """What the Worker serves, with Redis and the functions behind it."""
    with local_edge(data_dir, bindings={"REQUESTS_PER_MINUTE": UNLIMITED}) as chain:
        yield chain.url


SERVERS: Mapping[str, Serving] = {"up": local_server, "edge": whole_chain}


def measure(servers: Sequence[str], cases: int) -> Measurement:
    """The figures of each server."""
    with tempfile.TemporaryDirectory() as folder:
        data_dir = made_up_data_dir(Path(folder) / "home")
        return joined(_measured(name, data_dir, cases) for name in servers)


def _measured(name: str, data_dir: Path, cases: int) -> Measurement:
    rounds: list[Round] = []
    with SERVERS[name](data_dir) as url:
        while sum(each.cases for each in rounds) < cases:
            rounds.append(schemathesis(url, seed=len(rounds) + 1))
    found = sum(each.cases for each in rounds)
    failures = sum(each.failures for each in rounds)
    checks = [
        BoundCheck(id="B1", what=f"{name}: cases", value=found, sense="≥", bound=cases),
        BoundCheck(id="B1", what=f"{name}: 5xx, or outside the document", value=failures, sense="=", bound=0),
    ]
    return Measurement(checks, [each.said for each in rounds if each.failures])


def schemathesis(url: str, seed: int) -> Round:
    """One run over everything that ``url`` documents. Raises Unavailable when nothing could be asked."""
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", "schemathesis.toml", "run"),
        *(f"{url}/openapi.json", "--url", url, "--phases", "examples,coverage,fuzzing,stateful"),
        *("--mode", "all", "--max-examples", str(EXAMPLES_AN_OPERATION), "--seed", str(seed)),
        *("--continue-on-failure", "--generation-database", "none", "--no-color", "--warnings", "off"),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    generated, failures = _GENERATED.search(done.stdout), _FAILURES.search(done.stdout)
    if generated is None or (done.returncode and failures is None):
        raise Unavailable(
            f"schemathesis asked {url} nothing, or broke off.", hint=done.stdout[-2000:] + done.stderr[-2000:]
        )
    return Round(int(generated[1]), int(failures[1]) if failures else 0, done.stdout)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.checks.api", __doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="Of each server, at least.")
    parser.add_argument("--server", choices=SERVERS, action="append", help="Both by default.")
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.server or tuple(SERVERS), given.cases), given.json)


if __name__ == "__main__":
    sys.exit(main())
