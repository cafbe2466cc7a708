"""Accounts in the store: readers, their sessions and API keys, and how often somebody tried to sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, insert, select, update

from sabiscore.accounts.account import (
    MOST_API_KEYS,
    MOST_SESSIONS,
    Account,
    ApiKey,
    Attempts,
    ProviderIdentity,
    Role,
    Session,
)
from sabiscore.store.account_tables import (
    account_attempts,
    account_identities,
    account_keys,
    account_sessions,
    accounts,
)
from sabiscore.store.session import Database
from sabiscore.store.sql import insert_into

R = TypeVar("R", Account, Session, ApiKey)

_A, _S, _K, _T = accounts.c, account_sessions.c, account_keys.c, account_attempts.c
_I = account_identities.c


class SqlAccountStore:
    """An ``AccountStore`` over the tables of ``database``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account: Account, identity: ProviderIdentity | None = None) -> bool:
        with self._database.transaction() as connection:
            put = insert_into(accounts, connection.dialect.name).values(**asdict(account))
            if connection.scalar(put.on_conflict_do_nothing().returning(_A.id)) is None:
                return False
            if identity is not None:
                row = {"account_id": account.id, **asdict(identity)}
                connection.execute(insert(account_identities).values(**row))
            return True

    def by_identity(self, identity: ProviderIdentity) -> Account | None:
        known = select(_I.account_id).where(_I.issuer == identity.issuer, _I.subject == identity.subject)
        return self._single(Account, accounts, _A.id == known.scalar_subquery())

    def identities(self, account_id: str) -> Sequence[ProviderIdentity]:
        with self._database.transaction() as connection:
            wanted = select(_I.issuer, _I.subject, _I.email).where(_I.account_id == account_id)
            rows = connection.execute(wanted.order_by(_I.issuer, _I.subject)).mappings()
            return [ProviderIdentity(**row) for row in rows]

    def by_email(self, email: str) -> Account | None:
        return self._single(Account, accounts, _A.email == email)

    def by_id(self, account_id: str) -> Account | None:
        return self._single(Account, accounts, _A.id == account_id)

    def every(self) -> Sequence[Account]:
        with self._database.transaction() as connection:
            rows = connection.execute(select(accounts).order_by(_A.created_at, _A.id)).mappings()
            return [Account(**row) for row in rows]

    def set_password(self, account_id: str, password: str, *, ends_sessions: bool) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(accounts).where(_A.id == account_id).values(password=password))
            if ends_sessions:
                connection.execute(delete(account_sessions).where(_S.account_id == account_id))

    def set_role(self, account_id: str, role: Role) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(accounts).where(_A.id == account_id).values(role=role))

    def remove(self, account_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(accounts).where(_A.id == account_id))

    def add_session(self, session: Session) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(account_sessions).where(_S.expires_at <= session.created_at))
            connection.execute(insert(account_sessions).values(**asdict(session)))
            of_account = select(_S.id).where(_S.account_id == session.account_id)
            newest = of_account.order_by(_S.used_at.desc(), _S.id).limit(MOST_SESSIONS)
            surplus = _S.id.not_in(list(connection.scalars(newest)))
            connection.execute(delete(account_sessions).where(_S.account_id == session.account_id, surplus))

    def session(self, session_id: str) -> Session | None:
        return self._single(Session, account_sessions, _S.id == session_id)

    def sessions(self, account_id: str) -> Sequence[Session]:
        with self._database.transaction() as connection:
            wanted = select(account_sessions).where(_S.account_id == account_id).order_by(_S.created_at)
            return [Session(**row) for row in connection.execute(wanted).mappings()]

    def rotate(self, session_id: str, generation: int, at: datetime) -> bool:
        with self._database.transaction() as connection:
            newest = update(account_sessions).where(_S.id == session_id, _S.generation == generation)
            return connection.execute(newest.values(generation=generation + 1, used_at=at)).rowcount > 0

    def end_session(self, session_id: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(account_sessions).where(_S.id == session_id))

    def add_key(self, key: ApiKey) -> bool:
        with self._database.transaction() as connection:
            # Writes the account as it is: whoever adds a key at the same time waits, in either database.
            connection.execute(update(accounts).where(_A.id == key.account_id).values(role=_A.role))
            active = select(func.count()).where(_K.account_id == key.account_id)
            if (connection.scalar(active) or 0) >= MOST_API_KEYS:
                return False
            connection.execute(insert(account_keys).values(**asdict(key)))
            return True

    def key(self, key_id: str) -> ApiKey | None:
        return self._single(ApiKey, account_keys, _K.id == key_id)

    def keys(self, account_id: str) -> Sequence[ApiKey]:
        with self._database.transaction() as connection:
            wanted = select(account_keys).where(_K.account_id == account_id).order_by(_K.created_at, _K.id)
            return [ApiKey(**row) for row in connection.execute(wanted).mappings()]

    def use_key(self, key_id: str, digest: str, at: datetime) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(account_keys).where(_K.id == key_id).values(digest=digest, used_at=at))

    def remove_key(self, account_id: str, key_id: str) -> bool:
        with self._database.transaction() as connection:
            own = delete(account_keys).where(_K.id == key_id, _K.account_id == account_id)
            return connection.execute(own).rowcount > 0

    def attempt(self, subject: str, at: datetime, window: timedelta) -> Attempts:
        with self._database.transaction() as connection:
            connection.execute(delete(account_attempts).where(_T.until <= at))
            return _counted(connection, subject, at + window)

    def forgive(self, subject: str, attempts: int | None = None) -> None:
        with self._database.transaction() as connection:
            of_subject = _T.subject == subject
            if attempts is None:
                connection.execute(delete(account_attempts).where(of_subject))
                return
            left = case((_T.count > attempts, _T.count - attempts), else_=0)
            connection.execute(update(account_attempts).where(of_subject).values(count=left))

    def _single(self, kind: type[R], table: Table, condition: ColumnElement[bool]) -> R | None:
        with self._database.transaction() as connection:
            row = connection.execute(select(table).where(condition)).mappings().first()
            return None if row is None else kind(**row)


def _counted(connection: Connection, subject: str, until: datetime) -> Attempts:
    """One attempt more of ``subject``; a window that is under way ends when it did."""
    put = insert_into(account_attempts, connection.dialect.name).values(subject=subject, count=1, until=until)
    counted = put.on_conflict_do_update(index_elements=[_T.subject], set_={"count": _T.count + 1})
    count, ends_at = connection.execute(counted.returning(_T.count, _T.until)).one()
    return Attempts(count, ends_at)
