"""Accounts in memory, for tests of what is above the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher

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
from sabiscore.accounts.keys import Keyring
from sabiscore.accounts.openid import OpenIdProvider, ProviderSettings
from sabiscore.accounts.passwords import Passwords
from sabiscore.accounts.service import Accounts
from sabiscore.clock import Clock
from tests.support.accounts import CHEAP, SECRET


class MemoryAccountStore:
    """An ``AccountStore`` in dicts."""

    def __init__(self) -> None:
        self._accounts: dict[str, Account] = {}
        self._identities: dict[tuple[str, str], tuple[str, ProviderIdentity]] = {}
        self._sessions: dict[str, Session] = {}
        self._keys: dict[str, ApiKey] = {}
        self._attempts: dict[str, Attempts] = {}

    def add(self, account: Account, identity: ProviderIdentity | None = None) -> bool:
        if self.by_email(account.email) is not None:
            return False
        self._accounts[account.id] = account
        if identity is not None:
            self._identities[identity.issuer, identity.subject] = account.id, identity
        return True

    def by_identity(self, identity: ProviderIdentity) -> Account | None:
        account_id, _ = self._identities.get((identity.issuer, identity.subject), ("", identity))
        return self.by_id(account_id)

    def identities(self, account_id: str) -> Sequence[ProviderIdentity]:
        own = [identity for owner, identity in self._identities.values() if owner == account_id]
        return sorted(own, key=lambda each: (each.issuer, each.subject))

    def by_email(self, email: str) -> Account | None:
        return next((each for each in self._accounts.values() if each.email == email), None)

    def by_id(self, account_id: str) -> Account | None:
        return self._accounts.get(account_id)

    def every(self) -> Sequence[Account]:
        return sorted(self._accounts.values(), key=lambda account: (account.created_at, account.id))

    def set_password(self, account_id: str, password: str, *, ends_sessions: bool) -> None:
        self._accounts[account_id] = replace(self._accounts[account_id], password=password)
        if ends_sessions:
            self._sessions = {i: each for i, each in self._sessions.items() if each.account_id != account_id}

    def set_role(self, account_id: str, role: Role) -> None:
        self._accounts[account_id] = replace(self._accounts[account_id], role=role)

    def remove(self, account_id: str) -> None:
        self._accounts.pop(account_id, None)
        self._identities = {i: each for i, each in self._identities.items() if each[0] != account_id}
        self._sessions = {i: each for i, each in self._sessions.items() if each.account_id != account_id}
        self._keys = {i: each for i, each in self._keys.items() if each.account_id != account_id}

    def add_session(self, session: Session) -> None:
        kept = [each for each in self._sessions.values() if each.expires_at > session.created_at]
        self._sessions = {each.id: each for each in [*kept, session]}
        newest = sorted(self.sessions(session.account_id), key=lambda each: each.used_at, reverse=True)
        for each in newest[MOST_SESSIONS:]:
            del self._sessions[each.id]

    def session(self, session_id: str) -> Session | None:
        return self._sessions.get(session_id)

    def sessions(self, account_id: str) -> Sequence[Session]:
        own = [each for each in self._sessions.values() if each.account_id == account_id]
        return sorted(own, key=lambda each: each.created_at)

    def rotate(self, session_id: str, generation: int, at: datetime) -> bool:
        session = self._sessions.get(session_id)
        if session is None or session.generation != generation:
            return False
        self._sessions[session_id] = replace(session, generation=generation + 1, used_at=at)
        return True

    def end_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)

    def add_key(self, key: ApiKey) -> bool:
        if len(self.keys(key.account_id)) >= MOST_API_KEYS:
            return False
        self._keys[key.id] = key
        return True

    def key(self, key_id: str) -> ApiKey | None:
        return self._keys.get(key_id)

    def keys(self, account_id: str) -> Sequence[ApiKey]:
        own = [each for each in self._keys.values() if each.account_id == account_id]
        return sorted(own, key=lambda each: (each.created_at, each.id))

    def use_key(self, key_id: str, digest: str, at: datetime) -> None:
        self._keys[key_id] = replace(self._keys[key_id], digest=digest, used_at=at)

    def remove_key(self, account_id: str, key_id: str) -> bool:
        if key_id not in {key.id for key in self.keys(account_id)}:
            return False
        del self._keys[key_id]
        return True

    def attempt(self, subject: str, at: datetime, window: timedelta) -> Attempts:
        before = self._attempts.get(subject)
        if before is None or before.until <= at:
            before = Attempts(0, at + window)
        self._attempts[subject] = Attempts(before.count + 1, before.until)
        return self._attempts[subject]

    def forgive(self, subject: str, attempts: int | None = None) -> None:
        before = self._attempts.get(subject)
        if before is None or attempts is None:
            self._attempts.pop(subject, None)
        else:
            self._attempts[subject] = replace(before, count=max(0, before.count - attempts))


def accounts_in_memory(clock: Clock) -> Accounts:
    """Accounts that end with the process, whose passwords cost little."""
    passwords = Passwords(PasswordHasher.from_parameters(CHEAP))
    reused: list[Session] = []
    return Accounts(MemoryAccountStore(), Keyring([SECRET]), passwords, now=clock.now, reused=reused.append)


def provider_in_memory(clock: Clock) -> OpenIdProvider:
    """A provider that takes no code."""
    settings = ProviderSettings(
        issuer="https://id.example.com",
        client_id="sabiscore",
        client_secret="client-secret",
        redirect_uri="https://edge.example.com/api/v1/account/openid/callback",
    )
    published = {
        "issuer": settings.issuer,
        "authorization_endpoint": "https://id.example.com/authorize",
        "token_endpoint": "https://id.example.com/token",
        "jwks_uri": "https://id.example.com/keys",
    }
    return OpenIdProvider(
        settings, Keyring([SECRET]), lambda _, form: published if form is None else None, now=clock.now
    )
