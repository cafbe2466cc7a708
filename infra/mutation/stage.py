"""A folder in which mutmut changes the files of one room and runs the room's tests over each change.

mutmut wants its packages below ``src`` and its settings in the ``pyproject.toml`` beside them, so a room gets
copies of both, laid out like that. The tests of a change are those that call the changed function.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from infra.mutation.fresh_tests import PROFILE
from infra.mutation.rooms import Room
from infra.project import BUILD, ROOT
from sabiscore.errors import Unavailable

STAGES = BUILD / "mutants"
IDLE_LOAD = 0.5
"""Below this load the machine is ours, and two tests run at once."""
LONGEST_FACTOR, LONGEST_EXTRA_S = 10.0, 1.0
"""A mutant's tests get this many times what they need unchanged, and a second more each time."""

_MUTMUT = (sys.executable, "-c", "from mutmut.__main__ import cli; cli()")


def staged(room: Room) -> Path:
    """A fresh folder with the sources, the tests and the settings for ``room``."""
    stage = STAGES / room.name
    shutil.rmtree(stage, ignore_errors=True)
    without_caches = shutil.ignore_patterns("__pycache__")
    core = ROOT / "layers" / "core" / "python" / "sabiscore"
    shutil.copytree(core, stage / "src" / "sabiscore", ignore=without_caches)
    shutil.copytree(ROOT / "tests", stage / "tests", ignore=without_caches)
    (stage / "pyproject.toml").write_text(settings_of(room))
    return stage


def settings_of(room: Room) -> str:
    """The settings of mutmut, and of pytest below it, for ``room``."""
    mutmut = {
        "source_paths": ["src"],
        "only_mutate": [f"src/sabiscore/{room.changed}"],
        "do_not_mutate": [f"src/sabiscore/{spared}" for spared in room.spared],
        "also_copy": ["tests"],
        "pytest_add_cli_args": [
            *(
                "-p",
                "no:cacheprovider",
                "-p",
                "infra.mutation.fresh_tests",
                f"--hypothesis-profile={PROFILE}",
            ),
        ],
        "pytest_add_cli_args_test_selection": [f"tests/{path}" for path in room.tests],
        "timeout_multiplier": LONGEST_FACTOR,
        "timeout_constant": LONGEST_EXTRA_S,
        "track_dependencies": False,
        "use_git_change_detection": False,
    }
    pytest = {
        "pythonpath": ["src", "."],
        "addopts": ["--strict-markers", "--import-mode=importlib"],
        "filterwarnings": ["error"],
    }
    return "\n".join([*_table("mutmut", mutmut), *_table("pytest.ini_options", pytest)]) + "\n"


def _table(name: str, values: Mapping[str, object]) -> Iterator[str]:
    yield f"[tool.{name}]"
    for key, value in values.items():
        yield f"{key} = {json.dumps(value)}"


def run(stage: Path) -> None:
    """Changes and tests everything in ``stage``, at the lowest priority, its progress on the error stream.

    Raises Unavailable where the tests fail on the unchanged code already, or mutmut itself fails.
    """
    at_once = 2 if os.getloadavg()[0] < IDLE_LOAD else 1
    command = ["nice", "-n", "19", *_MUTMUT, "run", "--max-children", str(at_once)]
    done = subprocess.run(command, cwd=stage, env=_environ(), stdout=sys.stderr, check=False)
    if done.returncode:
        raise Unavailable(
            f"mutmut could not run the tests of {stage.name}.",
            hint="Its output above says why; `pytest` over the same tests has to pass first.",
        )


def outcomes(stage: Path) -> dict[str, str]:
    """What became of each mutant, by mutmut's names for the mutant and for its end."""
    command = [*_MUTMUT, "results", "--all", "true"]
    done = subprocess.run(command, cwd=stage, env=_environ(), stdout=subprocess.PIPE, text=True, check=True)
    lines = (line.strip().rpartition(": ") for line in done.stdout.splitlines())
    return {name: outcome for name, _, outcome in lines if name}


def _environ() -> dict[str, str]:
    """Ours, without real season files: what is noticed is the same on every machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SABISCORE_")}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(BUILD / "mutmut"), str(ROOT)])}
