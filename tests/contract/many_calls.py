"""Thousands of made-up calls (reliability B1) at a server that listens: ``sabiscore up``, or the whole edge.

``python -m tests.contract.many_calls up`` and ``… edge``. Every phase and every check of schemathesis, then
rounds of the phases that draw at random, each with a seed of its own, until ``--cases`` were asked;
``--an-operation`` says how many a round makes of each operation that has something to vary. Ends with 1
when one was answered wrongly.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.bench.function import running
from infra.local.edge import local_edge
from infra.project import ROOT
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from sabiscore.store.session import Database
from tests.support.data_dirs import made_up_data_dir
from tests.support.openid_provider import CLIENT_ID, CLIENT_SECRET, openid_provider

CASES, AN_OPERATION, SEED = 10_000, 300, 16
PHASES, RANDOM_PHASES = "examples,coverage,fuzzing,stateful", "fuzzing,stateful"
NO_LIMIT = "1000000000"
ACCOUNT_SECRET = "of-accounts-that-nobody-keeps"
WAIT_S = 30
"""Of one call; a server that answers itself in time says 504 after ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a seed: cases asked, answered wrongly, never answered; and what was wrong."""

    cases: int
    wrong: int
    errored: int
    failures: Sequence[str]

    @property
    def is_sound(self) -> bool:
        """Whether it asked, and every answer was right."""
        return self.cases > 0 and not self.wrong and not self.errored


@contextmanager
def server(name: str, folder: Path) -> Iterator[str]:
    """The address of a running ``up`` or ``edge`` over a made-up data folder in ``folder``."""
    data_dir = made_up_data_dir(folder / "data")
    with closing(Database(f"sqlite:///{data_dir / 'sabiscore.db'}")) as database, database.transaction():
        pass  # which makes the tables that accounts are kept in
    settings = {
        "SABISCORE_HOME": str(data_dir),
        "SABISCORE_REQUESTS_PER_MINUTE": NO_LIMIT,
        "SABISCORE_ACCOUNT_SECRET": ACCOUNT_SECRET,
        "SABISCORE_OIDC_CLIENT_ID": CLIENT_ID,
        "SABISCORE_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }
    with ExitStack() as stack:
        settings["SABISCORE_OIDC_ISSUER"] = stack.enter_context(openid_provider(time.time)).url
        if name == "edge":
            os.environ |= settings  # the functions behind the Worker inherit it
            chain = local_edge(data_dir, bindings={"REQUESTS_PER_MINUTE": NO_LIMIT})
            yield stack.enter_context(chain).url
            return
        port = free_port()
        command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
        site = {"SABISCORE_EDGE_URL": f"http://127.0.0.1:{port}", "SABISCORE_EDGE_SECRET": ACCOUNT_SECRET}
        environ = python_environ(**settings, **site)
        part = Part(name="up", command=command, port=port, environ=environ, folder=ROOT)
        yield stack.enter_context(running(part)).url


def asked(url: str, *, an_operation: int, seed: int, report: Path) -> Round:
    """Has schemathesis ask, and say on the screen what it found; ``report`` is where it writes that down."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(ROOT / "schemathesis.toml")),
        *("run", f"{url}/openapi.json", "--max-examples", str(an_operation), "--seed", str(seed)),
        *("--phases", PHASES if seed == SEED else RANDOM_PHASES, "--checks", "all", "--continue-on-failure"),
        *("--request-timeout", str(WAIT_S), "--max-response-time", str(WAIT_S)),
        *("--suppress-health-check", "all", "--no-shrink"),
        *("--report", "json", "--report-json-path", str(report)),
    ]
    subprocess.run(command, check=False)
    found = json.loads(report.read_bytes())
    cases = found["test_cases"]
    return Round(
        cases=cases["generated"],
        wrong=cases["with_failures"],
        errored=cases["errored"],
        failures=[
            f"{failure['title']} ({', '.join(failure['operations'])})" for failure in found["failures"]
        ],
    )


def rounds(url: str, cases: int, an_operation: int, report: Path) -> Iterator[Round]:
    """Rounds with one seed after another until ``cases`` were asked, or a round found something wrong."""
    count = 0
    for seed in itertools.count(SEED):
        yield (last := asked(url, an_operation=an_operation, seed=seed, report=report))
        count += last.cases
        if count >= cases or not last.is_sound:
            return


def summary(found: Sequence[Round]) -> str:
    """How many cases were asked, and what was wrong, in a line."""
    wrong = sorted({failure for each in found for failure in each.failures})
    cases, wrongly, errored = (
        sum(count) for count in zip(*((each.cases, each.wrong, each.errored) for each in found), strict=True)
    )
    return (
        f"{cases} cases in {len(found)} rounds, {wrongly} answered wrongly, {errored} failed: "
        f"{'; '.join(wrong) or 'nothing to mend'}."
    )


def main() -> int:
    """Ask, and print how many cases were asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.contract.many_calls", description=__doc__)
    parser.add_argument("server", choices=["up", "edge"])
    parser.add_argument("--cases", type=int, default=CASES, help="The least that must be asked.")
    parser.add_argument("--an-operation", type=int, default=AN_OPERATION)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sabiscore-calls-") as name:
        folder = Path(name)
        with server(given.server, folder) as url:
            found = list(rounds(url, given.cases, given.an_operation, folder / "report.json"))
    print(f"B1, {given.server}: {summary(found)}")
    return 0 if all(each.is_sound for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
