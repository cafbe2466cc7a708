"""The first day: a command on a data folder that lacks something says what is there and what comes next."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.integration.conftest import new_database
from tests.support.command import Sabiscore
from tests.support.local_world import World

READING = [
    ("stats", "epl"),
    ("ledger", "verify"),
    ("ledger", "show"),
    ("ledger", "export", "--to", "{there}/ledger.jsonl"),
    ("events",),
    ("models", "list"),
    ("models", "watch"),
    ("models", "show", "1.0.0"),
    ("models", "compare", "1.0.0", "1.1.0"),
    ("predict", "epl", "Arsenal", "Chelsea"),
    ("up", "--port", "0"),
    ("sources",),
    ("sync", "status"),
    ("train",),
]
NEEDS_A_STORE = [command for command in READING if command[0] in ("stats", "ledger", "events", "train")]


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_a_command_that_reads_makes_nothing(
    sabiscore: Sabiscore, tmp_path: Path, command: tuple[str, ...]
) -> None:
    data_dir = tmp_path / "home" / "real"
    sabiscore(*(word.format(there=tmp_path) for word in command), data_dir=data_dir)
    assert not data_dir.parent.exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", NEEDS_A_STORE, ids=" ".join)
def test_without_a_store_the_folder_is_named_and_what_comes_next(
    sabiscore: Sabiscore, tmp_path: Path, command: tuple[str, ...]
) -> None:
    data_dir = tmp_path / "home" / "real"
    ended = sabiscore(*(word.format(there=tmp_path) for word in command), data_dir=data_dir)
    assert ended.code == 3
    assert str(data_dir) in ended.err
    assert "sabiscore ingest --data DIR" in ended.err


@pytest.mark.parametrize(
    "command",
    [("predict", "epl", "Arsenal", "Chelsea"), ("up", "--port", "0"), ("ledger", "show")],
    ids=" ".join,
)
def test_what_the_simulated_folder_has_is_offered_where_the_real_has_none(
    sabiscore: Sabiscore, world: World, command: tuple[str, ...]
) -> None:
    data_dir = Path(world.environ["SABISCORE_HOME"])
    ended = sabiscore(*command, data_dir=data_dir)
    assert ended.code == 3
    assert f"The simulated data folder {world.settings.data_dir} has some: add --simulated." in ended.err


def test_a_half_made_folder_says_which_half_it_has(sabiscore: Sabiscore, tmp_path: Path) -> None:
    data_dir = tmp_path / "home" / "real"
    assert sabiscore("cron", "odds", data_dir=data_dir).code == 0
    ended = sabiscore("predict", "epl", "Arsenal", "Chelsea", data_dir=data_dir)
    assert ended.code == 3
    assert f"The data folder {data_dir} has a store, no bundles and no publication." in ended.err
    ended = sabiscore("train", data_dir=data_dir)
    assert (ended.code, "The store has no matches yet." in ended.err) == (3, True)


def test_schedules_of_an_empty_store_publish_nothing_and_say_why(
    sabiscore: Sabiscore, tmp_path: Path
) -> None:
    data_dir = tmp_path / "home" / "real"
    odds = sabiscore("cron", "odds", "--simulated", data_dir=data_dir)
    assert (odds.code, "The store has no matches yet" in odds.out) == (0, True)
    stats = sabiscore("cron", "stats", "--simulated", data_dir=data_dir)
    assert (stats.code, "The store has no matches yet" in stats.out) == (3, True)
    assert "sabiscore ingest --data DIR" in stats.out
    assert not list(tmp_path.rglob("coming.json"))


def test_a_home_folder_is_meant_by_a_tilde(
    sabiscore: Sabiscore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sabiscore("cron", "calibrate", data_dir=Path("~/kept")).code == 0
    assert (tmp_path / "kept" / "sabiscore.db").is_file()
    simulate = (
        "simulate",
        "--to",
        "~/seasons",
        "--seasons",
        "1",
        "--division",
        "E0",
        "--today",
        "2026-03-14",
    )
    assert sabiscore(*simulate).code == 0
    assert (tmp_path / "seasons" / "E0_2526.csv").is_file()
    monkeypatch.setenv("DATABASE_URL", "sqlite:///~/other.db")
    assert sabiscore("cron", "calibrate").code == 0
    assert (tmp_path / "other.db").is_file()
    refused = sabiscore("models", "list", data_dir=Path("~nobody-of-this-name/kept"))
    assert (refused.code, "SABISCORE_HOME" in refused.err) == (2, True)


def test_a_command_that_reads_makes_no_tables_in_postgresql_either(
    sabiscore: Sabiscore, postgres_server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = new_database(postgres_server)
    monkeypatch.setenv("DATABASE_URL", url)
    for command in (("ledger", "show"), ("events",), ("stats", "epl"), ("train",)):
        ended = sabiscore(*command)
        assert (ended.code, "The store has no tables yet." in ended.err) == (3, True)
    with psycopg.connect(url) as connection:
        assert connection.execute(
            "select count(*) from pg_tables where schemaname = 'public'"
        ).fetchone() == (0,)
