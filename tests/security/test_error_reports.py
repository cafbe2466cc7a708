"""Errors are told where a setting says so, once, and nothing of it that should stay here."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from infra.project import ROOT
from sabiscore.errors import BadSetting
from sabiscore.settings import read_settings
from tests.support.served import put

CANARY = "c4n4ryc4n4ryc4n4ryc4n4ry"
TOKEN = f"whsec_{'Y2FuYXJ5' * 5}"

CALLS = """
import json, sys
from functions.insights import app, handler
from starlette.routing import Route

async def broken(request):
    password = "{canary}"
    row = {{"reader": "me@example.com", "token": password}}
    raise RuntimeError(f"no row for me@example.com at postgresql://me:{{password}}@host/db?token={{password}}")

app.router.routes.insert(0, Route("/api/v1/broken", broken))
event = json.loads(sys.stdin.read())
for path in sys.argv[1:]:
    event["rawPath"] = event["requestContext"]["http"]["path"] = path
    answer = handler(event, None)
    print(json.dumps([answer["statusCode"], "sentry_sdk" in sys.modules]), file=sys.stderr)
"""


class Receiver(BaseHTTPRequestHandler):
    """Takes envelopes as Sentry does."""

    events: ClassVar[list[dict[str, Any]]] = []
    status: ClassVar[int] = 200
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        lines = (gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body).splitlines()
        self.asked.append(self.path)
        for kind, item in zip(lines[1::2], lines[2::2], strict=True):
            if json.loads(kind)["type"] == "event":
                self.events.append(json.loads(item))
        self.send_response(self.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def sentry() -> Iterator[str]:
    """The DSN of a stand-in for Sentry, whose ``Receiver`` has no events yet."""
    Receiver.events, Receiver.asked, Receiver.status = [], [], 200
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{CANARY}@127.0.0.1:{server.server_port}/42"
    server.shutdown()
    server.server_close()


def answers(folder: Path, *paths: str, dsn: str = "", more: Mapping[str, str] | None = None) -> list[Any]:
    """(status, whether Sentry's package was imported) after each call of a cold function on Lambda."""
    put(folder / "publication")
    done = subprocess.run(
        [sys.executable, "-c", CALLS.format(canary=CANARY), *paths],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")]),
            "SABISCORE_HOME": str(folder),
            "SABISCORE_SENTRY_DSN": dsn,
            "SABISCORE_REVALIDATE_SECRET": TOKEN,
            "AWS_LAMBDA_FUNCTION_NAME": "sabiscore-edge-test-insights",
            **(more or {}),
        },
        input=(ROOT / "tests" / "events" / "leagues.json").read_text(encoding="utf-8"),
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
    )
    assert CANARY not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines() if line.startswith("[")]


GOOD, BROKEN = "/api/v1/leagues", "/api/v1/broken"


def test_a_fault_is_told_with_its_place_and_ids_and_without_what_it_held(sentry, tmp_path):
    assert answers(tmp_path, GOOD, BROKEN, dsn=sentry) == [[200, False], [500, True]]
    (event,) = Receiver.events
    assert Receiver.asked == ["/api/42/envelope/"]
    text = json.dumps(event)
    for kept_here in (CANARY, "example.com", "postgresql://me", TOKEN, "203.0.113.7", "abcdefghij"):
        assert kept_here not in text
    (fault,) = event["exception"]["values"]
    assert fault["type"] == "RuntimeError"
    assert fault["stacktrace"]["frames"][-1]["function"] == "broken"
    assert set(fault["stacktrace"]["frames"][-1]) <= {"filename", "function", "module", "lineno", "in_app"}
    assert event["message"] == f"GET {BROKEN} failed"
    assert event["tags"]["function"] == "sabiscore-edge-test-insights"
    assert {"request_id", "trace_id"} < set(event["tags"])
    assert not {"request", "user", "breadcrumbs", "modules", "extra", "contexts", "server_name"} & set(event)


def test_the_same_fault_is_told_once(sentry, tmp_path):
    answered = answers(tmp_path, BROKEN, BROKEN, BROKEN, dsn=sentry)
    assert [status for status, _ in answered] == [500, 500, 500]
    assert len(Receiver.events) == 1


def test_without_the_setting_nothing_is_imported_or_told(sentry, tmp_path):
    assert answers(tmp_path, BROKEN) == [[500, False]]
    assert Receiver.asked == []


@pytest.mark.parametrize("trouble", ["refuses", "is not there"])
def test_who_cannot_be_told_changes_no_answer(sentry, tmp_path, trouble):
    Receiver.status = 503
    dsn = sentry if trouble == "refuses" else f"http://{CANARY}@127.0.0.1:9/42"
    assert answers(tmp_path, BROKEN, GOOD, dsn=dsn) == [[500, True], [200, True]]
    assert len(Receiver.asked) == (1 if trouble == "refuses" else 0)


@pytest.mark.parametrize(
    "wrong", ["https://sentry.example.com/1", f"https://{CANARY}@host/x", CANARY, f"http://{CANARY}@host/1"]
)
def test_what_is_no_dsn_is_refused_without_being_shown(wrong):
    with pytest.raises(BadSetting) as caught:
        read_settings({"SABISCORE_SENTRY_DSN": wrong})
    assert caught.value.setting == "SABISCORE_SENTRY_DSN"
    assert CANARY not in str(caught.value) + caught.value.hint


def test_a_run_that_failed_is_told_with_its_sentence(sentry, tmp_path, monkeypatch):
    code = (
        "from sabiscore.bootstrap.serving import process\n"
        "from sabiscore.bootstrap.jobs import schedule_handler\n"
        "from sabiscore.jobs.trigger import call\n"
        "schedule_handler('cleanup')(call('cleanup', 'a-call'), None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")]),
            "SABISCORE_HOME": str(tmp_path),
            "DATABASE_URL": f"postgresql://me:{CANARY}@127.0.0.1:9/none",
            "SABISCORE_SENTRY_DSN": sentry,
            "AWS_LAMBDA_FUNCTION_NAME": "sabiscore-edge-test-cleanup",
        },
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert len(Receiver.events) == 1, done.stderr
    assert CANARY not in json.dumps(Receiver.events)
