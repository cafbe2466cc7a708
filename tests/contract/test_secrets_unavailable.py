"""A function whose store of secrets gives nothing lives, says so, and goes on by itself when it is back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.types import ASGIApp

from sabiscore.bootstrap import serving
from sabiscore.bootstrap.cron import cron_app
from sabiscore.bootstrap.current import CurrentBootstrap
from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.http_apps import insights_app, pages_app, revalidate_app
from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.push import push_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.bootstrap.stored_secrets import COOL_DOWN_S, SECRETS_LIFE_S, StoredSecrets
from sabiscore.clock import SystemClock
from sabiscore.errors import SecretsUnavailable
from sabiscore.observability.log import log_bad_setting
from sabiscore.settings import read_settings
from tests.contract.test_problem_documents import check
from tests.support.parameters import PATH, MemoryParameters, asking
from tests.support.served import BROWSER, Client

CANARY = "c4n4ry-of-thirty-letters------"
AWAY = SecretsUnavailable("The store of secrets answered 400 ThrottlingException.", hint="Wait.")
ROUTES = [
    (insights_app, "GET", "/api/v1/matches"),
    (insights_app, "GET", "/nothing"),
    (pages_app, "GET", "/"),
    (revalidate_app, "POST", "/api/revalidate"),
    (cron_app, "GET", "/api/cron"),
    (cron_app, "POST", "/api/cron/odds"),
    (push_app, "GET", "/api/v1/push"),
]
TICK = {
    "version": "0", "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa", "source": "aws.events",
    "detail-type": "Scheduled Event", "detail": {},
}  # fmt: skip


class Store(MemoryParameters):
    """The store of this process, and its clock."""

    now = 1_000_000.0


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Store]:
    """That of a new process, whose functions need a secret for calls."""
    stand_in = Store({f"{PATH}/CRON_SECRET": CANARY, f"{PATH}/REVALIDATE_SECRET": CANARY})
    environ = {**asking("CRON_SECRET", "REVALIDATE_SECRET"), "SABISCORE_HOME": str(tmp_path)}
    current = CurrentBootstrap(
        lambda complete: Bootstrap(read_settings(complete), SystemClock()),
        environ=environ,
        secrets=lambda: StoredSecrets(stand_in.read, lambda: stand_in.now),
    )
    for module in ("cron", "health", "http_apps", "jobs", "push", "serving"):
        monkeypatch.setattr(f"sabiscore.bootstrap.{module}.process", current)
    log_bad_setting.cache_clear()
    yield stand_in
    log_bad_setting.cache_clear()


def checks(client: Client) -> dict[str, tuple[str, str]]:
    document = client.get("/health").json()
    return {found["name"]: (found["status"], found["detail"]) for found in document["checks"]}


@pytest.mark.parametrize(("app", "method", "path"), ROUTES)
def test_every_route_answers_that_the_secrets_cannot_be_read(
    store: Store, caplog, app: Callable[[], ASGIApp], method: str, path: str
) -> None:
    store.failure = AWAY
    client = Client(app())
    for _ in range(3):
        answer = client.request(method, path)
        document = check(answer, 503, "unavailable")
        assert "SABISCORE_SECRETS" in document["detail"]
        assert answer.headers["retry-after"] == "30"
        assert "Throttling" not in answer.text
    assert len(store.reads) == 1
    (line,) = caplog.records
    assert (line.setting, line.hint) == ("SABISCORE_SECRETS", "Wait.")


def test_a_reader_of_pages_reads_it_as_a_page(store: Store) -> None:
    store.failure = AWAY
    answer = Client(pages_app()).get("/", headers={"accept": BROWSER})
    assert answer.status_code == 503
    assert "SABISCORE_SECRETS" in answer.text


def test_health_lives_and_says_what_is_missing_until_it_is_there(store: Store) -> None:
    store.failure = AWAY
    client = Client(health_app())
    live = client.get("/health/live")
    assert (live.status_code, live.json()) == (200, {"status": "ok"})
    assert checks(client) == {
        "settings": ("fail", "The secrets that SABISCORE_SECRETS names cannot be read at the moment.")
    }
    assert "SABISCORE_SECRETS" in check(client.get("/health/ready"), 503, "unavailable")["detail"]
    assert "sabiscore_ready 0" in client.get("/metrics").text
    store.failure = None
    store.now += COOL_DOWN_S
    assert "settings" not in checks(client)


def test_health_warns_while_older_secrets_serve(store: Store) -> None:
    client = Client(health_app())
    assert "settings" not in checks(client)
    store.failure = AWAY
    store.now += SECRETS_LIFE_S
    status, detail = checks(client)["settings"]
    assert (status, "900 seconds ago" in detail) == ("warn", True)
    assert client.get("/health/live").status_code == 200


def test_a_function_takes_calls_by_the_secret_of_now(store: Store) -> None:
    client = Client(cron_app())
    assert client.get("/api/cron").json()["status"] == "ready"
    store.values.clear()
    store.now += SECRETS_LIFE_S
    assert client.get("/api/cron").json()["status"] == "closed"


def test_a_tick_without_its_secrets_fails_so_that_it_is_counted(store: Store) -> None:
    store.failure = AWAY
    with pytest.raises(SecretsUnavailable, match="Throttling"):
        schedule_handler("odds")(TICK, None)


def test_no_answer_and_no_line_of_the_log_holds_a_secret(store: Store, caplog) -> None:
    caplog.set_level("DEBUG")
    seen = []
    for app, method, path in ROUTES:
        seen.append(Client(app()).request(method, path))
    seen += [Client(health_app()).get(path) for path in ("/health", "/metrics", "/health/ready")]
    text = "".join(f"{answer.text}{answer.headers}" for answer in seen)
    assert CANARY not in text + "".join(str(line.__dict__) for line in caplog.records)
    assert serving.process().settings.cron_secrets == (CANARY,)
    assert CANARY not in repr(serving.process().settings)
