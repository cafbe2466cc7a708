"""Proof that a pruned layer still works: each of its packages is imported in a process of its own.

The process is started with ``-S -s``: nothing but the standard library and the layers is within its
reach, as on Lambda, so a dependency that only a developer's environment has cannot hide a hole.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from sabiscore.errors import Untrusted

IMPORT_EACH = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\n"

PREDICT = """
import sys
import numpy
import onnxruntime
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(sys.argv[1], options, providers=["CPUExecutionProvider"])
(probabilities,) = session.run(None, {"vectors": numpy.array([[0, 1, 2]], numpy.float32)})
assert abs(probabilities.sum() - 1) < 1e-6, probabilities
"""


def top_level(folder: Path) -> tuple[str, ...]:
    """The packages and modules that an installed folder offers for import.

    Of a namespace, which has no file of its own, they are the packages in it: ``arro3.core``.
    """
    packages = {path.parent.name for path in folder.glob("*/__init__.py")}
    packages |= {
        f"{path.parts[-3]}.{path.parts[-2]}"
        for path in folder.glob("*/*/__init__.py")
        if path.parts[-3] not in packages and path.parts[-3].isidentifier()
    }
    modules = {path.stem for path in folder.glob("*.py")} | {
        path.name.split(".")[0] for path in folder.glob("*.so")
    }
    return tuple(sorted(packages | modules))


def run_isolated(
    python: Path,
    script: str,
    *arguments: str,
    path: Sequence[Path],
    environ: Mapping[str, str] | None = None,
) -> str:
    """What ``script`` prints in a fresh process that sees the standard library and ``path`` only.

    Raises Untrusted with the last line of its error when it fails.
    """
    done = subprocess.run(
        [python, "-S", "-s", "-B", "-c", script, *arguments],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join(map(str, path)), **(environ or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise Untrusted(
            f"A layer fails when used: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}",
            hint="Pruning (infra/layers/prune.py) or the lock left out something that is imported.",
        )
    return done.stdout


def check_imports(python: Path, folder: Path, beside: Sequence[Path] = ()) -> tuple[str, ...]:
    """Import everything at the top of ``folder``, with ``beside`` also on the path; the names."""
    names = top_level(folder)
    run_isolated(python, IMPORT_EACH, *names, path=[folder, *beside])
    return names


def check_prediction(python: Path, folder: Path, scratch: Path) -> None:
    """Load a graph with the onnxruntime of ``folder`` and predict with it."""
    graph = scratch / "check.onnx"
    graph.write_bytes(_softmax_graph())
    run_isolated(python, PREDICT, str(graph), path=[folder])
    graph.unlink()


def _softmax_graph() -> bytes:
    """An ONNX graph of one Softmax, in the IR and opset that the real one has."""
    from onnx import TensorProto, helper  # only building a layer needs it

    shape = (TensorProto.FLOAT, [None, 3])
    graph = helper.make_graph(
        [helper.make_node("Softmax", ["vectors"], ["probabilities"])],
        "check",
        [helper.make_tensor_value_info("vectors", *shape)],
        [helper.make_tensor_value_info("probabilities", *shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    return bytes(model.SerializeToString())
