"""A function with a setting that cannot be used lives and says which; what it holds is never shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from starlette.types import ASGIApp

from sabiscore.bootstrap.cron import cron_app
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app, pages_app, revalidate_app
from sabiscore.bootstrap.serving import process
from sabiscore.http.middleware.security_headers import HEADERS
from sabiscore.observability.log import log_bad_setting
from tests.contract.test_problem_documents import check
from tests.support.served import BROWSER, Answer, Client

CANARY = "whsec_cana=ry"
REDIS = {"UPSTASH_REDIS_REST_URL": "https://eu1-sound.upstash.io"}
BAD_SETTINGS = [
    ("UPSTASH_REDIS_REST_TOKEN", {**REDIS, "UPSTASH_REDIS_REST_TOKEN": "x"}),
    ("UPSTASH_REDIS_REST_URL", {"UPSTASH_REDIS_REST_TOKEN": CANARY}),
    ("UPSTASH_REDIS_REST_URL", {"UPSTASH_REDIS_REST_URL": f"http://{CANARY}"}),
    ("SABISCORE_EDGE_SECRET", {"SABISCORE_EDGE_SECRET": CANARY}),
    ("SABISCORE_EDGE_URL", {"SABISCORE_EDGE_URL": "https://edge.example.com"}),
    ("SABISCORE_EDGE_MODEL_URL", {"SABISCORE_EDGE_MODEL_URL": "https://edge-model.example.com"}),
    ("SABISCORE_EDGE_MODEL_URL", {"SABISCORE_EDGE_MODEL_URL": f"http://{CANARY}"}),
    ("SABISCORE_REVALIDATE_SECRET", {"SABISCORE_REVALIDATE_SECRET": CANARY}),
    ("SABISCORE_CRON_SECRET", {"SABISCORE_CRON_SECRET": CANARY}),
    ("SABISCORE_CRON_FUNCTIONS", {"SABISCORE_CRON_FUNCTIONS": CANARY}),
    ("SABISCORE_LOG_LEVEL", {"SABISCORE_LOG_LEVEL": CANARY}),
    ("SABISCORE_BUCKET", {"SABISCORE_BUCKET": CANARY}),
    ("SABISCORE_REQUESTS_PER_MINUTE", {"SABISCORE_REQUESTS_PER_MINUTE": CANARY}),
    ("SABISCORE_REQUESTS_AT_ONCE", {"SABISCORE_REQUESTS_AT_ONCE": CANARY}),
    ("SABISCORE_CORS_ORIGINS", {"SABISCORE_CORS_ORIGINS": CANARY}),
    ("SABISCORE_EVENT_BUS", {"SABISCORE_EVENT_BUS": CANARY}),
    ("SABISCORE_QUOTAS", {"SABISCORE_QUOTAS": CANARY}),
    ("SABISCORE_KEEP_REPLIES_MB", {"SABISCORE_KEEP_REPLIES_MB": CANARY}),
    ("SABISCORE_CHALLENGER_SHARE", {"SABISCORE_CHALLENGER_SHARE": CANARY}),
    ("SABISCORE_EXCHANGE_COMMISSION", {"SABISCORE_EXCHANGE_COMMISSION": CANARY}),
    ("SABISCORE_HOME", {"SABISCORE_HOME": f"~{CANARY}/data"}),
    ("SABISCORE_SEED", {"SABISCORE_SEED": f"~{CANARY}/data"}),
    ("DATABASE_URL", {"DATABASE_URL": f"mysql://user:{CANARY}@host/db"}),
]
ROUTES = [
    (insights_app, "GET", "/api/v1/matches"),
    (insights_app, "GET", "/docs/api"),
    (insights_app, "GET", "/nothing"),
    (insights_app, "POST", "/api/v1/insights"),
    (pages_app, "GET", "/"),
    (revalidate_app, "POST", "/api/revalidate"),
    (cron_app, "GET", "/api/cron"),
    (cron_app, "POST", "/api/cron/odds"),
]
NAMES = [f"{name}-{number}" for number, (name, _) in enumerate(BAD_SETTINGS)]


@pytest.fixture(autouse=True)
def new_process(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[None]:
    """A process that has read no settings, and whose folder is one of its own."""
    monkeypatch.chdir(tmp_path)
    made = process, log_bad_setting
    for remembered in made:
        remembered.cache_clear()
    yield
    for remembered in made:
        remembered.cache_clear()


def misconfigured(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(("setting", "environ"), BAD_SETTINGS, ids=NAMES)
def test_health_lives_and_names_the_setting(monkeypatch, setting, environ):
    misconfigured(monkeypatch, environ)
    client = Client(health_app())
    live = client.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    health = client.get("/health").json()
    assert health["status"] == "unavailable"
    (failed,) = [found for found in health["checks"] if found["status"] == "fail"]
    assert failed["name"] == "settings"
    assert setting in failed["detail"]
    ready = check(client.get("/health/ready"), 503, "unavailable")
    assert setting in ready["detail"]
    metrics = client.get("/metrics")
    assert metrics.status_code == 200
    assert "sabiscore_ready 0" in metrics.text
    for answer in (health, ready, metrics.text):
        assert CANARY not in str(answer)


@pytest.mark.parametrize(("setting", "environ"), BAD_SETTINGS, ids=NAMES)
def test_an_answer_names_the_setting(monkeypatch, setting, environ):
    misconfigured(monkeypatch, environ)
    answer = Client(insights_app()).get("/api/v1/matches")
    document = check(answer, 503, "misconfigured")
    assert setting in document["detail"]
    assert document["hint"] == ""
    assert answer.headers["retry-after"] == "30"
    assert CANARY not in answer.text


@pytest.mark.parametrize(("app", "method", "path"), ROUTES)
def test_so_does_every_other_route(monkeypatch, app: Callable[[], ASGIApp], method: str, path: str):
    setting, environ = BAD_SETTINGS[0]
    misconfigured(monkeypatch, environ)
    answer = Client(app()).request(method, path)
    assert setting in check(answer, 503, "misconfigured")["detail"]
    assert hardened(answer)


@pytest.mark.parametrize("path", ["/health", "/health/live", "/health/ready", "/metrics", "/nothing"])
def test_health_is_hardened_all_the_same(monkeypatch, path: str):
    misconfigured(monkeypatch, BAD_SETTINGS[0][1])
    assert hardened(Client(health_app()).get(path))


def hardened(answer: Answer) -> bool:
    """Whether a browser may do no more with ``answer`` than read it."""
    return all(name.decode() in answer.headers for name, _ in HEADERS)


def test_a_reader_of_pages_reads_it_as_a_page(monkeypatch):
    misconfigured(monkeypatch, {"SABISCORE_LOG_LEVEL": CANARY})
    answer = Client(pages_app()).get("/", headers={"accept": BROWSER})
    assert answer.status_code == 503
    assert "SABISCORE_LOG_LEVEL" in answer.text
    assert CANARY not in answer.text


def test_the_log_names_the_setting_once_and_never_what_it_holds(monkeypatch, caplog):
    misconfigured(monkeypatch, {"SABISCORE_REVALIDATE_SECRET": CANARY})
    answering, health = Client(insights_app()), Client(health_app())
    for _ in range(5):
        answering.get("/api/v1/matches")
        health.get("/health")
    (line,) = caplog.records
    assert (line.getMessage(), line.setting) == ("a setting cannot be used", "SABISCORE_REVALIDATE_SECRET")
    assert CANARY not in str(line.__dict__)


def test_a_mended_setting_is_read_by_the_next_request(monkeypatch):
    misconfigured(monkeypatch, {"SABISCORE_CORS_ORIGINS": CANARY})
    client = Client(health_app())
    assert client.get("/health").json()["checks"][0]["name"] == "settings"
    monkeypatch.setenv("SABISCORE_CORS_ORIGINS", "*")
    assert client.get("/health").json()["checks"][0]["name"] == "publication"
