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
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from infra.project import ROOT
from infra.rigs.part import HOST, START_S, Log, Part, free_port, needed, quiet
from infra.rigs.redis import Shared, python_environ, shared_cache

EDGE = ROOT / "functions" / "edge"
NODE = EDGE / "node_modules" / ".bin" / "node"


@dataclass(frozen=True, slots=True)
class LocalEdge:
    """A running chain; ``secret`` signs calls to the Worker."""

    worker: Part
    shared: Shared
    functions: Part
    secret: str

    @property
    def url(self) -> str:
        """What readers are told."""
        return self.worker.url


@contextmanager
def local_edge(
    home: Path, port: int = 0, log: Log = quiet, bindings: Mapping[str, str] | None = None
) -> Iterator[LocalEdge]:
    """Starts everything over the publication and the models in ``home``, the Worker on ``port`` (0: any).

    ``bindings`` replace variables of wrangler.jsonc, such as ``REQUESTS_PER_MINUTE``, for the Worker.
    """
    secret = f"whsec_{b64encode(secrets.token_bytes(32)).decode()}"
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory(prefix="sabiscore-edge-")))
        shared = running.enter_context(shared_cache(log))
        functions = _functions(home, shared, log)
        worker = _worker(folder, port, shared, functions, secret, log, bindings or {})
        for part in (functions, worker):
            running.callback(part.stop)
            part.start()
        _warm(functions)
        yield LocalEdge(worker, shared, functions, secret)


def _warm(functions: Part) -> None:
    """The first answer of a process waits for imports, and for the shared cache in vain."""
    connection = HTTPConnection(HOST, functions.port, timeout=START_S)
    connection.request("GET", "/api/v1/leagues")
    connection.getresponse().read()
    connection.close()


def _functions(home: Path, shared: Shared, log: Log) -> Part:
    port = free_port()
    command = [sys.executable, "-m", "infra.cli", "up", "--port", str(port)]
    environ = python_environ(SABISCORE_HOME=str(home.resolve()), **shared.settings)
    return Part("functions", command, port, environ, ROOT, log)


def _worker(
    folder: Path,
    port: int,
    shared: Shared,
    functions: Part,
    secret: str,
    log: Log,
    bindings: Mapping[str, str],
) -> Part:
    port = port or free_port()
    node = needed(str(NODE), "infra/setup/node.sh")
    environ = {
        **os.environ,
        "ORIGIN": functions.url,
        "EDGE_SECRET": secret,
        **shared.settings,
        **bindings,
    }
    return Part("worker", [node, "local/serve.ts", str(port), str(folder)], port, environ, EDGE, log)
