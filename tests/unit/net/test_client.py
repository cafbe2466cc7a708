"""Every way a host can fail ends in a named error within the deadline."""

from __future__ import annotations

import gzip
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sabiscore.errors import NotFound, SourceUnavailable
from sabiscore.net.client import Client

DEADLINE_S = 0.5
"""For hosts that never answer; whoever answers may take as long as a busy machine needs."""
HANG_S = 60.0
"""After which a silent host answers well, so that a client without a deadline fails instead of hanging."""
done = threading.Event()
"""Set when the server closes: handlers that are being slow wait for it instead of sleeping."""


PACKED = {
    "/choices": (300, b"<html>", ""),
    "/gzip": (200, gzip.compress(b"hello"), "gzip"),
    "/unsaid": (200, gzip.compress(b"hel") + gzip.compress(b"lo") + bytes(8), ""),
    "/unpacked-on-the-way": (200, b"hello", "gzip"),
    "/bomb": (200, gzip.compress(bytes(900_000)), "gzip"),
    "/many-bombs": (200, gzip.compress(bytes(600)) * 3, ""),
    "/half-a-gzip": (200, gzip.compress(os.urandom(300))[:-20], "gzip"),
    "/brotli": (200, b"hello", "br"),
}
"""Path → status, body and what the header says of its coding."""


class Host(BaseHTTPRequestHandler):
    """Answers by path: /ok /missing /error /moved /large /silent /drip /torn and those of PACKED."""

    def do_GET(self) -> None:
        match self.path.split("?")[0]:
            case "/ok":
                self._answer(200, b"hello")
            case "/missing":
                self._answer(404, b"")
            case "/error":
                self._answer(500, b"<html>")
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "https://elsewhere.example.com/ok?key=secret")
                self.end_headers()
            case "/large":
                self._answer(200, b"x" * 5_000)
            case packed if packed in PACKED:
                self._answer(*PACKED[packed])
            case "/silent":
                done.wait(HANG_S)
                self._answer(200, b"late")
            case "/drip":
                self._drip()
            case "/torn":
                self.send_response(200)
                self.send_header("Content-Length", "100")
                self.end_headers()
                self.wfile.write(b"half")

    def _answer(self, status: int, body: bytes, coding: str = "") -> None:
        self.send_response(status)
        if coding:
            self.send_header("Content-Encoding", coding)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not done.wait(0.05):
                self.wfile.write(b".")
        except OSError:
            return

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    done.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        done.set()
        server.shutdown()
        thread.join()


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(deadline_s=HANG_S) as opened:
        yield opened


@pytest.fixture
def hasty() -> Iterator[Client]:
    with Client(deadline_s=DEADLINE_S) as opened:
        yield opened


def test_a_whole_answer(host: str, client: Client) -> None:
    assert client.fetch(f"{host}/ok") == b"hello"


@pytest.mark.parametrize("path", ["/gzip", "/unsaid", "/unpacked-on-the-way"])
def test_gzip_is_unpacked_by_its_first_bytes_whatever_was_asked_and_said(
    path: str, host: str, client: Client
) -> None:
    assert client.fetch(f"{host}{path}", max_bytes=1_000) == b"hello"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/error", "answered 500"),
        ("/moved", "answered 302 and names elsewhere.example.com"),
        ("/bomb", "sent more than 1,000 bytes"),
        ("/many-bombs", "sent more than 1,000 bytes"),
        ("/half-a-gzip", "cannot be unpacked"),
        ("/brotli", "a compression that was not asked for"),
        ("/large", "sent more than 1,000 bytes"),
        ("/torn", "did not answer"),
    ],
)
def test_what_is_no_whole_answer_is_unavailable(path: str, words: str, host: str, client: Client) -> None:
    unavailable(client, f"{host}{path}", words)


@pytest.mark.parametrize(
    ("path", "words"), [("/silent", "within 0.5 s|did not answer"), ("/drip", "within 0.5 s|did not answer")]
)
def test_a_host_that_never_ends_is_unavailable_at_the_deadline(
    path: str, words: str, host: str, hasty: Client
) -> None:
    """A silent host answers well after a minute, a dripping one never ends: only the deadline is in time."""
    unavailable(hasty, f"{host}{path}", words)


def unavailable(client: Client, url: str, words: str) -> None:
    with pytest.raises(SourceUnavailable, match=words) as caught:
        client.fetch(f"{url}?key=secret", max_bytes=1_000)
    assert "secret" not in str(caught.value) + caught.value.hint
    assert not isinstance(caught.value, NotFound)


@pytest.mark.parametrize("path", ["missing", "choices"])
def test_a_document_that_is_not_there_has_its_own_error(path: str, host: str, client: Client) -> None:
    with pytest.raises(NotFound, match=f"has no {path}"):
        client.fetch(f"{host}/{path}?key=secret")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/x", "nonsense", "http://", "ftp://127.0.0.1/x"])
def test_nobody_there(url: str, client: Client) -> None:
    with pytest.raises(SourceUnavailable):
        client.fetch(url)
