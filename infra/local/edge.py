"""The whole chain on this machine: the Worker in workerd, a Redis that all share, the functions behind them.

``local_edge(home)`` starts it and hands over its parts, each of which can be killed and started again.
Everything listens on 127.0.0.1 and stays in our process group; what the tiers keep goes when it ends.
"""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from infra.project import ROOT
from infra.rigs.part import HOST, START_S, Log, Part, free_port, needed, quiet
from infra.rigs.redis import RedisRig, python_environ, shared_cache

EDGE = ROOT / "functions" / "edge"
NODE = EDGE / "node_modules" / ".bin" / "node"


UP = ("infra.cli", "up")
"""The module that serves the functions, and its arguments before the port."""


@dataclass(frozen=True, slots=True)
class LocalEdge:
    """A running chain; ``secret`` signs calls, to the functions and to the Worker."""

    worker: Part
    shared: RedisRig
    functions: Part
    secret: str

    @property
    def url(self) -> str:
        """The address that readers open."""
        return self.worker.url


@contextmanager
def local_edge(
    data_dir: Path,
    port: int = 0,
    log: Log = quiet,
    *,
    bindings: Mapping[str, str] | None = None,
    program: Sequence[str] = UP,
    inspector: int | None = None,
) -> Iterator[LocalEdge]:
    """Starts everything over the publication and the models in ``home``, the Worker on ``port`` (0: any).

    ``bindings`` replace variables of wrangler.jsonc, such as ``REQUESTS_PER_MINUTE``, for the Worker.
    ``program`` serves the functions, a module and its arguments before ``--port``.
    The Worker's heap can be looked at on port ``inspector``.
    """
    node = needed(str(NODE), "infra/setup/node.sh functions/edge")
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory(prefix="sabiscore-edge-"))
        shared = running.enter_context(shared_cache(log))
        settings = {**shared.settings, "SABISCORE_EDGE_SECRET": secret}
        port = port or free_port()
        calls = {
            "SABISCORE_EDGE_URL": f"http://{HOST}:{port}",
            "SABISCORE_REVALIDATE_SECRET": secret,
            "SABISCORE_CRON_SECRET": secret,
        }
        functions = _functions(data_dir, {**settings, **calls}, log, program)
        worker_bindings = {"EDGE_SECRET": secret, "ORIGIN": functions.url, **(bindings or {})}
        environ = {**os.environ, **shared.settings, **worker_bindings}
        looked_at = () if inspector is None else (str(inspector),)
        worker = Part(
            name="worker",
            command=[node, "local/serve.ts", str(port), folder, *looked_at],
            port=port,
            environ=environ,
            folder=EDGE,
            log=log,
        )
        for part in (functions, worker):
            running.callback(part.stop)
            part.start()
        _warm(functions)
        yield LocalEdge(worker, shared, functions, secret)


def _functions(data_dir: Path, settings: Mapping[str, str], log: Log, program: Sequence[str]) -> Part:
    port = free_port()
    command = [sys.executable, "-m", *program, "--port", str(port)]
    environ = python_environ(**settings, SABISCORE_HOME=str(data_dir.resolve()))
    return Part(name="functions", command=command, port=port, environ=environ, folder=ROOT, log=log)


def _warm(functions: Part) -> None:
    """The first answer of a process waits for imports, and for the shared cache in vain."""
    connection = HTTPConnection(HOST, functions.port, timeout=START_S)
    connection.request("GET", "/api/v1/leagues")
    connection.getresponse().read()
    connection.close()
