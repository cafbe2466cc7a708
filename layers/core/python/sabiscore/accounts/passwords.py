"""Passwords as argon2id hashes, with bounded memory and the same work for who is not known."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from sabiscore.errors import Overloaded

AT_ONCE = 2
"""Hashes of a process at a time: each takes 64 MiB."""
PATIENCE_S = 4.0


class Passwords:
    """Hashes passwords and verifies them. Both raise Overloaded while too many others are worked on."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        # Verified against for an address that has no account, so that it costs what another one does.
        self._nobody = self._hasher.hash(token_urlsafe())

    def hash(self, password: str) -> str:
        """The hash to keep."""
        with self._turn():
            return self._hasher.hash(_normal(password))

    def verify(self, kept: str | None, password: str) -> bool:
        """Whether ``password`` is the one that ``kept`` was made of; never for None, at the same cost."""
        with self._turn():
            try:
                return self._hasher.verify(kept or self._nobody, _normal(password)) and kept is not None
            except (VerificationError, InvalidHashError):
                return False

    def is_outdated(self, kept: str) -> bool:
        """Whether it was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE_S):
            raise Overloaded("Too many passwords are verified at this moment.", hint="Try again in a second.")
        try:
            yield
        finally:
            self._turns.release()


def _normal(password: str) -> str:
    """One spelling of letters that keyboards write differently (NFC and NFD)."""
    return unicodedata.normalize("NFC", password)
