"""Handlers answer as AWS would run them: a fresh process, awslambdaric, layers and one file (L4, B2)."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from infra.bench.cold_start import cases, measure
from infra.lambda_runtime.event import event
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import HandlerFailed, Image, Sandbox, answers, first_answer
from infra.lambda_runtime.shapes import from_elsewhere, from_the_gateway
from infra.project import ROOT
from sabiscore.features.vector import SCHEMA
from sabiscore.http.signatures import signed_headers
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.predict import OnnxModel
from sabiscore.insights.production import open_states
from sabiscore.publication.publish import read
from tests.support.data_dirs import MATCH_ID, made_up_data_dir

EVENTS = Path(__file__).parent.parent / "events"
SHAPES = (*from_the_gateway(), *from_elsewhere())


@pytest.fixture(scope="module")
def built() -> Image:
    return image()


@pytest.fixture
def task(built: Image, tmp_path: Path) -> Image:
    return replace(built, task=tmp_path)


@pytest.fixture(scope="module", params=["insights", "revalidate", "health", "cron/calls"])
def sandbox(
    request: pytest.FixtureRequest, built: Image, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Sandbox]:
    empty = tmp_path_factory.mktemp("empty")
    with Sandbox(built, f"functions/{request.param}.handler", {"SABISCORE_HOME": str(empty)}) as started:
        yield started


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def header(response: Any, name: str) -> str:
    return str({key.lower(): value for key, value in response["headers"].items()}.get(name, ""))


def test_a_bare_function_answers(built: Image) -> None:
    answer = first_answer(built, "bare.handler", recorded("health"))
    assert (answer.status, answer.response["body"]) == (200, "ok")


def test_a_process_answers_many_events_in_turn(built: Image) -> None:
    assert [answer.status for answer in answers(built, "bare.handler", [recorded("health")] * 5)] == [200] * 5


def test_only_layers_and_the_task_can_be_imported(task: Image) -> None:
    (task.task / "greedy.py").write_text("import pytest\ndef handler(event, context): return {}\n")
    with pytest.raises(HandlerFailed, match="No module named 'pytest'"):
        first_answer(task, "greedy.handler", {})


def test_the_environment_and_context_are_lambdas(task: Image) -> None:
    (task.task / "told.py").write_text(
        "import os\n"
        "def handler(event, context):\n"
        "    assert 0 < context.get_remaining_time_in_millis() <= 30000\n"
        "    return {'statusCode': 200, 'id': context.aws_request_id, 'environ': dict(os.environ)}\n"
    )
    response = first_answer(task, "told.handler", {}, {"SABISCORE_LOG_LEVEL": "ERROR"}).response
    assert len(response["id"]) == 36
    assert response["environ"]["LAMBDA_TASK_ROOT"] == str(task.task)
    assert response["environ"]["_HANDLER"] == "told.handler"
    assert response["environ"]["SABISCORE_LOG_LEVEL"] == "ERROR"
    assert "HOME" not in response["environ"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def handler(event, context): return 1 / 0", "raised ZeroDivisionError"),
        ("import os\ndef handler(event, context): os._exit(3)", "ended with 3"),
        ("other = 1", "missing on module"),
        ("def handler(:", "Syntax error"),
    ],
)
def test_a_handler_that_fails_is_distinguished_from_others(task: Image, source: str, said: str) -> None:
    (task.task / "failing.py").write_text(source + "\n")
    with Sandbox(task, "failing.handler") as started, pytest.raises(HandlerFailed, match=said):
        started.call({}, deadline_s=300)


def test_a_handler_that_never_answers_is_given_up_at_the_deadline(task: Image) -> None:
    (task.task / "failing.py").write_text(
        "import threading\ndef handler(event, context): threading.Event().wait()\n"
    )
    with (
        Sandbox(task, "failing.handler") as started,
        pytest.raises(HandlerFailed, match="did not answer within"),
    ):
        started.call({}, deadline_s=2.0)


def test_a_handler_that_failed_takes_the_next_event(task: Image) -> None:
    (task.task / "picky.py").write_text(
        "def handler(event, context): return {'statusCode': event['wanted']}\n"
    )
    with Sandbox(task, "picky.handler") as started:
        with pytest.raises(HandlerFailed, match="KeyError"):
            started.call({})
        assert started.call({"wanted": 204}).status == 204


def test_events_are_shaped_as_api_gateway_shapes_them() -> None:
    made = event("POST", "/api/v1/insights?a=1&a=2&b=", body=b"\xff", headers={"X-Request-Id": "7"})
    assert made["queryStringParameters"] == {"a": "1,2", "b": ""}
    assert (made["body"], made["isBase64Encoded"]) == ("/w==", True)
    assert made["headers"]["x-request-id"] == "7"
    assert made["requestContext"]["http"]["method"] == "POST"
    assert sorted(made) == sorted({*recorded("insight_by_names"), "queryStringParameters"})


def test_there_are_more_than_a_hundred_shapes() -> None:
    assert len({name for name, _ in SHAPES}) == len(SHAPES) >= 100


def test_every_shape_is_answered_and_none_raises(sandbox: Sandbox) -> None:
    uncaught = []
    for name, shape in SHAPES:
        try:
            response = sandbox.call(shape).response
        except HandlerFailed as failed:
            uncaught.append(f"{name}: {str(failed)[:300]}")
            continue
        status = response["statusCode"]
        if status == 500 or not 200 <= status < 600:
            uncaught.append(f"{name}: {status}")
        elif status >= 400 and not header(response, "content-type").startswith("application/problem+json"):
            uncaught.append(f"{name}: {status} is no problem document")
    assert uncaught == []


def test_a_client_s_mistake_is_answered_4xx_or_503(sandbox: Sandbox) -> None:
    for name, shape in from_the_gateway():
        status = sandbox.call(shape).status
        assert status in (200, 204, 304, 503) or 400 <= status < 500, name


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_data_dir(tmp_path_factory.mktemp("served") / "home")


@pytest.mark.parametrize("name", ["health_live", "health", "metrics"])
def test_health_answers_before_anything_is_published(built: Image, tmp_path: Path, name: str) -> None:
    environ = {"SABISCORE_HOME": str(tmp_path)}
    assert first_answer(built, "functions/health.handler", recorded(name), environ).status == 200


def test_insights_say_what_is_missing_before_anything_is_published(built: Image, tmp_path: Path) -> None:
    environ = {"SABISCORE_HOME": str(tmp_path)}
    with Sandbox(built, "functions/insights.handler", environ) as started:
        for name in ("insight", "insight_by_names", "matches", "leagues"):
            response = started.call(recorded(name)).response
            assert response["statusCode"] == 503
            assert header(response, "content-type").startswith("application/problem+json")
        assert started.call(recorded("openapi")).status == 200
        assert started.call(recorded("docs")).status == 200


@pytest.mark.parametrize("name", ["insight", "insight_by_names", "matches", "leagues", "openapi", "docs"])
def test_a_cold_insights_function_answers_every_route(built: Image, data_dir: Path, name: str) -> None:
    environ = {"SABISCORE_HOME": str(data_dir)}
    assert first_answer(built, "functions/insights.handler", recorded(name), environ).status == 200


PICTURE = "page_picture"


@pytest.mark.parametrize("name", sorted({path.stem for path in EVENTS.glob("page_*.json")} - {PICTURE}))
def test_a_cold_pages_function_answers_every_route(built: Image, data_dir: Path, name: str) -> None:
    answer = first_answer(built, "functions/pages.handler", recorded(name), {"SABISCORE_HOME": str(data_dir)})
    assert answer.status == 200
    assert header(answer.response, "content-type") == "text/html; charset=utf-8"
    assert answer.response["isBase64Encoded"] is False
    assert answer.response["body"].rstrip().endswith("</html>")


def test_a_cold_pages_function_draws_a_picture(built: Image, data_dir: Path) -> None:
    environ = {"SABISCORE_HOME": str(data_dir)}
    answer = first_answer(built, "functions/pages.handler", recorded(PICTURE), environ)
    assert (answer.status, header(answer.response, "content-type")) == (200, "image/png")
    assert answer.response["isBase64Encoded"] is True
    assert b64decode(answer.response["body"]).startswith(b"\x89PNG")


def test_a_cold_pages_function_takes_what_a_browser_measured(built: Image, data_dir: Path) -> None:
    environ = {"SABISCORE_HOME": str(data_dir)}
    answer = first_answer(built, "functions/pages.handler", recorded("vitals"), environ)
    assert (answer.status, answer.response.get("body", "")) == (204, "")


@pytest.mark.parametrize("name", ["health", "health_live", "health_ready", "metrics"])
def test_a_cold_health_function_answers_every_route(built: Image, data_dir: Path, name: str) -> None:
    environ = {"SABISCORE_HOME": str(data_dir)}
    assert first_answer(built, "functions/health.handler", recorded(name), environ).status == 200


@pytest.mark.parametrize(("name", "status"), [("revalidate_state", 200), ("revalidate", 401)])
def test_a_cold_revalidate_function_answers_every_route(
    built: Image, data_dir: Path, name: str, status: int
) -> None:
    environ = {"SABISCORE_HOME": str(data_dir), "SABISCORE_REVALIDATE_SECRET": "whsec_" + "c2VjcmV0" * 4}
    answer = first_answer(built, "functions/revalidate.handler", recorded(name), environ)
    assert answer.status == status  # the recorded call is of long ago


def test_a_cold_revalidate_function_takes_a_signed_call(built: Image, data_dir: Path) -> None:
    secret = "whsec_" + "c2VjcmV0" * 4
    shape = recorded("revalidate")
    signed = signed_headers([secret], shape["body"].encode(), datetime.now(UTC))
    shape["headers"] |= signed
    environ = {"SABISCORE_HOME": str(data_dir), "SABISCORE_REVALIDATE_SECRET": secret}
    answer = first_answer(built, "functions/revalidate.handler", shape, environ)
    assert answer.status == 200
    assert json.loads(answer.response["body"])["tags"] == ["list:epl", f"match:{MATCH_ID}"]


def test_there_is_a_recorded_event_for_every_route() -> None:
    routes = {json.loads(path.read_text())["routeKey"] for path in EVENTS.glob("*.json")}
    declared = re.findall(r'httpApi: "ANY (/\S*)"', (ROOT / "serverless.yml").read_text())
    assert routes == {f"ANY {path}" for path in declared}


def test_an_insight_from_the_layers_is_the_insight_of_this_process(built: Image, data_dir: Path) -> None:
    response = first_answer(
        built, "functions/insights.handler", recorded("insight"), {"SABISCORE_HOME": str(data_dir)}
    )
    served = json.loads(response.response["body"])["probabilities"]
    model = OnnxModel(read_bundle(data_dir / "models/1.0.0", SCHEMA))
    states = open_states(read(data_dir / "publication").published_states)
    match = read(data_dir / "publication").matches[MATCH_ID]
    (expected,) = model.predict(states([match]))
    assert [served[side] for side in ("home", "draw", "away")] == pytest.approx(expected, abs=1e-6)


def test_what_a_warm_process_writes_holds_no_warning(built: Image, data_dir: Path) -> None:
    with Sandbox(built, "functions/insights.handler", {"SABISCORE_HOME": str(data_dir)}) as started:
        started.call(recorded("insight"))
        assert "warning" not in started.log().lower()
        assert "failed" not in started.log().lower()


def test_the_bench_of_cold_starts_has_a_figure_of_every_case(built: Image, data_dir: Path) -> None:
    found = measure(data_dir, rounds=1, use=built)
    assert [figure.name for figure in found.figures] == [case.name for case in cases(MATCH_ID)]
    assert found.rounds == 1
