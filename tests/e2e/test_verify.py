"""``sabiscore verify`` against the whole chain on this machine, sound and with faults planted in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from infra.cli import verify as command
from infra.local.edge import LocalEdge, local_edge
from tests.support.data_dirs import made_up_data_dir
from tests.support.served import SECRET
from tests.support.waiting import until


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verified") / "home"
    made_up_data_dir(folder)
    return folder


@pytest.fixture(scope="module")
def edge(data_dir: Path) -> Iterator[LocalEdge]:
    with local_edge(data_dir) as running:
        yield running


def found(url: str, *words: str) -> dict[str, str]:
    """Cause by part, as the command says it."""
    done = CliRunner().invoke(app, ["verify", url, "--json", *words], catch_exceptions=False)
    document = json.loads(done.stdout)
    assert done.exit_code == (0 if document["sound"] else 1)
    assert document["sound"] == (not document["findings"])
    return {finding["part"]: finding["cause"] for finding in document["findings"]}


def test_the_worker_and_the_functions_alone_are_sound(edge: LocalEdge) -> None:
    assert found(edge.url) == {}
    assert found(edge.functions.url) == {}


def test_a_site_that_was_not_allowed_is_found(edge: LocalEdge) -> None:
    assert set(found(edge.url, "--cors", "https://www.example.com")) == {"cors"}


def test_another_secret_is_found(data_dir: Path) -> None:
    with local_edge(data_dir, bindings={"EDGE_SECRET": SECRET}) as running:
        causes = found(running.url)
    assert set(causes) == {"edge"}
    assert "EDGE_SECRET" in causes["edge"]


def test_an_empty_origin_is_found(data_dir: Path) -> None:
    with local_edge(data_dir, bindings={"ORIGIN": ""}) as running:
        assert set(found(running.url)) == {"origin"}


def test_a_dead_redis_is_found_and_polling_ends(edge: LocalEdge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "TRIES", 2)
    monkeypatch.setattr(command, "PAUSE_S", 0.0)
    edge.shared.server.stop()
    # Health tells what it heard for some seconds more.
    until(lambda: found(edge.url), lambda causes: set(causes) == {"redis"}, hang_s=60)
    done = CliRunner().invoke(app, ["verify", edge.url, "--poll"], catch_exceptions=False)
    assert done.exit_code == 1
    assert "redis: " in done.stdout
    assert done.stderr.count("not sound yet (redis)") == 2
    edge.shared.server.start()
    monkeypatch.setattr(command, "TRIES", 60)
    monkeypatch.setattr(command, "PAUSE_S", 0.5)
    assert CliRunner().invoke(app, ["verify", edge.url, "--poll"], catch_exceptions=False).exit_code == 0
