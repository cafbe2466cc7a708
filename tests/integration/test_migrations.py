"""Stores of every age become the one this code reads, and the tables are those that the code declares."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from sabiscore.history import columns_of
from sabiscore.sources.football_data import FootballData
from sabiscore.store import account_tables, push_tables, schedule_tables, upgrade, webhook_tables
from sabiscore.store.database import SeasonFile, Store
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from sabiscore.store.tables import metadata
from tests.support.season_files import csv, season


def differences(database: Database) -> list[object]:
    with database.transaction() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)


def test_the_migrations_make_exactly_the_tables_that_are_declared(database_url: str) -> None:
    database = Database(database_url)
    assert {
        "ledger",
        "webhook_deliveries",
        "push_subscriptions",
        "push_topics",
        "push_deliveries",
        "accounts",
        "account_identities",
        "account_sessions",
        "account_keys",
        "account_attempts",
    } <= {
        *schedule_tables.metadata.tables,
        *webhook_tables.metadata.tables,
        *push_tables.metadata.tables,
        *account_tables.metadata.tables,
    }
    assert differences(database) == []
    database.close()


def test_the_newest_migration_is_the_one_asked_for() -> None:
    folder = Path(upgrade.__file__).parent / "migrations"
    assert ScriptDirectory(str(folder)).get_heads() == [upgrade.HEAD]


def test_a_store_from_before_the_migrations_keeps_every_row(database_url: str, tmp_path: Path) -> None:
    content = FootballData().parse("E0_2425.csv", csv(season()))
    record = SeasonFile(
        division="E0",
        season="2425",
        sha256="0" * 64,
        parser=1,
        rows=content.rows,
        matches=len(content.matches),
        refused={},
    )
    with Store.open(database_url, tmp_path) as store:
        store.replace_season(record, columns_of(content.matches), content.names)
        before = store.history()
        with store.database.transaction() as connection:
            for table in [*LATER, "alembic_version"]:
                connection.exec_driver_sql(f"DROP TABLE {table}")
    with Store.open(database_url, tmp_path) as store:
        assert len(store.history()) == len(before) > 0
        assert store.season_files()["E0", "2425"].rows == content.rows
        assert differences(store.database) == []
        assert Ledger(store.database).head() is None


OLD = {"meta", "season_files", "teams", "matches", "prices"}
LATER = [table.name for table in reversed(metadata.sorted_tables) if table.name not in OLD]
"""Those that refer to others before them."""


def test_a_store_that_was_made_by_half_is_finished(database_url: str, tmp_path: Path) -> None:
    Store.open(database_url, tmp_path).close()
    database = Database(database_url)
    with database.transaction() as connection:
        for table in [*LATER, "alembic_version", "meta"]:
            connection.exec_driver_sql(f"DROP TABLE {table}")
    database.close()
    with Store.open(database_url, tmp_path) as store:
        assert differences(store.database) == []
        assert len(store.history()) == 0


def test_many_who_open_a_new_store_at_once_make_one(database_url: str, tmp_path: Path) -> None:
    def opened(_: int) -> str:
        with Store.open(database_url, tmp_path) as store:
            return store.archive.folder.name

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(opened, range(6)))) == 1
