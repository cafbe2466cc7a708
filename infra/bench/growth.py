"""How what schedules and commands cost grows with the seasons on record.

``python -m infra.bench.growth``. Data folders of 1, 5 and 20 seasons on record, and of 200, 1,000 and 6,000
coming matches, are built by ``infra.bench.growth_case``, and each step is measured in a process of its own:
processor time, memory, and the slope of its time over seasons or matches on logarithmic axes (0 is flat, 1
grows as they do). ``--against DIR`` measures the checkout there too, with its own interpreter and folders,
and prints ratios. ``--to FOLDER`` keeps ``growth.json``, ``growth-seasons.svg`` and ``growth-matches.svg``.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.bench.growth_plot import plot
from sabiscore.errors import SabiScoreError, Unavailable

ROOT = Path(__file__).parents[2]
CASE = Path(__file__).with_name("growth_case.py")
SIZES: Mapping[str, tuple[int, ...]] = {"seasons": (1, 5, 20), "matches": (200, 1_000, 6_000)}
IN_PROCESS: Mapping[str, tuple[str, ...]] = {
    "seasons": ("idle", "calibrate", "unsettled", "cleanup"),
    "matches": ("odds_fresh", "odds_warm"),
}
COMMANDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "seasons": {
        "show": ("ledger", "show", "--last", "20", "--simulated", "--json"),
        "help": ("--help",),
    },
    "matches": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCost:
    """What ``step`` took of ``build`` over ``size`` seasons on record or coming matches, as ``unit`` says."""

    build: str
    step: str
    size: int
    unit: str = "seasons"
    seconds: float
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Checkout:
    """A build by its ``name``, and the folder that it lies in with its ``.venv``."""

    name: str
    folder: Path

    @property
    def python(self) -> str:
        return str(self.folder / ".venv" / "bin" / "python")


def measure(checkout: Checkout, unit: str, size: int, data_dir: Path) -> list[StepCost]:
    """The cost of every step over a data folder built for it. Raises Unavailable when one fails."""
    folder = data_dir / "simulated"
    _ran(
        [checkout.python, "-P", str(CASE), "build", str(folder), f"--{unit}", str(size)],
        checkout,
        data_dir,
    )
    found = {}
    for step in IN_PROCESS[unit]:
        report, _ = _ran([checkout.python, "-P", str(CASE), step, str(folder)], checkout, data_dir)
        found[step] = json.loads(report)
    for step, words in COMMANDS[unit].items():
        found[step] = _ran([checkout.python, "-m", "infra.cli", *words], checkout, data_dir)[1]
    return [
        StepCost(build=checkout.name, step=step, size=size, unit=unit, **figures)
        for step, figures in found.items()
    ]


def _ran(command: Sequence[str], checkout: Checkout, data_dir: Path) -> tuple[str, dict[str, float]]:
    """What ``command`` printed, and its processor time and most memory. Raises Unavailable when it fails."""
    environ = {**os.environ, "SABISCORE_HOME": str(data_dir)}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints:
        child = subprocess.Popen(command, cwd=checkout.folder, env=environ, stdout=out, stderr=complaints)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        complaints.seek(0)
        if child.returncode:
            raise Unavailable(
                f"{' '.join(command[-5:])} of {checkout.folder} ended with {child.returncode}.",
                hint=complaints.read().decode()[-2000:],
            )
        figures = {"seconds": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024}
        return out.read().decode(), figures


def slope(costs: Sequence[StepCost]) -> float | None:
    """The least-squares slope of log time over log size; None of fewer than two sizes.

    >>> costs = [StepCost(build="b", step="s", size=n, seconds=n / 10, peak_mb=1.0) for n in (1, 5, 20)]
    >>> round(slope(costs), 6)
    1.0
    """
    x = [math.log(cost.size) for cost in costs]
    y = [math.log(max(cost.seconds, 1e-6)) for cost in costs]
    middle, height = sum(x) / len(x), sum(y) / len(y)
    spread = sum((value - middle) ** 2 for value in x)
    if not spread:
        return None
    return sum((a - middle) * (b - height) for a, b in zip(x, y, strict=True)) / spread


def report(costs: Sequence[StepCost]) -> dict[str, Any]:
    """Costs, slopes by build and step, and ratios of the first build to the other, as plain values."""
    keys = list(dict.fromkeys((cost.build, cost.step) for cost in costs))
    slopes = {f"{build} {step}": slope(_of(costs, build, step)) for build, step in keys}
    builds = list(dict.fromkeys(cost.build for cost in costs))
    return {
        "costs": [asdict(cost) for cost in costs],
        "slopes": slopes,
        "ratios": _ratios(costs, *builds) if len(builds) > 1 else [],
    }


def _ratios(costs: Sequence[StepCost], ours: str, theirs: str) -> list[dict[str, Any]]:
    before = {(cost.step, cost.size): cost for cost in costs if cost.build == theirs}
    pairs = [(cost, before[cost.step, cost.size]) for cost in costs if cost.build == ours]
    return [
        {
            "step": new.step,
            "size": new.size,
            "unit": new.unit,
            "time": new.seconds / old.seconds,
            "memory": new.peak_mb / old.peak_mb,
        }
        for new, old in pairs
    ]


def _of(costs: Sequence[StepCost], build: str, step: str) -> list[StepCost]:
    return [cost for cost in costs if (cost.build, cost.step) == (build, step)]


def lines(found: Mapping[str, Any]) -> list[str]:
    """The same for people."""
    said = [
        f"{c['build']:<8} {c['step']:<10} {c['size']:>5} {c['unit']} {c['seconds']:>9.3f} s"
        f" {c['peak_mb']:>6.0f} MB"
        for c in found["costs"]
    ]
    said += [f"slope of {name}: {value:.2f}" for name, value in found["slopes"].items() if value is not None]
    return said + [
        f"{r['step']:<10} {r['size']:>5} {r['unit']}: {r['time']:.3f} of the time,"
        f" {r['memory']:.2f} of the memory"
        for r in found["ratios"]
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    given = _options().parse_args(arguments)
    checkouts = [Checkout("here", ROOT), *([Checkout("against", given.against)] if given.against else [])]
    costs: list[StepCost] = []
    try:
        for unit, size in [*_each("seasons", given.seasons), *_each("matches", given.matches)]:
            for checkout in checkouts:
                with tempfile.TemporaryDirectory(prefix="sabiscore-growth-") as folder:
                    costs += measure(checkout, unit, size, Path(folder))
    except SabiScoreError as error:
        print(f"{error}\n{error.hint}", file=sys.stderr)
        return 3
    found = report(costs)
    if given.to:
        given.to.mkdir(parents=True, exist_ok=True)
        (given.to / "growth.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
        for unit in SIZES:
            of_unit = [cost for cost in found["costs"] if cost["unit"] == unit]
            if of_unit:
                (given.to / f"growth-{unit}.svg").write_text(plot(of_unit), encoding="utf-8")
    print(json.dumps(found, indent=2) if given.json else "\n".join(lines(found)))
    return 0


def _each(unit: str, sizes: Sequence[int]) -> list[tuple[str, int]]:
    return [(unit, size) for size in sizes]


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.growth", description=__doc__)
    parser.add_argument("--seasons", type=int, nargs="*", default=SIZES["seasons"])
    parser.add_argument("--matches", type=int, nargs="*", default=SIZES["matches"])
    parser.add_argument("--against", type=Path, metavar="DIR", help="Another checkout with its .venv.")
    parser.add_argument("--to", type=Path, metavar="FOLDER", help="Keep growth.json and the plots there.")
    parser.add_argument("--json", action="store_true", help="Print the figures for a program.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
