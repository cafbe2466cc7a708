"""What a deployed function consists of, laid out on this machine."""

from __future__ import annotations

import shutil
from pathlib import Path

from infra.lambda_runtime.sandbox import Image
from infra.layers.build import alone_in, build, compile_all, digest_of, install
from infra.layers.target import DEPLOYED, Target, here, interpreter, needed_interpreter
from infra.project import BUILD, ROOT

BARE = ROOT / "infra/bench/bare.py"
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
    with alone_in(into):
        task, runtime = _task(into), _runtime(target, python, into / "runtime")
    return Image(target, python, task, tuple(layer.python for layer in layers), runtime)


def _task(into: Path) -> Path:
    """The functions as they are now, and a bare one to compare with; nothing else of the project.

    The folder is named by what is in it, so that no process ever sees its files change.
    """
    sources = (*sorted((ROOT / "functions").rglob("*.py")), BARE)
    folder = into / f"task-{digest_of(*sources)[:16]}"
    for source in sources:
        copy = folder / ("bare.py" if source == BARE else source.relative_to(ROOT))
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
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
