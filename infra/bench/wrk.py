"""wrk, the load generator: its arguments, and its figures."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.rigs.part import needed
from sabiscore.errors import Unavailable

REPORT = Path(__file__).with_name("report.lua")
ZIPF = Path(__file__).with_name("zipf.lua")
INSTALL = "infra/setup/services.sh"
TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class WrkResult:
    """One run. ``broken`` counts connections refused, cut or silent; ``refused`` statuses from 400 on."""

    requests: int
    seconds: float
    broken: int
    refused: int
    p50_ms: float
    p99_ms: float
    said: str

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def wrk(
    url: str, connections: int, seconds: int, *, script: Path = REPORT, arguments: Sequence[str] = ()
) -> WrkResult:
    """What ``connections`` that are kept open find in that time, each asking again once it is answered.

    ``script`` is given ``arguments`` and must report as report.lua does.
    """
    command = [
        needed("wrk", INSTALL),
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        f"--timeout={TIMEOUT_S}s",
    ]
    command += ["-s", str(script), url, "--", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=script.parent)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    if done.returncode or not last.startswith("{"):
        raise Unavailable(f"wrk measured nothing: {done.stderr.strip() or last}", hint="Is the service up?")
    figures = json.loads(last)
    return WrkResult(
        requests=figures["requests"],
        seconds=figures["duration_us"] / 1e6,
        broken=figures["connect"] + figures["read"] + figures["write"] + figures["timeout"],
        refused=figures["status"],
        p50_ms=figures["p50_us"] / 1e3,
        p99_ms=figures["p99_us"] / 1e3,
        said=done.stdout,
    )
