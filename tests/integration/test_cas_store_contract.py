"""What a register promises: in memory, in SQLite, in PostgreSQL, in Redis, and with the shared one away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from infra.rigs.faults import FAULTS, fault_proxy
from infra.rigs.upstash_rest import TOKEN
from sabiscore.cache.upstash_calls import BlockingUpstashCalls
from sabiscore.errors import CacheUnavailable
from sabiscore.net.cas_store import CasStore, FallbackCasStore, MemoryCasStore, compare_and_swap
from sabiscore.net.upstash_cas_store import UpstashCasStore
from sabiscore.store.session import Database
from sabiscore.store.sql_cas_store import SqlCasStore
from tests.integration.conftest import new_database
from tests.support.cas_stores import AwayRegister


@pytest.fixture(params=["memory", "fallback", "upstash", "sqlite", "postgresql"])
def register(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CasStore]:
    match request.param:
        case "memory":
            yield MemoryCasStore()
        case "fallback":
            yield FallbackCasStore(AwayRegister(), MemoryCasStore())
        case "upstash":
            # A busy machine must not fail the contract; the short default is tried with faults below.
            url = request.getfixturevalue("shared").url
            with closing(BlockingUpstashCalls(url, TOKEN, deadline_s=10)) as calls:
                yield UpstashCasStore(calls)
        case "sqlite":
            yield from sql(f"sqlite:///{tmp_path / 'sabiscore.db'}")
        case "postgresql":
            yield from sql(new_database(request.getfixturevalue("postgres_server")))


def sql(url: str) -> Iterator[SqlCasStore]:
    database = Database(url)
    yield SqlCasStore(database)
    database.close()


def test_a_text_is_put_where_there_was_none_and_read_again(register: CasStore) -> None:
    assert register.read("a") is None
    assert register.swap("a", None, 'é "quoted"\n{}')
    assert register.read("a") == 'é "quoted"\n{}'
    assert register.read("b") is None


def test_who_comes_too_late_changes_nothing(register: CasStore) -> None:
    assert register.swap("a", None, "one")
    assert not register.swap("a", None, "two")
    assert not register.swap("a", "zero", "two")
    assert not register.swap("b", "zero", "two")
    assert register.swap("a", "one", "two")
    assert register.read("a") == "two"
    assert register.read("b") is None


def test_no_change_is_lost_however_many_make_one(register: CasStore) -> None:
    def add(_: int) -> None:
        compare_and_swap(register, "count", lambda text: json.dumps(json.loads(text or "0") + 1))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(40)))
    assert register.read("count") == "40"


def calls_to(port: int) -> BlockingUpstashCalls:
    return BlockingUpstashCalls(f"http://127.0.0.1:{port}", TOKEN, deadline_s=0.2)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_redis_that_fails_is_away(shared, fault: str) -> None:
    """Slow faults last far longer than the deadline and then end well: only the deadline makes it away."""
    with fault_proxy(shared.port) as proxy, closing(calls_to(proxy.port)) as calls:
        proxy.fault = fault
        register = UpstashCasStore(calls)
        with pytest.raises(CacheUnavailable):
            register.read("a")
        with pytest.raises(CacheUnavailable):
            register.swap("a", None, "one")
