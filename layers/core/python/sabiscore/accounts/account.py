"""What is kept of a reader who has an account, and where."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, Protocol

Role = Literal["reader", "operator"]
ROLES: tuple[Role, ...] = ("reader", "operator")

LONGEST_EMAIL = 254
EMAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
"""An address as it is kept: HTML's own pattern, in small letters, of a host with a dot."""

SESSION_LIFE = timedelta(days=30)
MOST_SESSIONS = 20
"""Of an account; the one that was used least lately ends."""
MOST_API_KEYS = 2
"""Active ones of an account: the one in use, and the one that takes its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A reader by e-mail. ``password`` is a hash; None where there is none to sign in with."""

    id: str
    email: str
    password: str | None = field(repr=False)
    role: Role
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A browser that is signed in; only its token of ``generation`` is good."""

    id: str
    account_id: str
    generation: int
    created_at: datetime
    used_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key of a program; ``digest`` is an HMAC of it."""

    id: str
    account_id: str
    name: str
    digest: str = field(repr=False)
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIdentity:
    """Who somebody is at an OpenID provider, and the e-mail that it has confirmed."""

    issuer: str
    subject: str
    email: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """How many attempts ``count`` has by now, in a window that ends at ``until``."""

    count: int
    until: datetime


class AccountStore(Protocol):
    """Where accounts are kept. Each method is all or nothing, and raises StoreUnavailable."""

    def add(self, account: Account, identity: ProviderIdentity | None = None) -> bool:
        """Whether it is kept; not where its e-mail has an account already, which stays as it is.

        Whoever is ``identity`` at its issuer is the account's reader.
        """
        ...

    def by_identity(self, identity: ProviderIdentity) -> Account | None: ...

    def identities(self, account_id: str) -> Sequence[ProviderIdentity]: ...

    def by_email(self, email: str) -> Account | None: ...

    def by_id(self, account_id: str) -> Account | None: ...

    def every(self) -> Sequence[Account]:
        """All of them, the oldest first."""
        ...

    def set_password(self, account_id: str, password: str, *, ends_sessions: bool) -> None:
        """``password`` is the hash from now on."""
        ...

    def set_role(self, account_id: str, role: Role) -> None: ...

    def remove(self, account_id: str) -> None:
        """The account is gone, with its sessions and keys."""
        ...

    def add_session(self, session: Session) -> None:
        """Keeps it; what has expired by its ``created_at`` goes, and what is beyond MOST_SESSIONS."""
        ...

    def session(self, session_id: str) -> Session | None: ...

    def sessions(self, account_id: str) -> Sequence[Session]: ...

    def rotate(self, session_id: str, generation: int, at: datetime) -> bool:
        """Whether ``generation`` was the newest: the one after it is now. One of two that race gets True."""
        ...

    def end_session(self, session_id: str) -> None: ...

    def add_key(self, key: ApiKey) -> bool:
        """Whether there was room: an account has MOST_API_KEYS at most, however many ask at once."""
        ...

    def key(self, key_id: str) -> ApiKey | None: ...

    def keys(self, account_id: str) -> Sequence[ApiKey]: ...

    def use_key(self, key_id: str, digest: str, at: datetime) -> None:
        """The key was used, and ``digest`` is what it is known by from now on."""
        ...

    def remove_key(self, account_id: str, key_id: str) -> bool:
        """Whether the account had it; it is gone."""
        ...

    def attempt(self, subject: str, at: datetime, window: timedelta) -> Attempts:
        """Counts an attempt of ``subject``, the first of a new window where the last one is over."""
        ...

    def forgive(self, subject: str, attempts: int | None = None) -> None:
        """Takes ``attempts`` of ``subject`` back; all of them for None."""
        ...


def email_of(text: str) -> str:
    """``text`` as an e-mail address is kept. Raises ValueError for what is none.

    >>> email_of(" Reader@Example.com ")
    'reader@example.com'
    """
    email = text.strip().lower()
    if len(email) > LONGEST_EMAIL or not EMAIL.fullmatch(email):
        raise ValueError("an e-mail address is written name@example.com")
    return email
