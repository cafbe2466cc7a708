"""What a function loads before it answers: start-up is what a cold request waits for."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.buckets import environ_of, make_bucket
from tests.support.parameters import asking, aws_environ, put_secret
from tests.support.served import put

ROOT = Path(__file__).parents[2]

ON_A_LOOK = {"httpx_auth", "sabiscore.sync.s3", "sabiscore.sync.pull"}
NEVER = {
    "sklearn",
    "xgboost",
    "lightgbm",
    "pandas",
    "polars",
    "scipy",
    "sqlalchemy",
    "boto3",
    "botocore",
    "cryptography",
    "argon2",
    "jwt",
}
OF_HTTP = {"starlette", "mangum", "pydantic", "asyncio", "aws_lambda_powertools", "httpx"}
"""What a schedule, which answers no request, does not start with."""
ON_A_MISS = {"numpy", "onnxruntime", "sabiscore.features", "sabiscore.inference.predict"}

ATTEMPTS = 10
ANSWERED = """
import asyncio, json, sys
from functions.{function} import app
messages = []
async def receive(): return {{"type": "http.request", "body": b""}}
async def send(message): messages.append(message)
scope = {{"type": "http", "method": "GET", "path": {path!r}, "query_string": b"", "headers": []}}
for _ in range({attempts} if {path!r} else 0):
    messages.clear()
    asyncio.run(app(scope, receive, send))
    if messages[0]["status"] != 504: break  # a busy machine may import for longer than a request may take
status = messages[0]["status"] if messages else None
print(json.dumps([status, sorted(sys.modules)]))
"""


def loaded(
    function: str, path: str, data_dir: Path, more: dict[str, str] | None = None
) -> tuple[int | None, set[str]]:
    """(status, modules loaded) of a fresh process that imports ``function`` and asks it for ``path``."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")]),
        "SABISCORE_HOME": str(data_dir),
        **(more or {}),
    }
    code = ANSWERED.format(function=function, path=path, attempts=ATTEMPTS)
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=data_dir,
    )
    status, names = json.loads(done.stdout.splitlines()[-1])
    return status, set(names)


@pytest.mark.parametrize("function", ["insights", "revalidate", "health", "cron.calls", "push", "account"])
def test_importing_a_function_loads_nothing_heavy(function, tmp_path):
    _, names = loaded(function, "", tmp_path)
    assert sorted(names & (NEVER | ON_A_MISS)) == []


@pytest.mark.parametrize("function", ["insights", "revalidate", "health"])
def test_a_bucket_costs_nothing_before_it_is_looked_at(function, tmp_path):
    bucket = {"SABISCORE_BUCKET": "s3://home", **environ_of("http://127.0.0.1:9")}
    _, names = loaded(function, "", tmp_path, bucket)
    assert sorted(names & (NEVER | ON_A_MISS | ON_A_LOOK)) == []


def test_looking_at_a_bucket_loads_its_signer_and_nothing_heavy(s3, tmp_path):
    put(tmp_path / "publication")
    bucket = {"SABISCORE_BUCKET": f"s3://{make_bucket(s3)}", **environ_of(s3)}
    for _ in range(ATTEMPTS):
        status, names = loaded("insights", "/api/v1/leagues", tmp_path, bucket)
        if "aws_lambda_powertools" not in names:
            break  # else the look was logged as too late, as on a busy machine: the logger brings botocore
    assert status == 200
    assert names >= ON_A_LOOK
    assert sorted(names & (NEVER | ON_A_MISS)) == []


ON_A_READ = {"httpx", "httpx_auth", "sabiscore.net.parameter_store", "sabiscore.net.aws_account"}


@pytest.mark.parametrize("function", ["insights", "revalidate", "health", "cron.calls", "push", "account"])
def test_secrets_cost_nothing_before_they_are_read(function, tmp_path):
    stored = {**asking("CRON_SECRET"), **aws_environ("http://127.0.0.1:9")}
    _, names = loaded(function, "", tmp_path, stored)
    assert sorted(names & (NEVER | ON_A_MISS | ON_A_READ)) == []


@pytest.mark.parametrize(("function", "path"), [("push", "/api/v1/push"), ("health", "/health/live")])
def test_who_needs_no_secret_loads_nothing_to_read_them(function, path, tmp_path):
    held = {**asking("CRON_SECRET"), "SABISCORE_CRON_SECRET": "a-secret-of-thirty-letters----"}
    for environ in ({}, {**held, "SABISCORE_LOG_LEVEL": "ERROR"}):
        status, names = loaded(function, path, tmp_path, environ)
        assert status == 200
        assert sorted(names & ON_A_READ) == []


def test_reading_secrets_loads_the_client_and_nothing_heavy(s3, tmp_path):
    put_secret(s3, "PUSH_PUBLIC_KEY", f"B{'A' * 86}")
    stored = {**asking("PUSH_PUBLIC_KEY"), **aws_environ(s3)}
    status, names = loaded("push", "/api/v1/push", tmp_path, stored)
    assert status == 200
    assert names >= ON_A_READ
    assert sorted(names & (NEVER | ON_A_MISS | {"aws_lambda_powertools"})) == []


def test_health_starts_without_pydantic_and_powertools(tmp_path):
    _, names = loaded("health", "", tmp_path)
    assert sorted(names & {"pydantic", "aws_lambda_powertools", "sabiscore.insights.document"}) == []


def test_health_loads_no_client_of_redis_to_tell_what_it_counted(tmp_path):
    event = ROOT / "tests/events/health.json"
    code = (
        "import json, sys; from functions.health import handler; "
        f"answer = handler(json.load(open({str(event)!r})), None); "
        "print(json.dumps([answer['statusCode'], sorted(sys.modules)]))"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")]),
        "SABISCORE_HOME": str(tmp_path),
        "UPSTASH_REDIS_REST_URL": "http://127.0.0.1:9",
        "UPSTASH_REDIS_REST_TOKEN": "token-of-tests",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert status == 200
    assert sorted({"httpx", "upstash_redis", "sabiscore.observability.fleet"} & set(names)) == []


def test_what_browsers_subscribe_with_is_read_without_a_store(tmp_path):
    status, names = loaded("push", "/api/v1/push", tmp_path)
    assert status == 200
    assert not names & (NEVER | ON_A_MISS | {"cryptography"})


def test_being_alive_needs_no_bundle(tmp_path):
    status, names = loaded("health", "/health/live", tmp_path)
    assert status == 200
    assert sorted(names & (NEVER | ON_A_MISS)) == []


def test_nothing_heavy_is_loaded_for_a_call_that_is_refused(tmp_path):
    put(tmp_path / "publication")
    status, names = loaded("revalidate", "/api/revalidate", tmp_path)
    assert status == 200
    assert sorted(names & (NEVER | ON_A_MISS | {"httpx"})) == []


@pytest.mark.parametrize("job", ["odds", "stats", "calibrate", "cleanup"])
def test_a_schedule_loads_what_it_works_with_when_it_runs(job, tmp_path):
    code = (
        f"import json, sys; from functions.cron.{job} import handler; print(json.dumps(sorted(sys.modules)))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")])}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert sorted(set(json.loads(done.stdout)) & (NEVER | ON_A_MISS | OF_HTTP)) == []


def test_telling_of_schedules_loads_the_store_and_no_model(tmp_path):
    status, names = loaded("cron.calls", "/api/cron", tmp_path)
    assert status == 200
    assert sorted(names & (ON_A_MISS | NEVER - {"sqlalchemy"} | {"httpx"})) == []


@pytest.mark.parametrize("function", ["insights", "pages", "health"])
def test_who_reads_loads_nothing_of_accounts(function, tmp_path):
    put(tmp_path / "publication")
    path = {"insights": "/api/v1/leagues", "pages": "/guide", "health": "/health/live"}[function]
    status, names = loaded(
        function, path, tmp_path, {"SABISCORE_ACCOUNT_SECRET": "a-secret-of-thirty-letters----"}
    )
    assert status == 200
    assert not [name for name in names if "account" in name or name in ("argon2", "jwt")]


def test_that_there_are_no_accounts_is_said_without_a_store(tmp_path):
    status, names = loaded("account", "/api/v1/account", tmp_path)
    assert status == 503
    assert sorted(names & (NEVER | ON_A_MISS)) == []


@pytest.mark.parametrize("path", ["/openapi.json", "/docs/api", "/api/v1/leagues"])
def test_what_needs_no_forecast_loads_no_numpy(path, tmp_path):
    put(tmp_path / "publication")
    status, names = loaded("insights", path, tmp_path)
    assert status == 200
    assert sorted(names & (NEVER | ON_A_MISS)) == []
