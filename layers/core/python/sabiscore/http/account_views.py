"""Models of the answers about accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sabiscore.accounts.account import Account, ApiKey, ProviderIdentity, Session
from sabiscore.accounts.service import AccountData, OpenSession
from sabiscore.insights.document import Document


class AccountView(Document):
    """An account."""

    id: str
    email: str
    role: Literal["reader", "operator"]
    created_at: datetime

    @classmethod
    def of(cls, account: Account) -> AccountView:
        return cls(id=account.id, email=account.email, role=account.role, created_at=account.created_at)


class AccountList(Document):
    """Every account, the oldest first."""

    accounts: tuple[AccountView, ...]


class SignUpTaken(Document):
    """The same whether the e-mail had an account or not."""

    status: Literal["taken"] = "taken"
    hint: str = "If the e-mail had no account, it has this one now: sign in."


class SessionView(Document):
    """Somebody is signed in."""

    account: AccountView
    access_token: str = Field(repr=False, description="For `Authorization: Bearer …`, ten minutes long.")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the word of RFC 6749
    expires_in: int = Field(ge=0, description="Seconds until the access token is over: refresh by then.")
    csrf_token: str = Field(repr=False, description="For `X-CSRF-Token` of calls by cookie.")

    @classmethod
    def of(cls, opened: OpenSession, expires_in: int) -> SessionView:
        return cls(
            account=AccountView.of(opened.account),
            access_token=opened.access_token,
            expires_in=expires_in,
            csrf_token=opened.csrf_token,
        )


class SessionEnded(Document):
    """Nobody is signed in by this browser any more."""

    status: Literal["signed out", "deleted"]


class ApiKeyView(Document):
    """An API key, without what it is."""

    id: str
    name: str
    created_at: datetime
    used_at: datetime | None = Field(description="`null`: it was never used.")

    @classmethod
    def of(cls, key: ApiKey) -> ApiKeyView:
        return cls(id=key.id, name=key.name, created_at=key.created_at, used_at=key.used_at)


class ApiKeyList(Document):
    """The active API keys of an account: two at most."""

    keys: tuple[ApiKeyView, ...]

    @classmethod
    def of(cls, keys: tuple[ApiKey, ...]) -> ApiKeyList:
        return cls(keys=tuple(ApiKeyView.of(key) for key in keys))


class NewApiKey(Document):
    """An API key as it is shown once."""

    key: ApiKeyView
    secret: str = Field(repr=False, description="For `Authorization: Bearer …`; it is never shown again.")


class SessionFacts(Document):
    """A browser that is signed in."""

    created_at: datetime
    used_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, session: Session) -> SessionFacts:
        return cls(created_at=session.created_at, used_at=session.used_at, expires_at=session.expires_at)


class IdentityFacts(Document):
    """Who a reader is at an OpenID provider."""

    issuer: str
    subject: str
    email: str = Field(description="As the provider had confirmed it when the account was made.")

    @classmethod
    def of(cls, identity: ProviderIdentity) -> IdentityFacts:
        return cls(issuer=identity.issuer, subject=identity.subject, email=identity.email)


class Departure(Document):
    """Where a reader signs in."""

    location: str = Field(description="The OpenID provider's address, for this browser and ten minutes.")


class AccountExport(Document):
    """All that is kept of an account, but for the hash of its password and the digests of its keys."""

    account: AccountView
    sessions: tuple[SessionFacts, ...]
    keys: tuple[ApiKeyView, ...]
    identities: tuple[IdentityFacts, ...]

    @classmethod
    def of(cls, data: AccountData) -> AccountExport:
        return cls(
            account=AccountView.of(data.account),
            sessions=tuple(SessionFacts.of(session) for session in data.sessions),
            keys=tuple(ApiKeyView.of(key) for key in data.keys),
            identities=tuple(IdentityFacts.of(identity) for identity in data.identities),
        )
