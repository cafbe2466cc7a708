"""How long a prediction takes: in this process, and from the start of a new one."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from model_export.ensemble import Matrix

NATIVE = """
import sys, time, joblib, numpy
joblib.load(sys.argv[1]).predict_proba(numpy.load(sys.argv[2]))
print(time.monotonic_ns())
"""
BUNDLE = """
import sys, time, pathlib, numpy
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.predict import OnnxModel
OnnxModel(read_bundle(pathlib.Path(sys.argv[1]), sys.argv[3])).predict(numpy.load(sys.argv[2]))
print(time.monotonic_ns())
"""


def times_us(predict: Callable[[Matrix], Any], batches: list[Matrix], runs: int) -> list[float]:
    """How long each of ``runs`` calls took, over ``batches`` in turn, after a warm-up."""
    for batch in batches[:3]:
        predict(batch)
    times = []
    for run in range(runs):
        batch = batches[run % len(batches)]
        start = time.perf_counter_ns()
        predict(batch)
        times.append((time.perf_counter_ns() - start) / 1000)
    return times


def start_ms(script: str, *arguments: str) -> float:
    """ms until ``script``, in a process of its own, has predicted; both read the machine's one clock."""
    environ = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", script, *arguments]
    start = time.monotonic_ns()
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True)  # noqa: S603 - our own
    return (int(done.stdout) - start) / 1e6
