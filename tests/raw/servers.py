"""Functions behind a stand-in of API Gateway, ``sabiscore up``, and the Worker in front of the functions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path

from infra.local.edge import EDGE, NODE
from infra.project import ROOT
from infra.rigs.part import Part, free_port
from infra.rigs.redis import python_environ
from tests.raw.input import MATCH_PATH, PAGE, SERVERS, Seen, Server, request
from tests.raw.signed import SECRET
from tests.raw.wire import Answer, ask
from tests.support.data_dirs import made_up_data_dir

FIRST_TRIES = 12


@dataclass
class Servers:
    """Running servers by name, and every line that they wrote."""

    parts: Mapping[Server, Part]
    lines: list[tuple[str, str]] = field(default_factory=list)
    seen: dict[Server, Seen] = field(default_factory=dict)

    def get(self, server: Server, path: str) -> Answer:
        return ask(self.parts[server].port, request(f"GET {path} HTTP/1.1"))

    def said(self, server: Server) -> str:
        """What ``server`` wrote."""
        return "\n".join(line for name, line in self.lines if name == server)


@contextmanager
def three_servers(folder: Path) -> Iterator[Servers]:
    """All three over one made-up home in ``folder``."""
    data_dir = made_up_data_dir(folder / "home")
    settings = {
        "SABISCORE_HOME": str(data_dir),
        "SABISCORE_REQUESTS_PER_MINUTE": "1000000",
        **dict.fromkeys(("REVALIDATE_SECRET", "CRON_SECRET", "EDGE_SECRET"), SECRET),
    }
    lines: list[tuple[str, str]] = []

    def log(name: str, line: str) -> None:
        lines.append((name, line))

    def python(name: Server, *command: str) -> Part:
        port = free_port()
        whole = [sys.executable, "-m", *command, str(port)]
        return Part(
            name=name, command=whole, port=port, environ=python_environ(**settings), folder=ROOT, log=log
        )

    functions = python("functions", "infra.lambda_runtime.http_api")
    up = python("up", "infra.cli", "up", "--port")
    port = free_port()
    environ = {**os.environ, "ORIGIN": functions.url, "EDGE_SECRET": SECRET, "REQUESTS_PER_MINUTE": "1000000"}
    command = [str(NODE), "local/serve.ts", str(port), str(folder / "kept")]
    worker = Part(name="worker", command=command, port=port, environ=environ, folder=EDGE, log=log)
    servers = Servers({"functions": functions, "up": up, "worker": worker}, lines)
    with ExitStack() as running:
        for part in servers.parts.values():
            running.callback(part.stop)
            part.start()
        for name in SERVERS:
            servers.seen[name] = _seen(servers, name)
        yield servers


def _seen(servers: Servers, name: Server) -> Seen:
    document, page = _first(servers, name), servers.get(name, PAGE)
    etag, modified = document.field("etag"), document.field("last-modified")
    assert etag is not None
    assert modified is not None
    return Seen(servers.parts[name].port, etag, parsedate_to_datetime(modified), page.field("etag") or "")


def _first(servers: Servers, name: Server) -> Answer:
    """The first answer of a process waits for imports, on a busy machine longer than its time limit."""
    for _ in range(FIRST_TRIES):
        answer = servers.get(name, MATCH_PATH)
        if answer.status == 200:
            return answer
    raise AssertionError(f"{name} did not begin to answer: {answer.status} {answer.body[:300]!r}")
