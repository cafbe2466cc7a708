"""Accounts in SQLite, in PostgreSQL, through a pooler and in memory: one contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sabiscore.accounts.account import (
    MOST_API_KEYS,
    MOST_SESSIONS,
    Account,
    AccountStore,
    ApiKey,
    Attempts,
    ProviderIdentity,
    Session,
)
from sabiscore.store.accounts import SqlAccountStore
from sabiscore.store.session import Database
from tests.support.account_stores import MemoryAccountStore

NOW = datetime(2026, 3, 14, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture(params=["memory", "sqlite", "postgresql", "pooler"])
def store(request: pytest.FixtureRequest, database_of: Callable[[str], str]) -> Iterator[AccountStore]:
    if request.param == "memory":
        yield MemoryAccountStore()
        return
    database = Database(database_of(request.param))
    yield SqlAccountStore(database)
    database.close()


def account(number: int = 1) -> Account:
    return Account(
        id=f"{number:032x}",
        email=f"reader{number}@example.com",
        password="$argon2id$…",
        role="reader",
        created_at=NOW + number * MINUTE,
    )


def session(number: int, at: datetime = NOW, days: int = 30) -> Session:
    return Session(
        id=f"{number:032x}",
        account_id=account().id,
        generation=1,
        created_at=at,
        used_at=at,
        expires_at=at + timedelta(days=days),
    )


def key(number: int) -> ApiKey:
    return ApiKey(
        id=f"{number:016x}",
        account_id=account().id,
        name="home",
        digest="ab" * 32,
        created_at=NOW + number * MINUTE,
        used_at=None,
    )


def at_once(call: Callable[[int], object], times: int = 4) -> list[object]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(call, range(times)))


def test_an_e_mail_has_one_account(store: AccountStore) -> None:
    assert store.add(account(2))
    assert store.add(account(1))
    other = Account(id="f" * 32, email=account(1).email, password=None, role="operator", created_at=NOW)
    assert not store.add(other)
    assert store.by_email(account(1).email) == account(1)
    assert store.by_id(account(2).id) == account(2)
    assert (store.by_email("nobody@example.com"), store.by_id("f" * 32)) == (None, None)
    assert [each.id for each in store.every()] == [account(1).id, account(2).id]


def test_who_somebody_is_elsewhere_is_found_by_issuer_and_subject(store: AccountStore) -> None:
    identity = ProviderIdentity(issuer="https://id.example.com", subject="7", email="reader1@example.com")
    assert store.add(account(1), identity)
    assert store.add(account(2))
    assert not store.add(replace(account(2), id="f" * 32), replace(identity, subject="8"))
    assert store.by_identity(replace(identity, email="another@example.com")) == account(1)
    assert store.by_identity(replace(identity, issuer="https://other.example.com")) is None
    assert store.by_identity(replace(identity, subject="8")) is None
    assert store.identities(account(1).id) == [identity]
    assert store.identities(account(2).id) == []


def test_password_and_role_change_and_sessions_end_with_the_password(store: AccountStore) -> None:
    store.add(account())
    store.add_session(session(1))
    store.set_role(account().id, "operator")
    store.set_password(account().id, "another", ends_sessions=False)
    assert len(store.sessions(account().id)) == 1
    store.set_password(account().id, "a third", ends_sessions=True)
    assert store.sessions(account().id) == []
    found = store.by_id(account().id)
    assert found is not None
    assert (found.password, found.role) == ("a third", "operator")


def test_of_those_that_renew_a_session_at_once_one_does(store: AccountStore) -> None:
    store.add(account())
    store.add_session(session(1))
    renewed = at_once(lambda _: store.rotate(session(1).id, 1, NOW + MINUTE))
    assert sorted(map(bool, renewed)) == [False, False, False, True]
    found = store.session(session(1).id)
    assert found is not None
    assert (found.generation, found.used_at) == (2, NOW + MINUTE)
    assert not store.rotate(session(2).id, 1, NOW)
    store.end_session(session(1).id)
    assert store.session(session(1).id) is None


def test_sessions_that_expired_and_those_one_too_many_go(store: AccountStore) -> None:
    store.add(account())
    store.add_session(session(0, days=1))
    for number in range(1, MOST_SESSIONS + 3):
        store.add_session(session(number, NOW + timedelta(days=1) + number * MINUTE))
    kept = [int(each.id, 16) for each in store.sessions(account().id)]
    assert kept == list(range(3, MOST_SESSIONS + 3))


def test_an_account_has_two_keys_however_many_ask_at_once(store: AccountStore) -> None:
    store.add(account())
    added = at_once(lambda number: store.add_key(key(number)))
    assert sum(map(bool, added)) == len(store.keys(account().id)) == MOST_API_KEYS
    first = store.keys(account().id)[0]
    store.use_key(first.id, "cd" * 32, NOW)
    found = store.key(first.id)
    assert found is not None
    assert (found.digest, found.used_at) == ("cd" * 32, NOW)
    assert not store.remove_key("f" * 32, first.id)
    assert store.remove_key(account().id, first.id)
    assert store.key(first.id) is None
    assert store.add_key(key(9))


def test_nothing_is_left_of_an_account_that_was_removed(store: AccountStore) -> None:
    identity = ProviderIdentity(issuer="https://id.example.com", subject="7", email="reader1@example.com")
    store.add(account(), identity)
    store.add_session(session(1))
    store.add_key(key(1))
    store.remove(account().id)
    assert store.every() == store.sessions(account().id) == store.keys(account().id) == []
    assert (store.session(session(1).id), store.key(key(1).id)) == (None, None)
    assert store.by_identity(identity) is None


def test_attempts_are_counted_in_windows(store: AccountStore) -> None:
    window = 15 * MINUTE
    assert store.attempt("a", NOW, window) == Attempts(1, NOW + window)
    assert store.attempt("a", NOW + MINUTE, window) == Attempts(2, NOW + window)
    assert store.attempt("b", NOW, window).count == 1
    store.forgive("a", 1)
    assert store.attempt("a", NOW, window).count == 2
    assert store.attempt("a", NOW + window, window) == Attempts(1, NOW + 2 * window)
    store.forgive("a")
    store.forgive("nobody", 1)
    assert store.attempt("a", NOW + window, window).count == 1


def test_no_attempt_is_lost_of_many_at_once(store: AccountStore) -> None:
    counts = at_once(lambda _: store.attempt("a", NOW, MINUTE).count)
    assert sorted(map(int, map(str, counts))) == [1, 2, 3, 4]
