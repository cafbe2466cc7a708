"""How often an address may try, and how often an account may be tried."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from sabiscore.accounts.account import AccountStore
from sabiscore.accounts.keys import Keyring
from sabiscore.errors import SignedOut, TooManyAttempts

WINDOW = timedelta(minutes=15)
MOST_OF_ADDRESS, MOST_OF_ACCOUNT = 20, 10
"""Passwords that turn out wrong within WINDOW."""
SIGN_UP_WINDOW = timedelta(hours=1)
MOST_SIGN_UPS = 5
"""Of an address within SIGN_UP_WINDOW."""


class AttemptLimits:
    """Counts before a password is verified, so that many at once are no way round it.

    Whom a count is of is kept as an HMAC: the table tells of no address and no e-mail. An e-mail is counted
    whether it has an account or not.
    """

    def __init__(self, store: AccountStore, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring

    def sign_up(self, address: str, at: datetime) -> None:
        """Raises TooManyAttempts."""
        self._count(f"sign-up:{address}", at, SIGN_UP_WINDOW, MOST_SIGN_UPS)

    def password(self, address: str, email: str, at: datetime) -> None:
        """Raises TooManyAttempts."""
        self._count(f"address:{address}", at, WINDOW, MOST_OF_ADDRESS)
        self._count(f"email:{email}", at, WINDOW, MOST_OF_ACCOUNT)

    def right(self, address: str, email: str) -> None:
        """The password was right: no attempt of the address, and the account has none any more."""
        self._store.forgive(self._subject(f"address:{address}"), 1)
        self._store.forgive(self._subject(f"email:{email}"))

    def once(self, state: str, at: datetime) -> None:
        """Raises SignedOut for a state that came back before."""
        if self._store.attempt(self._subject(f"state:{state}"), at, WINDOW).count > 1:
            raise SignedOut("This was used to sign in before.", hint="Begin again.")

    def _count(self, subject: str, at: datetime, window: timedelta, most: int) -> None:
        attempts = self._store.attempt(self._subject(subject), at, window)
        if attempts.count > most:
            wait_s = max(1, ceil((attempts.until - at).total_seconds()))
            raise TooManyAttempts(
                "Too many attempts.", hint=f"Try again in {wait_s} s.", retry_after_s=wait_s
            )

    def _subject(self, subject: str) -> str:
        return self._keyring.sign("attempt", subject)[:40]
