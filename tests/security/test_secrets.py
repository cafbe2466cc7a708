"""B12: a canary where keys are; after every way to fail it is nowhere that people look."""

from __future__ import annotations

import logging
import pickle
import threading
import traceback
from base64 import b64encode
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import quote

import httpx
import pytest

from infra.rigs.faults import FAULTS, fault_proxy
from sabiscore.errors import Refused, SabiScoreError
from sabiscore.net.breaker import CircuitBreaker
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.net.client import Client, HttpAnswer, HttpCall
from sabiscore.net.credentials import Credentials
from sabiscore.net.hosts import Hosts
from sabiscore.net.provider_client import ProviderClient, RetryPolicy
from sabiscore.net.quota import Quota, QuotaPlan
from sabiscore.net.redact import Redactor, Secret, redact
from tests.support.cas_stores import Hands

CANARY = "c4n4ry/+key=&x"
FORMS = (CANARY, quote(CANARY, safe=""), b64encode(CANARY.encode()).decode(), "c4n4ry")
WITH_KEY = Credentials(
    headers={"X-Api-Key": Secret(CANARY), "Authorization": Secret(f"Bearer {CANARY}")},
    query={"apiKey": Secret(CANARY)},
)
PATIENCE = RetryPolicy(deadline_s=0.4, attempt_s=0.3, attempts=1)


class Echo(BaseHTTPRequestHandler):
    """Gives back all that it was sent, in every place that an answer has."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        key = self.headers.get("X-Api-Key", "")
        self.seen.append((self.path, key))
        status = int(self.path.split("?")[0].strip("/"))
        self.send_response(status, f"Bad key {key}")
        self.send_header("Location", f"/200{self.path}")
        self.send_header("Retry-After", key)
        self.send_header("X-Requests-Remaining", key)
        body = f"no such key: {key} at {self.path}".encode()
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def gate(client: Client, origin: str) -> ProviderClient:
    register, hands = MemoryCasStore(), Hands()
    return ProviderClient(
        client,
        hosts=Hosts((origin,)),
        breaker=CircuitBreaker("one", register, hands),
        quota=Quota("one", QuotaPlan(500, "month"), register, hands),
        clock=hands,
        patience=PATIENCE,
        news=lambda sentence: None,  # noqa: ARG005
    )


def message_of(error: BaseException) -> str:
    """All that a person or a log may get to see of an error and of what led to it."""
    parts, chain = [], error
    while chain is not None:
        parts += [str(chain), repr(chain), str(getattr(chain, "hint", "")), repr(chain.args)]
        parts += traceback.format_exception(chain)
        chain = chain.__cause__ or chain.__context__
    return "\n".join(parts)


def assert_unseen(text: str) -> None:
    assert not [form for form in FORMS if form in text]


def refuse(answer: HttpAnswer) -> None:
    raise Refused(f"Cannot read {answer.body.decode()}", hint=f"Was told {answer.headers}")


READERS: list[Callable[[HttpAnswer], object]] = [lambda answer: answer, refuse]


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 418, 429, 500, 503])
@pytest.mark.parametrize("read", READERS)
def test_a_host_that_gives_back_what_it_was_sent(
    port: int, status: int, read: Callable[[HttpAnswer], object], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    call = HttpCall(url=f"http://127.0.0.1:{port}/{status}", credentials=WITH_KEY)
    with Client() as client:
        try:
            seen = repr(gate(client, f"http://127.0.0.1:{port}").ask(call, read))
        except SabiScoreError as error:
            seen = message_of(error)
    assert Echo.seen[-1] == (f"/{status}?apiKey={quote(CANARY, safe='')}", CANARY)  # it was sent
    assert_unseen(seen + repr(call) + caplog.text)
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault(port: int, fault: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Client() as client, fault_proxy(port) as proxy:
        proxy.fault = fault
        origin = f"http://127.0.0.1:{proxy.port}"
        call = HttpCall(url=f"{origin}/200", credentials=WITH_KEY)
        try:
            seen = repr(gate(client, origin).ask(call, refuse))
        except SabiScoreError as error:
            seen = message_of(error)
    assert_unseen(seen + caplog.text)


@pytest.mark.parametrize(
    "url",
    [
        f"https://{CANARY}@host.example/x",
        f"https://host.example:{CANARY}/x",
        f"https://host.example/{CANARY}\n",
        f"https://[{CANARY}]/x",
        f"gopher://host.example/{CANARY}",
    ],
)
def test_addresses_that_are_none(url: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Client(deadline_s=1) as client, pytest.raises(Refused) as caught:
        gate(client, "https://host.example").ask(HttpCall(url=url), refuse)
    assert_unseen(message_of(caught.value) + caplog.text)


def test_a_key_that_no_header_may_hold_is_not_quoted_by_the_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    call = HttpCall(
        url="http://127.0.0.1:9/x", credentials=Credentials(headers={"X-Key": Secret(f"{CANARY}\r\nX: y")})
    )
    with Client(deadline_s=1) as client, pytest.raises(SabiScoreError) as caught:
        client.send(call)
    assert_unseen(message_of(caught.value) + caplog.text)


def test_a_key_in_the_path_of_a_licensed_feed_is_not_reported() -> None:
    feed = Credentials(query={}, headers={"Feed": Secret("/feeds/c4n4ry/day.json")})
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    with Client(transport=transport) as client, pytest.raises(SabiScoreError) as caught:
        gate(client, "https://host.example").ask(
            HttpCall(url="https://host.example/feeds/c4n4ry/day.json", credentials=feed), refuse
        )
    assert "c4n4ry" not in str(caught.value)


def test_no_repr_tells() -> None:
    secret = Secret(CANARY)
    quota = Quota("one", QuotaPlan(500, "month"), MemoryCasStore(), Hands())
    texts = [
        repr(secret),
        f"{secret}",
        f"{secret!s:>9}",
        repr(WITH_KEY),
        repr([secret]),
        repr(quota),
    ]
    assert_unseen("".join(texts) + repr(Redactor([secret])))
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(secret)
    assert secret == Secret(CANARY)
    assert secret.reveal() == CANARY


@pytest.mark.parametrize("form", [*FORMS[:3], quote(b64encode(CANARY.encode()).decode(), safe="")])
def test_a_known_secret_is_removed_however_it_is_written(form: str) -> None:
    cleaned = Redactor([Secret(CANARY)])
    assert cleaned(f"<p>{form}</p>") == "<p>***</p>"
    assert cleaned.scrub(b"\xff" + form.encode() + b"\x00") == b"\xff***\x00"


@pytest.mark.parametrize(
    "text",
    [
        "https://user:c4n4ry@host/x",
        "https://c4n4ry@host/x",
        "https://host/x?apiKey=c4n4ry&a=1",
        "https://host/x?a=1&api_key=c4n4ry",
        "https://host/x?token=c4n4ry#top",
        '{"apiKey": "c4n4ry"}',
        "{'x-rapidapi-key': 'c4n4ry'}",
        "Authorization: Bearer c4n4ry",
        "authorization=Basic c4n4ry",
        "X-Authentication: c4n4ry",
        "password=c4n4ry",
    ],
)
def test_what_looks_like_a_secret_is_removed_too(text: str) -> None:
    assert_unseen(redact(text))
    assert "***" in redact(text)


@pytest.mark.parametrize(
    "text", ["Arsenal - Chelsea 2:1", "https://host/v4/odds?regions=eu&markets=h2h", "monkey = 7"]
)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert redact(text) == text or "monkey" in text


def test_a_logger_with_the_filter_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("tests.secrets")
    redactor = Redactor([Secret(CANARY)])
    logger.addFilter(redactor)
    try:
        logger.warning("asked %s with %r", f"https://host/{CANARY}", {"k": CANARY})
        try:
            raise ValueError(CANARY)
        except ValueError:
            logger.exception("failed")
    finally:
        logger.removeFilter(redactor)
    assert "asked https://host/***" in caplog.text
    assert_unseen(caplog.text)
