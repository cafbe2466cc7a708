"""``sabiscore verify URL --poll`` against the whole chain here, sound and with each fault planted.

The faults are those of the table in docs/deployment.md. A part of the chain is started with another setting,
the data folder is what it would be, or something in front alters answers.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.cli import verify as command
from infra.local.edge import LocalEdge, local_edge
from infra.rigs.made_up import publish_at
from infra.rigs.part import Part
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.publication.supplements import SYSTEM, put_supplements
from sabiscore.publication.system_state import ScheduleLine, system_file
from tests.support.altering_proxy import altering_proxy
from tests.support.data_dirs import made_up_data_dir
from tests.support.served import SECRET
from tests.support.waiting import until

SITE = "https://www.example.com"
NOBODY_LISTENS = "postgresql://sabiscore@127.0.0.1:9/sabiscore"


def run_lately(data_dir: Path, now: datetime, *, but: str = "") -> None:
    """Every schedule began to run a minute before ``now``, and the one called ``but`` three days before."""
    lines = [
        ScheduleLine(
            name=name,
            due_at=schedule.next(now).isoformat(),
            started_at=(now - (timedelta(days=3) if name == but else timedelta(minutes=1))).isoformat(),
            finished_at=now.isoformat(),
            outcome="done",
            problems=0,
        )
        for name, schedule in TIMETABLE.items()
    ]
    put_supplements(data_dir / "publication", {SYSTEM: system_file(now, [], lines)})


def published(folder: Path, as_of: datetime, *, but: str = "") -> Path:
    """A data folder that was published at ``as_of``, no rehearsal, whose schedules ran lately."""
    made_up_data_dir(folder)
    publish_at(folder, as_of)
    run_lately(folder, datetime.now(UTC), but=but)
    return folder


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEdge]:
    """A sound deployment."""
    data_dir = published(tmp_path_factory.mktemp("verified") / "home", datetime.now(UTC))
    with local_edge(data_dir) as running:
        yield running


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three looks, and no pause between them."""
    monkeypatch.setattr(command, "TRIES", 3)
    monkeypatch.setattr(command, "PAUSE_S", 0.0)


@contextmanager
def restarted(part: Part, environ: Mapping[str, str]) -> Iterator[None]:
    """``part`` runs with ``environ`` added to its own, then as before."""
    planted = replace(part, environ={**part.environ, **environ})
    part.stop()
    planted.start()
    try:
        yield
    finally:
        planted.stop()
        part.start()


def found(url: str, *words: str) -> dict[str, str]:
    """Cause by part, as the command says it after its last look."""
    done = CliRunner().invoke(app, ["verify", url, "--poll", "--json", *words], catch_exceptions=False)
    document = json.loads(done.stdout)
    assert done.exit_code == (0 if document["sound"] else 1)
    assert document["sound"] == (not document["findings"])
    assert all(finding["remedy"] for finding in document["findings"])
    return {finding["part"]: finding["cause"] for finding in document["findings"]}


def the_cause(url: str, part: str, *words: str) -> str:
    """What is said of ``part``, the only one of which anything is."""
    causes = found(url, *words)
    assert set(causes) == {part}
    return causes[part]


def test_of_a_sound_deployment_nothing_is_found(edge: LocalEdge) -> None:
    assert found(edge.url) == {}
    assert found(edge.functions.url) == {}


def test_of_a_rehearsal_nothing_is_found(tmp_path: Path) -> None:
    made_up_data_dir(tmp_path)
    with local_edge(tmp_path) as running:
        assert found(running.url) == {}


def test_another_edge_secret_is_found(edge: LocalEdge) -> None:
    with restarted(edge.worker, {"EDGE_SECRET": SECRET}):
        assert "EDGE_SECRET" in the_cause(edge.url, "edge")


def test_an_empty_origin_is_found(edge: LocalEdge) -> None:
    with restarted(edge.worker, {"ORIGIN": ""}):
        assert "/health behind it does not" in the_cause(edge.url, "origin")


def test_a_wrong_token_of_upstash_is_found(edge: LocalEdge) -> None:
    with restarted(edge.functions, {"UPSTASH_REDIS_REST_TOKEN": "another-token-of-tests"}):
        assert "does not take our token" in the_cause(edge.url, "redis")


def test_a_dead_database_is_found(edge: LocalEdge) -> None:
    with restarted(edge.functions, {"DATABASE_URL": NOBODY_LISTENS}):
        assert "does not answer" in the_cause(edge.url, "database")


def test_a_dead_upstash_is_found_and_polling_ends(edge: LocalEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    edge.shared.server.stop()
    # Health tells what it heard for some seconds more.
    until(lambda: found(edge.url), lambda causes: set(causes) == {"redis"}, hang_s=60)
    done = CliRunner().invoke(app, ["verify", edge.url, "--poll"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "redis: " in done.stdout
    assert done.stderr.count("not sound yet (redis)") == command.TRIES
    edge.shared.server.start()
    monkeypatch.setattr(command, "TRIES", 60)
    monkeypatch.setattr(command, "PAUSE_S", 0.5)
    assert CliRunner().invoke(app, ["verify", edge.url, "--poll"], catch_exceptions=False).exit_code == 0


def test_an_old_publication_is_found(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with local_edge(published(tmp_path, now - timedelta(hours=25))) as running:
        assert "seconds old" in the_cause(running.url, "freshness")


def test_a_schedule_that_did_not_run_is_found(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with local_edge(published(tmp_path, now, but="odds")) as running:
        cause = the_cause(running.url, "schedules")
    assert cause == f"cron/odds has not run since {now - timedelta(days=3):%Y-%m-%d %H:%M} UTC."


def test_schedules_of_which_nobody_ever_heard_are_found(tmp_path: Path) -> None:
    made_up_data_dir(tmp_path)
    publish_at(tmp_path, datetime.now(UTC))
    with local_edge(tmp_path) as running:
        assert the_cause(running.url, "schedules").endswith("has never run.")


def test_a_missing_header_is_found(edge: LocalEdge) -> None:
    def remove(_: object, headers: dict[str, str]) -> None:
        headers.pop("permissions-policy", None)

    with altering_proxy(edge.url, remove) as url:
        assert "lacks permissions-policy" in the_cause(url, "headers")


def test_a_site_that_may_not_read_is_found(edge: LocalEdge) -> None:
    assert f"Scripts of {SITE} may not read" in the_cause(edge.url, "cors", "--cors", SITE)
    with restarted(edge.functions, {"SABISCORE_CORS_ORIGINS": SITE}):
        assert found(edge.functions.url, "--cors", SITE) == {}


def test_answers_that_any_site_may_read_are_found(edge: LocalEdge) -> None:
    def echo(asked: Mapping[str, str], headers: dict[str, str]) -> None:
        if "origin" in asked:
            headers["access-control-allow-origin"] = asked["origin"]

    with altering_proxy(edge.url, echo) as url:
        assert "any site" in the_cause(url, "cors")


@pytest.mark.parametrize(("by", "side"), [(90, "ahead of"), (-90, "behind")])
def test_a_clock_that_drifted_is_found(edge: LocalEdge, by: int, side: str) -> None:
    def shift(_: object, headers: dict[str, str]) -> None:
        stated = parsedate_to_datetime(headers["date"])
        headers["date"] = format_datetime(stated + timedelta(seconds=by), usegmt=True)

    with altering_proxy(edge.url, shift) as url:
        assert side in the_cause(url, "clock")
