"""What a deployed function consists of, laid out on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.lambda_runtime.sandbox import Image
from infra.layers.build import build, compile_all, digest_of, install
from infra.layers.target import DEPLOYED, Target, here, interpreter, needed_interpreter
from infra.project import BUILD, ROOT

RUNTIME_LOCK = ROOT / "infra/requirements/lambda.txt"


def testable() -> Target:
    """The deployed target where its Python is on this machine, else the target of this process."""
    return DEPLOYED if interpreter(DEPLOYED) is not None else here()


def image(target: Target | None = None) -> Image:
    """Layers, functions and awslambdaric for ``target`` (``testable()`` by default), built if needed."""
    target = target or testable()
    layers = build(target)
    python = needed_interpreter(target)
    into = BUILD / "lambda" / f"{target.runtime}-{target.architecture}"
    return Image(
        python=python,
        task=_task(into / "task"),
        layers=tuple(layer.python for layer in layers),
        runtime=_runtime(target, python, into / "runtime"),
    )


def _task(folder: Path) -> Path:
    """A copy of the functions as they are now, and nothing else of the project."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _runtime(target: Target, python: Path, folder: Path) -> Path:
    """awslambdaric, installed from its lock and compiled, as AWS's runtime has it."""
    stamp = folder.with_suffix(".inputs")
    inputs = digest_of(RUNTIME_LOCK)
    if not (stamp.exists() and stamp.read_text() == inputs):
        shutil.rmtree(folder, ignore_errors=True)
        install(RUNTIME_LOCK, target, folder)
        compile_all(python, folder)
        stamp.write_text(inputs)
    return folder
