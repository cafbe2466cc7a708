"""The insights function as a server of its own: one uvicorn, the whole middleware, a made-up home."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from infra.project import ROOT
from infra.rigs.made_up import MATCH_ID, made_up_data_dir
from infra.rigs.part import HOST, Part, free_port
from infra.rigs.redis import python_environ

INSIGHT = f"/api/v1/insights/{MATCH_ID}"
NO_LIMIT = {"SABISCORE_REQUESTS_PER_MINUTE": "1000000000"}
"""All that is asked here comes from one address."""
UVICORN = ("--log-level", "warning", "--no-access-log", "--lifespan", "off", "--backlog", "4096")


@contextmanager
def scratch_data_dir() -> Iterator[Path]:
    """A folder with a bundle and a publication that is thrown away."""
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        yield made_up_data_dir(Path(folder))


@contextmanager
def insights_function(data_dir: Path, **settings: str) -> Iterator[Part]:
    """The function over ``home``, listening."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "functions.insights:app", "--port", str(port), *UVICORN]
    environ = python_environ(SABISCORE_HOME=str(data_dir), **NO_LIMIT, **settings)
    with running(Part(name="insights", command=command, port=port, environ=environ, folder=ROOT)) as part:
        yield part


@contextmanager
def running(part: Part) -> Iterator[Part]:
    """``part`` started, and stopped at the end."""
    part.start()
    try:
        yield part
    finally:
        part.stop()


def fetch(port: int, path: str = INSIGHT) -> bytes:
    """The body of one answer, asked for on a connection of its own."""
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()
