"""Secrets as AWS would keep them: read by functions when they run, and found nowhere else, whatever fails."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import HandlerFailed, HandlerResponse, Image, Sandbox
from sabiscore.http.signatures import signed_headers
from tests.integration.test_schedules_on_lambda import TICK
from tests.support.parameters import asking, aws_environ, put_secret

CANARY = "c4n4ry"
OLD, NEW = f"{CANARY}-old-of-thirty-letters-----", f"{CANARY}-new-of-thirty-letters-----"
REVALIDATE = "functions/revalidate.handler"
NOTHING_ANSWERS = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def built() -> Image:
    return image()


@pytest.fixture
def function(built: Image, s3: str, tmp_path: Path) -> Iterator[Any]:
    """Starts a handler that needs parameters; at the end nothing that was seen of it holds a secret."""
    seen: list[str] = []

    def start(handler: str, *names: str, url: str = s3) -> Started:
        environ = {**aws_environ(url), **asking(*names), "SABISCORE_HOME": str(tmp_path / "home")}
        return Started(Sandbox(built, handler, environ), seen)

    yield start
    assert seen
    assert not [text for text in seen if CANARY in text]


class Started:
    """A running function; keeps what it answers and what it logs."""

    def __init__(self, sandbox: Sandbox, seen: list[str]) -> None:
        self._sandbox = sandbox
        self._seen = seen

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._seen.append(self._sandbox.log())
        self._sandbox.__exit__(kind, error, trace)

    def call(self, given: Any) -> HandlerResponse:
        try:
            answer = self._sandbox.call(given, deadline_s=120)
        except HandlerFailed as error:
            self._seen.append(str(error))
            raise
        self._seen += [json.dumps(answer.response), text_of(answer)]
        return answer

    def log(self) -> str:
        return self._sandbox.log()


def signed(secret: str) -> dict[str, Any]:
    body = b'{"tag": "odds"}'
    headers = signed_headers([secret], body, datetime.now(UTC))
    return event("POST", "/api/revalidate", headers=headers, body=body)


def text_of(answer: HandlerResponse) -> str:
    body = answer.response["body"]
    return b64decode(body).decode() if answer.response["isBase64Encoded"] else body


def problem(answer: HandlerResponse) -> tuple[int, str]:
    return answer.status, json.loads(text_of(answer))["detail"]


def test_a_cold_function_takes_calls_by_the_secret_that_is_stored(function: Any, s3: str) -> None:
    put_secret(s3, "REVALIDATE_SECRET", OLD)
    with function(REVALIDATE, "REVALIDATE_SECRET", "NOT_THERE") as running:
        assert json.loads(text_of(running.call(event("GET", "/api/revalidate"))))["status"] == "ready"
        assert running.call(signed(OLD)).status != 401
        assert running.call(signed(NEW)).status == 401
        put_secret(s3, "REVALIDATE_SECRET", f"{NEW} {OLD}")
        with function(REVALIDATE, "REVALIDATE_SECRET") as later:
            assert later.call(signed(NEW)).status != 401
            assert later.call(signed(OLD)).status != 401
        put_secret(s3, "REVALIDATE_SECRET", NEW)
        with function(REVALIDATE, "REVALIDATE_SECRET") as latest:
            assert latest.call(signed(NEW)).status != 401
            assert latest.call(signed(OLD)).status == 401
        assert running.call(signed(OLD)).status != 401  # until its values are a quarter of an hour old


def test_a_start_with_a_secret_that_cannot_be_used_names_it(function: Any, s3: str) -> None:
    put_secret(s3, "REVALIDATE_SECRET", f"whsec_{CANARY}")
    with function(REVALIDATE, "REVALIDATE_SECRET") as running:
        status, detail = problem(running.call(signed(OLD)))
        assert (status, "SABISCORE_REVALIDATE_SECRET" in detail) == (503, True)
        assert "SABISCORE_REVALIDATE_SECRET" in running.log()


def test_a_start_without_the_store_lives_and_says_so(function: Any) -> None:
    with function(REVALIDATE, "REVALIDATE_SECRET", url=NOTHING_ANSWERS) as running:
        status, detail = problem(running.call(signed(OLD)))
        assert (status, "SABISCORE_SECRETS" in detail) == (503, True)
        assert "could not be reached (ConnectError)" in running.log()
    with function("functions/health.handler", "EDGE_SECRET", url=NOTHING_ANSWERS) as running:
        assert running.call(event("GET", "/health/live")).status == 200
        status, detail = problem(running.call(event("GET", "/health/ready")))
        assert (status, "SABISCORE_SECRETS" in detail) == (503, True)


def test_a_run_that_breaks_on_its_database_does_not_show_the_password(function: Any, s3: str) -> None:
    put_secret(s3, "DATABASE_URL", f"postgresql://sabiscore:{CANARY}@127.0.0.1:9/sabiscore")
    with (
        function("functions/cron/calibrate.handler", "DATABASE_URL") as running,
        pytest.raises(HandlerFailed, match="raised StoreUnavailable"),
    ):
        running.call(TICK)
    with function("functions/cron/calls.handler", "DATABASE_URL") as running:
        assert running.call(event("GET", "/api/cron")).status == 503
