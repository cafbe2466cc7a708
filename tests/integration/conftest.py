"""Servers and data that the integration tests run against."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from infra.cli import main
from infra.rigs import pgbouncer, postgres
from tests.support.command import Sabiscore, Said

DATA = "SABISCORE_TEST_DATA"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own; without the programs CI fails, a laptop skips."""
    binaries = postgres.programs()
    if binaries is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: run infra/setup/services.sh first.")
        pytest.skip("PostgreSQL is not installed (infra/setup/services.sh installs it).")
    with postgres.server(binaries) as url:
        yield url


@pytest.fixture(scope="session")
def pooler(postgres_server: str) -> Iterator[str]:
    """The URL of PgBouncer in transaction mode before that server."""
    program = pgbouncer.program()
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("PgBouncer is missing: run infra/setup/services.sh first.")
        pytest.skip("PgBouncer is not installed (infra/setup/services.sh installs it).")
    with pgbouncer.pooler(program, postgres_server) as url:
        yield url


@pytest.fixture
def database_of(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Makes an empty database of a kind, and gives its URL."""

    def made(kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{tmp_path / 'store' / 'sabiscore.db'}"
        database = new_database(str(request.getfixturevalue("postgres_server")))
        if kind == "postgresql":
            return database
        return pooled(str(request.getfixturevalue("pooler")), database)

    return made


@pytest.fixture(params=["sqlite", "postgresql", "pooler"])
def database_url(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> str:
    """The URL of an empty database, once of each kind, and of PostgreSQL behind a transaction pooler."""
    return database_of(request.param)


def pooled(pooler: str, database: str) -> str:
    """The URL of ``database`` through ``pooler``."""
    return pooler.removesuffix("postgres") + database.rpartition("/")[2]


def new_database(server: str) -> str:
    """The URL of an empty database on ``server``."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.removesuffix("postgres") + name


@pytest.fixture(scope="session")
def real_seasons() -> Path:
    """The folder of real season files, where somebody has put some."""
    folder = Path(os.environ.get(DATA, "")) / "football-data"
    if DATA not in os.environ or not (folder / "manifest.csv").is_file():
        pytest.skip(f"{DATA} names no folder with real season files; nothing can stand in for them.")
    return folder


@pytest.fixture
def sabiscore(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Sabiscore:
    """Runs the command in this process; its home is the test's own folder unless it is told otherwise."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str | Path, data_dir: Path = tmp_path / "home" / "real") -> Said:
        monkeypatch.setenv("SABISCORE_HOME", str(data_dir))
        monkeypatch.setattr(sys, "argv", ["sabiscore", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        written = capfd.readouterr()
        assert "Traceback" not in written.err
        return Said(int(end.value.code or 0), written.out, written.err)

    return run
