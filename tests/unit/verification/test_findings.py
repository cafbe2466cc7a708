"""Each fault of a deployment that the outside can see is found and named, and a sound one has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from json import dumps, loads
from typing import Any

import httpx
import pytest

from infra.verification.answers import HEALTH, LIST, PAGE, SYSTEM, Answers, ask
from infra.verification.findings import HEADERS, Finding, findings
from sabiscore.errors import BadSetting
from sabiscore.net.probes import LATE

URL = "https://edge.example.com"
SITE = "https://www.example.com"
EDGE = {"cache-status": "SabiScore-Edge; hit; ttl=11; detail=memory"}
SCHEDULES = {"odds": 4, "stats": 50, "calibrate": 2, "cleanup": 300}
"""Minutes since each began to run last."""


class Deployment:
    """A deployment's public answers, as sound ones are until a test alters them."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.headers = dict.fromkeys(HEADERS, "set") | EDGE
        self.checks = dict.fromkeys(("publication", "redis", "database", "edge"), ("pass", "It holds."))
        self.age = timedelta(minutes=5)
        self.ran = {name: self.now - timedelta(minutes=ago) for name, ago in SCHEDULES.items()}
        self.outcomes: dict[str, str] = {}
        self.clock = timedelta(0)
        self.cors: Callable[[str], str | None] = lambda _origin: None
        self.instead: dict[str, httpx.Response] = {}
        self.heard = 0

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path in self.instead:
            return self.instead[path]
        headers = {**self.headers, "date": format_datetime(datetime.now(UTC) + self.clock)}
        allowed = self.cors(request.headers.get("origin", ""))
        if allowed is not None:
            headers["access-control-allow-origin"] = allowed
        bodies = {HEALTH: self._health, SYSTEM: self._system, LIST: dict, PAGE: dict}
        return httpx.Response(200, headers=headers, text=dumps(bodies[path]()))

    def found(self, cors: str | None = None) -> list[Finding]:
        return findings(self.answers(cors))

    def answers(self, cors: str | None = None) -> Answers:
        return ask(URL, cors, httpx.MockTransport(self.answer))

    def _health(self) -> dict[str, Any]:
        checks = [{"name": name, "status": s, "detail": d} for name, (s, d) in self.checks.items()]
        as_of = self.now - self.age
        return {"status": "ok", "checks": checks, "as_of": as_of.isoformat(), "age_s": self.age.seconds}

    def _system(self) -> dict[str, Any]:
        rows = [
            {
                "name": name,
                "started_at": at.isoformat() if at else None,
                "outcome": self.outcomes.get(name, "done"),
            }
            for name, at in self.ran.items()
        ]
        return {"schedules": rows, "alerts": []}


@pytest.fixture
def deployed() -> Deployment:
    return Deployment()


def parts(found: list[Finding]) -> list[str]:
    return [finding.part for finding in found]


def test_of_a_sound_deployment_nothing_is_found(deployed: Deployment) -> None:
    assert deployed.found() == []
    deployed.cors = lambda origin: origin if origin == SITE else None
    assert deployed.found() == []
    assert deployed.found(SITE) == []
    deployed.cors = lambda _origin: "*"
    assert deployed.found() == deployed.found(SITE) == []


@pytest.mark.parametrize(
    ("name", "detail", "remedy"),
    [
        ("edge", "The edge's signature does not hold.", "EDGE_SECRET"),
        ("redis", "The redis does not take our token.", "UPSTASH_REDIS_REST_URL"),
        ("redis", "The redis does not answer (connection refused).", "UPSTASH_REDIS_REST_URL"),
        ("database", "The database does not answer (not in time).", "DATABASE_URL"),
        ("freshness", "The publication is 90000 seconds old.", "cron/odds"),
        ("settings", "The setting SABISCORE_BUCKET cannot be used.", "deploy again"),
        ("record", "An older record serves.", "docs/operations.md"),
    ],
)
def test_what_health_warns_of_comes_with_what_to_do(
    deployed: Deployment, name: str, detail: str, remedy: str
) -> None:
    deployed.checks[name] = ("warn", detail)
    (finding,) = deployed.found()
    assert (finding.part, finding.cause) == (name, detail)
    assert remedy in finding.remedy


def test_a_worker_without_an_origin_is_told_from_functions_that_are_down(deployed: Deployment) -> None:
    deployed.instead[HEALTH] = httpx.Response(503, headers=EDGE, text="{}")
    (finding,) = deployed.found()
    assert finding.part == "origin"
    assert "ORIGIN" in finding.remedy
    deployed.instead[HEALTH] = httpx.Response(502, text="<html>Bad gateway")
    assert parts(deployed.found()) == ["functions"]


def test_a_worker_that_does_not_sign_is_found(deployed: Deployment) -> None:
    del deployed.checks["edge"]
    assert parts(deployed.found()) == ["edge"]
    del deployed.headers["cache-status"]
    assert deployed.found() == [], "the functions alone, without a Worker, sign nothing"


@pytest.mark.parametrize("path", [HEALTH, SYSTEM, LIST, PAGE])
@pytest.mark.parametrize("name", HEADERS)
def test_a_header_that_is_missing_is_named(deployed: Deployment, path: str, name: str) -> None:
    answers = deployed.answers()
    lacking = {key: value for key, value in answers.of[path].headers.items() if key != name}
    altered = {**answers.of, path: replace(answers.of[path], headers=lacking)}
    (finding,) = findings(replace(answers, of=altered))
    assert finding.part == "headers"
    assert finding.cause == f"{path} lacks {name}."


@pytest.mark.parametrize("allowed", [None, "https://another.example.com"])
def test_a_site_that_may_not_read_is_found(deployed: Deployment, allowed: str | None) -> None:
    deployed.cors = lambda _origin: allowed
    (finding,) = deployed.found(SITE)
    assert finding.part == "cors"
    assert SITE in finding.cause
    assert "SABISCORE_CORS_ORIGINS" in finding.remedy


def test_an_echo_of_any_origin_is_found(deployed: Deployment) -> None:
    deployed.cors = lambda origin: origin or None
    assert parts(deployed.found()) == ["cors"]


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_that_did_not_run_is_named(deployed: Deployment, name: str) -> None:
    deployed.ran[name] = deployed.now - timedelta(days=3)
    (finding,) = deployed.found()
    assert finding.part == "schedules"
    assert finding.cause.startswith(f"cron/{name} has not run since ")
    deployed.ran[name] = None  # type: ignore[assignment]
    (finding,) = deployed.found()
    assert finding.cause == f"cron/{name} has never run."


def test_a_schedule_that_failed_is_named(deployed: Deployment) -> None:
    deployed.outcomes["stats"] = "failed"
    (finding,) = deployed.found()
    assert finding.cause == "cron/stats failed when it ran last."


def test_of_a_rehearsal_schedules_are_not_expected(deployed: Deployment) -> None:
    deployed.ran["odds"] = deployed.now - timedelta(days=200)
    deployed.now -= timedelta(days=200)
    assert deployed.found() == []


@pytest.mark.parametrize(
    ("by", "side"), [(timedelta(minutes=4), "ahead of"), (-timedelta(minutes=4), "behind")]
)
def test_a_clock_that_drifted_is_found(deployed: Deployment, by: timedelta, side: str) -> None:
    deployed.clock = by
    (finding,) = deployed.found()
    assert finding.part == "clock"
    assert side in finding.cause


def test_a_page_that_fails_is_found(deployed: Deployment) -> None:
    deployed.instead[PAGE] = httpx.Response(503, headers=deployed.headers)
    (finding,) = deployed.found()
    assert finding.cause == "/ answers 503."


def test_an_address_where_nobody_is_says_so() -> None:
    def nobody(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    (finding,) = findings(ask(URL, transport=httpx.MockTransport(nobody)))
    assert finding.cause == "/health did not answer (ConnectError)."
    with pytest.raises(BadSetting, match="no address"):
        ask("edge.example.com")


def test_what_health_has_not_heard_yet_is_asked_again(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.verification.answers.HEALTH_PAUSE_S", 0.0)
    deployed.checks["redis"] = ("warn", f"The redis {LATE}.")
    asked = deployed.answer

    def heard_later(request: httpx.Request) -> httpx.Response:
        answer = asked(request)
        deployed.checks["redis"] = ("pass", "The redis answers.")
        return answer

    assert findings(ask(URL, transport=httpx.MockTransport(heard_later))) == []


def test_an_answer_without_an_end_is_not_read_to_it(
    deployed: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.verification.answers.MOST_BYTES", 10)
    assert loads(deployed.answer(httpx.Request("GET", URL + HEALTH)).text)
    (finding,) = deployed.found()
    assert finding.cause == "/health sent more than 10 bytes."
