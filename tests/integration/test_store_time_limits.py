"""No wait for PostgreSQL is without an end, and nothing of ours stays in a session that a pooler lends."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from infra.local.data_dirs import MARK
from infra.local.seasons import simulate_into
from sabiscore.errors import BadSetting, StoreUnavailable
from sabiscore.store.connection import TIME_LIMITS_S
from sabiscore.store.session import Database
from tests.integration.conftest import new_database, pooled
from tests.support.command import Sabiscore
from tests.support.local_world import SEED, TODAY


@pytest.fixture(params=["postgresql", "pooler"])
def server_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of PostgreSQL, straight and through a pooler."""
    database = new_database(str(request.getfixturevalue("postgres_server")))
    return (
        database
        if request.param == "postgresql"
        else pooled(str(request.getfixturevalue("pooler")), database)
    )


def setting(database: Database, name: str) -> str:
    with database.transaction() as connection:
        return str(
            connection.scalar(text("select setting from pg_settings where name = :name"), {"name": name})
        )


def test_every_transaction_has_the_limits_and_the_session_none(server_url: str) -> None:
    database = Database(server_url)
    for name, seconds in TIME_LIMITS_S.items():
        assert setting(database, name) == str(1000 * seconds)
    other = Database(f"{server_url}?statement_timeout=7&lock_timeout=0")
    assert (setting(other, "statement_timeout"), setting(other, "lock_timeout")) == ("7000", "0")
    with psycopg.connect(server_url, prepare_threshold=None) as connection:
        for name in TIME_LIMITS_S:
            assert connection.execute(
                "select setting from pg_settings where name = %s", [name]
            ).fetchone() == ("0",)
        assert connection.execute("select count(*) from pg_prepared_statements").fetchone() == (0,)
    database.close()
    other.close()


def test_a_statement_without_end_is_given_up(server_url: str) -> None:
    database = Database(f"{server_url}?statement_timeout=1")
    with (
        pytest.raises(StoreUnavailable, match="statement_timeout") as given_up,
        database.transaction() as connection,
    ):
        connection.execute(text("select pg_sleep(600)"))
    assert "pg_stat_activity" in given_up.value.hint
    with database.transaction() as connection:
        assert connection.scalar(text("select 1")) == 1
    database.close()


def idle_until_ended(database: Database, server_url: str) -> None:
    """Opens a transaction, waits until its session is gone, and goes on in it."""
    with database.transaction() as connection:
        pid = connection.scalar(text("select pg_backend_pid()"))
        with psycopg.connect(server_url, autocommit=True, prepare_threshold=None) as other:
            while other.execute("select 1 from pg_stat_activity where pid = %s", [pid]).fetchone():
                pass
        connection.execute(text("select 1"))


def test_a_transaction_that_idles_is_ended_by_the_server(server_url: str) -> None:
    database = Database(f"{server_url}?idle_in_transaction_session_timeout=1")
    with pytest.raises(StoreUnavailable):
        idle_until_ended(database, server_url)
    database.close()


def test_a_schedule_whose_lock_another_session_holds_reports_it(
    sabiscore: Sabiscore, server_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{server_url}?lock_timeout=1")
    assert sabiscore("cron", "odds", data_dir=tmp_path / "home" / "real").code == 0
    with psycopg.connect(server_url, prepare_threshold=None) as holder:
        holder.execute("lock table job_locks in access exclusive mode")
        ended = sabiscore("cron", "odds", data_dir=tmp_path / "home" / "real")
    assert ended.code == 3
    assert "Another session held a lock for longer than lock_timeout allows" in ended.err


@pytest.mark.parametrize(
    "query", ["statement_timeout=soon", "lock_timeout=-1", "lock_timeout=1&lock_timeout=2"]
)
def test_a_limit_that_is_no_number_of_seconds_is_refused(query: str) -> None:
    with pytest.raises(BadSetting, match="DATABASE_URL"):
        Database(f"postgresql://someone@127.0.0.1:1/none?{query}")


def test_seasons_are_ingested_again_and_again(
    sabiscore: Sabiscore, server_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    simulate_into(tmp_path / "seasons", SEED, 2, TODAY, ["D1"])
    (tmp_path / "seasons" / MARK).unlink()
    monkeypatch.setenv("DATABASE_URL", server_url)
    for changed in (True, False, False):
        said = sabiscore("ingest", "--data", tmp_path / "seasons", "--json")
        assert said.code == 0, said.err
        statuses = {file["status"] for file in json.loads(said.out)["files"]}
        assert ("failed" in statuses, statuses != {"unchanged"}) == (False, changed)
