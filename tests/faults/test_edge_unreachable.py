"""F1, B7: whatever the edge does when it is told, we know in time; and nobody else is ever told."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra.rigs.faults import FAULTS, fault_proxy
from sabiscore.errors import EdgeUnavailable
from sabiscore.http.signatures import signed_headers, verified
from sabiscore.net.edge import PURGE_PATH, EdgeClient
from tests.support.served import NOW, SECRET
from tests.support.waiting import HANG_S

TAGS, PATHS = ("league:epl", "odds"), ("/api/v1/leagues",)
DEADLINE_S = 0.3
"""For an edge that fails; one that answers may take as long as a busy machine needs."""


class Worker(ThreadingHTTPServer):
    """Answers as the Worker does, or as it is told to; keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: tuple[int, dict[str, str], bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Worker

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append((self.command, self.path, headers, body))
        status, sent, content = self.server.answer or (200, {}, _purged(body))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **sent}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = answer  # noqa: N815 - names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


def _purged(body: bytes) -> bytes:
    answer = json.loads(body)
    return json.dumps({"purged": [*answer["tags"], *answer["paths"]]}).encode()


@contextmanager
def worker() -> Iterator[Worker]:
    running = Worker()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


@pytest.fixture
def edge() -> Iterator[Worker]:
    with worker() as running:
        yield running


def purge(url: str, deadline_s: float = HANG_S) -> None:
    client = EdgeClient(url, lambda body: signed_headers([SECRET], body, NOW), deadline_s)
    asyncio.run(client.purge(TAGS, PATHS))


def test_one_signed_call_is_made_to_the_one_address(edge):
    purge(edge.url)
    ((method, path, headers, body),) = edge.asked
    assert (method, path) == ("POST", PURGE_PATH)
    assert verified(headers, body, [SECRET], NOW).id
    assert json.loads(body) == {"tags": list(TAGS), "paths": list(PATHS)}
    assert not {"authorization", "cookie"} & headers.keys()


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_known(edge, fault):
    """Slow faults last far longer than the deadline and then end well: only the deadline makes them known."""
    with fault_proxy(edge.server_port) as proxy:
        proxy.fault = fault
        with pytest.raises(EdgeUnavailable, match=r"^The edge "):
            purge(f"http://127.0.0.1:{proxy.port}", DEADLINE_S)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(edge, status):
    with worker() as elsewhere:
        edge.answer = (status, {"Location": f"{elsewhere.url}/latest/meta-data"}, b"")
        with pytest.raises(EdgeUnavailable, match=f"answered {status}"):
            purge(edge.url)
        assert elsewhere.asked == []


NOT_THE_WORKERS = [b"", b"{}", b"[]", b"null", b"[" * 60_000]
PURGED_ELSE = [b'{"purged":null}', b'{"purged":["odds"]}', b'{"purged":{"odds":1}}']


@pytest.mark.parametrize("content", [*NOT_THE_WORKERS, *PURGED_ELSE])
def test_a_200_that_is_not_the_workers_is_not_believed(edge, content):
    edge.answer = (200, {}, content)
    with pytest.raises(EdgeUnavailable, match="did not say"):
        purge(edge.url)


def test_no_proxy_of_the_environment_stands_in_between(edge, monkeypatch):
    with worker() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        purge(edge.url)
        assert proxy.asked == []


def test_nothing_said_of_a_fault_holds_the_secret(edge):
    edge.answer = (401, {}, SECRET.encode())
    with pytest.raises(EdgeUnavailable) as refused:
        purge(edge.url)
    assert SECRET not in f"{refused.value} {refused.value.hint}"
