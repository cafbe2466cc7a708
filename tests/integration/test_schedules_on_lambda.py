"""Schedules as AWS would run them: ticks and signed calls through awslambdaric, layers and one file each."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import HandlerFailed, Image, Sandbox, first_answer
from infra.lambda_runtime.shapes import from_elsewhere, from_the_gateway
from sabiscore.http.signatures import signed_headers
from sabiscore.jobs.registry import JOBS
from sabiscore.settings import Settings
from tests.support.job_contexts import settings_of
from tests.support.local_world import World

EVENTS = Path(__file__).parents[1] / "events"
TICK = json.loads((EVENTS / "eventbridge/tick.json").read_text())
SECRET = "whsec_" + "c2VjcmV0" * 4
FUNCTIONS = "sabiscore-edge-test-"


@pytest.fixture(scope="module")
def built() -> Image:
    return image()


@pytest.fixture
def settings(world: World, tmp_path: Path) -> Settings:
    """Made-up matches, so that no provider is asked."""
    return settings_of(world, tmp_path)


def environ(settings: Settings, **more: str) -> dict[str, str]:
    return {"SABISCORE_HOME": str(settings.data_dir), **more}


def signed(job: str, call_id: str | None = None, late_s: int = 0) -> dict[str, Any]:
    body = json.dumps({"job": job}).encode()
    headers = signed_headers([SECRET], body, datetime.now(UTC) + timedelta(seconds=late_s), call_id)
    return event("POST", f"/api/cron/{job}", route="POST /api/cron/{name}", headers=headers, body=body)


def body_of(answer: Any) -> Any:
    return json.loads(answer.response["body"])


@pytest.mark.parametrize("job", JOBS)
def test_a_cold_function_runs_its_schedule_at_a_tick(built: Image, settings: Settings, job: str) -> None:
    with Sandbox(built, f"functions/cron/{job}.handler", environ(settings)) as started:
        report = started.call(TICK, deadline_s=120).response
        again = started.call(TICK, deadline_s=120).response
        assert (report["job"], report["outcome"], report["problems"]) == (job, "done", [])
        assert (again["sentence"], again["figures"]) == (report["sentence"], report["figures"])
        assert not [word for word in ("Traceback", '"level":"ERROR"', "Warning") if word in started.log()]


def test_what_is_no_event_of_a_schedule_is_set_aside_and_reported(built: Image, tmp_path: Path) -> None:
    poison = [shape for _, shape in (*from_the_gateway(), *from_elsewhere())]
    with Sandbox(built, "functions/cron/odds.handler", {"SABISCORE_HOME": str(tmp_path)}) as started:
        for shape in poison:
            assert started.call(shape).response["outcome"] == "refused"
        assert started.log().count("an event was set aside") == len(poison)
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_fails_at_a_tick_counts_as_an_error(built: Image, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    body_of = {"SABISCORE_HOME": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/file/sabiscore.db"}
    handler = "functions/cron/calibrate.handler"
    with (
        Sandbox(built, handler, body_of) as started,
        pytest.raises(HandlerFailed, match="raised DiskUnavailable"),
    ):
        started.call(TICK, deadline_s=60)


@dataclass
class LambdaApi:
    """Lambda's Invoke API on 127.0.0.1, in front of real processes of the schedules' functions."""

    functions: Mapping[str, Sandbox]
    asked: list[tuple[str, Any]] = field(default_factory=list)
    url: str = ""

    def answer(self, path: str, payload: Any) -> tuple[int, Any]:
        name = path.split("/")[3]
        self.asked.append((name, payload))
        found = self.functions.get(name)
        return (
            (404, {"Message": "Function not found"}) if found is None else (200, found.call(payload).response)
        )


@contextmanager
def lambda_api(functions: Mapping[str, Sandbox]) -> Iterator[LambdaApi]:
    api = LambdaApi(functions)

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            payload = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            status, answer = api.answer(self.path, payload)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
            """The test shows what was asked."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield api
        server.shutdown()
        thread.join()


def test_a_signed_call_runs_the_schedule_in_its_own_function(built: Image, settings: Settings) -> None:
    with (
        Sandbox(built, "functions/cron/calibrate.handler", environ(settings)) as calibrate,
        lambda_api({f"{FUNCTIONS}calibrate": calibrate}) as api,
    ):
        more = {
            "SABISCORE_CRON_SECRET": SECRET,
            "SABISCORE_CRON_FUNCTIONS": FUNCTIONS,
            "AWS_ENDPOINT_URL": api.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_DEFAULT_REGION": "eu-west-1",
        }
        with Sandbox(built, "functions/cron/calls.handler", environ(settings, **more)) as calls:
            before = body_of(calls.call(json.loads((EVENTS / "schedules.json").read_text())))
            assert (before["status"], {schedule["last"] for schedule in before["schedules"]}) == (
                "ready",
                {None},
            )
            done = calls.call(signed("calibrate", "call_1"))
            assert (done.status, body_of(done)["job"], body_of(done)["outcome"]) == (200, "calibrate", "done")
            retried = calls.call(signed("calibrate", "call_1", late_s=60))
            assert (retried.status, retried.response["body"]) == (200, done.response["body"])
            after = {
                schedule["name"]: schedule["last"]
                for schedule in body_of(calls.call(event("GET", "/api/cron")))["schedules"]
            }
            assert after["calibrate"]["outcome"] == "done"
            assert after["odds"] is None
            assert calls.call(signed("odds")).status == 503  # there is no such function
            assert calls.call(json.loads((EVENTS / "cron.json").read_text())).status == 401  # of long ago
            assert SECRET[6:] not in calls.log()
        assert [name for name, _ in api.asked] == [f"{FUNCTIONS}calibrate", f"{FUNCTIONS}odds"]
        asked = dict(api.asked[0][1])
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", asked.pop("traceparent"))
        assert asked == {
            "source": "sabiscore.cron",
            "detail-type": "Signed Call",
            "id": "call_1",
            "detail": {"job": "calibrate"},
        }


def test_without_functions_of_their_own_schedules_run_where_the_call_came_in(
    built: Image, settings: Settings
) -> None:
    answer = first_answer(
        built,
        "functions/cron/calls.handler",
        signed("calibrate"),
        environ(settings, SABISCORE_CRON_SECRET=SECRET),
    )
    assert (answer.status, body_of(answer)["outcome"]) == (200, "done")


def test_schedules_are_reported_before_the_first_has_run(built: Image, tmp_path: Path) -> None:
    told_of = first_answer(
        built, "functions/cron/calls.handler", event("GET", "/api/cron"), {"SABISCORE_HOME": str(tmp_path)}
    )
    assert (told_of.status, body_of(told_of)["status"]) == (200, "closed")
    assert [schedule["name"] for schedule in body_of(told_of)["schedules"]] == list(JOBS)
