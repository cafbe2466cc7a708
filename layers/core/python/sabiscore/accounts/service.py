"""What a reader does with an account: every method is blocking, and is called in a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Protocol

from sabiscore.accounts.account import SESSION_LIFE, Account, AccountStore, ApiKey, ProviderIdentity, Session
from sabiscore.accounts.api_keys import is_key, key_id_of, new_api_key
from sabiscore.accounts.attempts import AttemptLimits
from sabiscore.accounts.keys import Keyring
from sabiscore.accounts.tokens import Tokens
from sabiscore.errors import NotAllowed, Refused, SignedOut, WrongCredentials

FRESH = timedelta(minutes=10)
"""For so long a new session stands for the password of an account that has none."""


class PasswordHashes(Protocol):
    """Makes and verifies hashes of passwords."""

    def hash(self, password: str) -> str: ...

    def verify(self, kept: str | None, password: str) -> bool: ...

    def is_outdated(self, kept: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who a call is of: by a session, or by an API key, which may only read."""

    account: Account
    session: Session | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session and its newest tokens."""

    account: Account
    session: Session
    access_token: str = field(repr=False)
    session_token: str = field(repr=False)
    csrf_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountData:
    """All that is kept of an account."""

    account: Account
    sessions: Sequence[Session]
    keys: Sequence[ApiKey]
    identities: Sequence[ProviderIdentity]


class Accounts:
    """Accounts in ``store``, with tokens by ``keyring``.

    ``reused`` hears of a session that ended since an older token of it came back.
    """

    def __init__(
        self,
        store: AccountStore,
        keyring: Keyring,
        passwords: PasswordHashes,
        *,
        now: Callable[[], datetime],
        reused: Callable[[Session], None],
    ) -> None:
        self._store = store
        self._keyring = keyring
        self._passwords = passwords
        self._tokens = Tokens(keyring)
        self._limits = AttemptLimits(store, keyring)
        self._now = now
        self._reused = reused

    def sign_up(self, email: str, password: str, address: str) -> None:
        """There is an account of ``email``: this one, or the one that there was. Both take the same work.

        Raises TooManyAttempts.
        """
        now = self._now()
        self._limits.sign_up(address, now)
        kept = self._passwords.hash(password)
        self._store.add(Account(id=token_hex(16), email=email, password=kept, role="reader", created_at=now))

    def sign_in(self, email: str, password: str, address: str) -> OpenSession:
        """A new session.

        Raises WrongCredentials, after the same work for an e-mail that is not known, and TooManyAttempts.
        """
        account = self._confirmed(self._store.by_email(email), email, password, address)
        return self._opened(account)

    def sign_in_as(self, identity: ProviderIdentity) -> OpenSession:
        """A new session of whoever is ``identity``, whose account is made where there is none.

        An account that has the e-mail already is not taken over: nobody confirmed it when it was made. Raises
        Refused.
        """
        account = self._store.by_identity(identity)
        if account is None:
            account = Account(
                id=token_hex(16), email=identity.email, password=None, role="reader", created_at=self._now()
            )
            if not self._store.add(account, identity):
                raise Refused(
                    "There is an account of this e-mail already.",
                    hint="Sign in with its password, or have an operator delete it.",
                )
        return self._opened(account)

    def take_once(self, state: str) -> None:
        """Raises SignedOut for a state that was taken before."""
        self._limits.once(state, self._now())

    def refresh(self, session_token: str, csrf_token: str) -> OpenSession:
        """The session with new tokens; the older ones are good no longer.

        An older session token that comes back was copied: the session ends, for whoever has it. Raises
        SignedOut, and NotAllowed for a wrong CSRF token.
        """
        session_id, generation = self._read(session_token, csrf_token)
        now = self._now()
        session = self._store.session(session_id)
        if session is None or now >= session.expires_at:
            raise _over()
        if not self._store.rotate(session_id, generation, now):
            self._store.end_session(session_id)
            self._reused(session)
            raise _over()
        account = self._store.by_id(session.account_id)
        session = self._store.session(session_id)
        if account is None or session is None:  # it was deleted meanwhile
            raise _over()
        return self._with_tokens(account, session)

    def sign_out(self, session_token: str, csrf_token: str) -> None:
        """The session ends. Raises SignedOut, and NotAllowed for a wrong CSRF token."""
        session_id, _ = self._read(session_token, csrf_token)
        self._store.end_session(session_id)

    def authenticate(self, token: str) -> SignedIn:
        """Whose access token or API key ``token`` is. Raises SignedOut."""
        if (key_id := key_id_of(token)) is not None:
            return self._by_key(key_id, token)
        now = self._now()
        claims = self._tokens.read_access(token, now)
        session = self._store.session(claims.session_id)
        account = self._store.by_id(claims.account_id)
        if (
            account is None
            or session is None
            or session.account_id != account.id
            or now >= session.expires_at
        ):
            raise _over()
        return SignedIn(account, session)

    def change_password(
        self, signed_in: SignedIn, current: str | None, password: str, address: str
    ) -> OpenSession:
        """A new session in place of all that there were. Raises WrongCredentials and TooManyAttempts."""
        account = self._confirmed_again(signed_in, current, address)
        kept = self._passwords.hash(password)
        self._store.set_password(account.id, kept, ends_sessions=True)
        return self._opened(account)

    def delete(self, signed_in: SignedIn, password: str | None, address: str) -> None:
        """Nothing is kept of the account any more. Raises WrongCredentials and TooManyAttempts."""
        account = self._confirmed_again(signed_in, password, address)
        self._store.remove(account.id)

    def data(self, signed_in: SignedIn) -> AccountData:
        """All that is kept of the account."""
        account = require_session(signed_in)
        return AccountData(
            account,
            self._store.sessions(account.id),
            self._store.keys(account.id),
            self._store.identities(account.id),
        )

    def keys(self, signed_in: SignedIn) -> Sequence[ApiKey]:
        """The active API keys of the account."""
        return self._store.keys(require_session(signed_in).id)

    def new_key(self, signed_in: SignedIn, name: str) -> tuple[ApiKey, str]:
        """A key and its text, which is never to be had again. Raises Refused for one too many."""
        account = require_session(signed_in)
        key, text = new_api_key(self._keyring, account.id, name, self._now())
        if not self._store.add_key(key):
            raise Refused("An account has two active API keys at most.", hint="Revoke one of them first.")
        return key, text

    def revoke_key(self, signed_in: SignedIn, key_id: str) -> None:
        """The key is good no longer, or never was."""
        self._store.remove_key(require_session(signed_in).id, key_id)

    def every(self, signed_in: SignedIn) -> Sequence[Account]:
        """All accounts, for operators. Raises NotAllowed for others, by the role of this moment."""
        if require_session(signed_in).role != "operator":
            raise NotAllowed("This is for operators.", hint="See docs/accounts.md.")
        return self._store.every()

    def _confirmed(self, account: Account | None, email: str, password: str, address: str) -> Account:
        """``account``, once ``password`` is seen to be its own."""
        self._limits.password(address, email, self._now())
        is_right = self._passwords.verify(None if account is None else account.password, password)
        if account is None or account.password is None or not is_right:
            raise WrongCredentials("E-mail or password is wrong.", hint="Try again, or sign up.")
        self._limits.right(address, email)
        if self._passwords.is_outdated(account.password):
            self._store.set_password(account.id, self._passwords.hash(password), ends_sessions=False)
        return account

    def _confirmed_again(self, signed_in: SignedIn, password: str | None, address: str) -> Account:
        """The account of ``signed_in``, for what cannot be undone."""
        account, session = require_session(signed_in), signed_in.session
        if account.password is not None:
            return self._confirmed(account, account.email, password or "", address)
        if session is None or self._now() - session.created_at > FRESH:
            raise NotAllowed("You signed in too long ago for this.", hint="Sign in again first.")
        return account

    def _opened(self, account: Account) -> OpenSession:
        now = self._now()
        session = Session(
            id=token_hex(16),
            account_id=account.id,
            generation=1,
            created_at=now,
            used_at=now,
            expires_at=now + SESSION_LIFE,
        )
        self._store.add_session(session)
        return self._with_tokens(account, session)

    def _with_tokens(self, account: Account, session: Session) -> OpenSession:
        return OpenSession(
            account=account,
            session=session,
            access_token=self._tokens.access(account, session, self._now()),
            session_token=self._tokens.session(session),
            csrf_token=self._tokens.csrf(session.id),
        )

    def _read(self, session_token: str, csrf_token: str) -> tuple[str, int]:
        """(session, generation) of a cookie that came with its token against forged requests."""
        named = self._tokens.read_session(session_token)
        if named is None:
            raise _over()
        if not self._tokens.holds_csrf(named[0], csrf_token):
            raise NotAllowed(
                "The CSRF token is missing or wrong.", hint="Send the cookie of that name in X-CSRF-Token."
            )
        return named

    def _by_key(self, key_id: str, text: str) -> SignedIn:
        key = self._store.key(key_id)
        account = None if key is None else self._store.by_id(key.account_id)
        if key is None or account is None or not is_key(self._keyring, key, text):
            raise SignedOut("The API key is none of ours, or was revoked.", hint="Make another one.")
        # By the newest secret, so that a key that is used outlives the rotation of it.
        self._store.use_key(key.id, self._keyring.sign("api-key", text), self._now())
        return SignedIn(account, None)


def require_session(signed_in: SignedIn) -> Account:
    """The account of ``signed_in``. Raises NotAllowed for an API key."""
    if signed_in.session is None:
        raise NotAllowed("An API key may only read.", hint="Sign in with e-mail and password.")
    return signed_in.account


def _over() -> SignedOut:
    return SignedOut("Nobody is signed in, or the session is over.", hint="Sign in.")
