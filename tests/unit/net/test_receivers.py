"""Messages go to public hosts only, to the very address that was looked at, and wait for nobody for long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest

from sabiscore.errors import BadSetting, ReceiverUnavailable, Refused
from sabiscore.net.receivers import (
    LONGEST_ADDRESS,
    LONGEST_MESSAGE,
    Received,
    ReceiverClient,
    is_public,
    receiver_address,
)

NOW = datetime(2026, 3, 14, 15, tzinfo=UTC)

Answer = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def receiver(answer: Answer) -> Iterator[int]:
    """The port of a server of this machine that ``answer`` answers each POST of."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def status(code: int, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def resolving(*addresses: str):
    async def resolve(host: str, port: int) -> list[str]:
        return list(addresses)

    return resolve


def posted(url: str, body: bytes = b"{}", **options) -> Received:
    client = ReceiverClient(lambda: NOW, **options)
    return asyncio.run(client.post(url, body, {"Content-Type": "application/json"}))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.3.4", "192.168.1.1",
        "198.18.0.1", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fc00::1", "fe80::1%eth0", "ff02::1", "2001:db8::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "::7f00:1",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_public_however_it_is_written(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["10.0.0.1", "169.254.169.254", "::1"])
def test_a_name_that_leads_inside_is_not_called(address: str) -> None:
    with pytest.raises(Refused, match="not at a public address"):
        posted("https://hooks.example.com/", resolve=resolving(address))


def test_one_address_inside_among_others_is_enough_to_refuse() -> None:
    with pytest.raises(Refused):
        posted("https://hooks.example.com/", resolve=resolving("93.184.215.14", "10.0.0.1"))


def test_a_name_without_an_address_is_not_called() -> None:
    with pytest.raises(Refused):
        posted("https://hooks.example.com/", resolve=resolving())


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/", "https://127.0.0.1/", "https://localhost/", "https://10.0.0.1/",
        "https://user:key@hooks.example.com/", "https://hooks.example.com:8443/", "ftp://hooks.example.com/",
        "https://hooks/", "https://printer.local/", "http://127.0.0.1:9000/",
        f"https://hooks.example.com/{'x' * LONGEST_ADDRESS}",
    ],
)  # fmt: skip
def test_an_address_that_may_not_be_subscribed_is_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(BadSetting) as caught:
        receiver_address(url, is_local=False)
    assert url not in f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("url", "is_local"),
    [("https://hooks.example.com/path?key=1", False), ("http://127.0.0.1:9000/hook", True)],
)
def test_an_address_that_may_be_subscribed_stays_as_it_is(url: str, is_local: bool) -> None:
    assert receiver_address(url, is_local=is_local) == url


def test_a_local_receiver_is_named_as_one() -> None:
    with pytest.raises(BadSetting, match="--local"):
        receiver_address("https://hooks.example.com/", is_local=True)


def test_the_status_and_the_pause_that_is_asked_for_come_back() -> None:
    with receiver(status(503, Retry_After="90")) as port:
        assert posted(f"http://127.0.0.1:{port}/") == Received(503, 90)


def test_no_redirect_is_followed() -> None:
    asked: list[str] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        status(307, Location="/elsewhere")(handler)

    with receiver(answer) as port:
        assert posted(f"http://127.0.0.1:{port}/here").status == 307
    assert asked == ["/here"]


def test_nobody_waits_for_a_receiver_that_does_not_answer() -> None:
    ended = Event()
    with receiver(lambda _: ended.wait(60) and None) as port:
        try:
            with pytest.raises(ReceiverUnavailable, match="no answer within"):
                posted(f"http://127.0.0.1:{port}/", deadline_s=0.2)
        finally:
            ended.set()


def test_a_receiver_that_is_away_is_named_without_its_path() -> None:
    with receiver(status(204)) as port:
        pass
    with pytest.raises(ReceiverUnavailable) as caught:
        posted(f"http://127.0.0.1:{port}/secret-key")
    assert "secret-key" not in str(caught.value)


def test_a_message_that_is_too_long_is_not_sent() -> None:
    with pytest.raises(Refused, match="more than"):
        posted("https://hooks.example.com/", b"x" * (LONGEST_MESSAGE + 1), resolve=resolving("93.184.215.14"))
