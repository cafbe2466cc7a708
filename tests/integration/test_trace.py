"""A trace goes from a reader through a function to the shared cache, and from a call to the run it starts."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from infra.rigs.made_up import made_up_data_dir
from infra.rigs.upstash_rest import TOKEN
from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import SystemClock
from sabiscore.jobs.trigger import call, cause_of
from sabiscore.observability.log import log
from sabiscore.observability.trace import current_span, outgoing, span_within, traced
from sabiscore.settings import read_settings
from tests.support.served import Client

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GIVEN = f"00-{TRACE}-{CALLER}-00"


def test_a_step_lies_within_the_callers_and_has_an_id_of_its_own():
    span = span_within(GIVEN)
    assert (span.trace_id, span.flags) == (TRACE, "00")
    assert span.span_id != CALLER
    assert str(span) == f"00-{TRACE}-{span.span_id}-00"


def test_a_later_version_is_read_as_far_as_it_is_known():
    assert span_within(f"01-{TRACE}-{CALLER}-01-more").trace_id == TRACE


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        GIVEN.upper(),
        f"{GIVEN}-more",
        f"ff-{TRACE}-{CALLER}-00",
        f"00-{'0' * 32}-{CALLER}-00",
        f"00-{TRACE}-{'0' * 16}-00",
        f"00-{TRACE}-{CALLER}",
        f" {GIVEN}",
        f"{GIVEN}\n",
    ],
)
def test_anything_else_begins_a_trace_of_its_own(text):
    first, second = span_within(text), span_within(text)
    assert TRACE not in (first.trace_id, second.trace_id)
    assert first.trace_id != second.trace_id
    assert span_within(str(first)).trace_id == first.trace_id


def test_outside_a_step_nothing_is_sent():
    assert (current_span(), outgoing()) == (None, None)


class Redis(BaseHTTPRequestHandler):
    """Has nothing, and keeps what traces it was asked in."""

    seen: list[str | None] = []  # noqa: RUF012 - emptied by its fixture

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.seen.append(self.headers["traceparent"])
        results = [{"result": None} for _ in asked] if isinstance(asked[0], list) else {"result": None}
        body = json.dumps(results).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Writes nothing."""


@pytest.fixture
def upstash() -> Iterator[str]:
    Redis.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Redis) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_what_is_asked_of_the_shared_cache_is_in_the_readers_trace(upstash, tmp_path: Path):
    environ = {
        "SABISCORE_HOME": str(made_up_data_dir(tmp_path)),
        "UPSTASH_REDIS_REST_URL": upstash,
        "UPSTASH_REDIS_REST_TOKEN": TOKEN,
    }
    client = Client(insights_app(Bootstrap(read_settings(environ), SystemClock())))
    assert client.get("/api/v1/leagues", headers={"traceparent": GIVEN}).status_code == 200
    assert Redis.seen
    spans = [str(text).split("-") for text in Redis.seen]
    assert {trace_id for _, trace_id, _, _ in spans} == {TRACE}
    assert len({span_id for _, _, span_id, _ in spans} | {CALLER}) == len(spans) + 1
    assert current_span() is None


def test_a_call_takes_its_trace_along_and_says_what_it_said_before():
    plain = call("odds", "call_1")
    with traced(GIVEN):
        span = current_span()
        event = call("odds", "call_1")
    assert span is not None
    assert "traceparent" not in plain
    assert {name: value for name, value in event.items() if name != "traceparent"} == plain
    assert span_within(event["traceparent"]).trace_id == span.trace_id == TRACE
    assert cause_of(event, "odds") == cause_of(plain, "odds")


def test_every_log_line_of_a_schedule_says_the_trace_of_its_call(caplog: pytest.LogCaptureFixture):
    logger = log()
    logger.addHandler(caplog.handler)
    try:
        refused = schedule_handler("odds")({"id": "none of ours", "traceparent": GIVEN}, None)
        log().warning("outside")
    finally:
        logger.removeHandler(caplog.handler)
    assert refused["outcome"] == "refused"
    first, *_, second = caplog.records
    assert (first.trace_id, len(first.span_id)) == (TRACE, 16)
    assert (second.trace_id, second.span_id) == ("", "")
