"""What a process serves from, made again where the secrets that it was made with were rotated."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sabiscore.bootstrap.stored_secrets import StoredSecrets
from sabiscore.errors import BadSetting

T = TypeVar("T")


class CurrentBootstrap(Generic[T]):
    """Gives what ``make`` makes of the environment and the secrets that this process needs.

    Nothing is read before the first call, which may wait for the store of secrets: on Lambda a process has a
    single request at a time, and that one needs them. A later call makes another where a value has changed;
    one that cannot be used leaves the former in place.
    """

    def __init__(
        self,
        make: Callable[[Mapping[str, str]], T],
        *,
        environ: Mapping[str, str] = os.environ,
        secrets: Callable[[], StoredSecrets] = StoredSecrets,
    ) -> None:
        self._make = make
        self._environ = environ
        self._new_secrets = secrets
        self._lock = threading.Lock()
        self.cache_clear()

    def __call__(self) -> T:
        """The one of now. Raises BadSetting, and SecretsUnavailable while no secret is known."""
        made = self._made
        if made is not None and (self._is_final or not self._secrets.is_due()):
            return made
        with self._lock:
            return self._renewed()

    def made(self) -> T | None:
        """The one that was made last, whatever became of its secrets; None before the first."""
        return self._made

    def trouble(self) -> str | None:
        """Why older settings than the newest are in use, for anybody to read; None where they are not."""
        return self._rejected or self._secrets.trouble()

    def cache_clear(self) -> None:
        """Forgets everything: the next call is that of a new process."""
        self._made: T | None = None
        self._made_of: Mapping[str, str] = {}
        self._is_final = False
        self._rejected: str | None = None
        self._secrets = self._new_secrets()

    def _renewed(self) -> T:
        environ = self._secrets.complete(self._environ)
        if self._made is None:
            return self._replaced(environ)
        if environ == self._made_of:
            self._rejected = None
            return self._made
        try:
            return self._replaced(environ)
        except BadSetting as error:
            self._rejected = _rejection(error)
            return self._made

    def _replaced(self, environ: Mapping[str, str]) -> T:
        try:
            made = self._make(environ)
        except BadSetting:
            self._secrets.reject()
            raise
        self._made, self._made_of, self._rejected = made, environ, None
        self._is_final = not self._secrets.are_read
        return made


def _rejection(error: BadSetting) -> str:
    """What anybody may read of a rotation to a value that cannot be used; logged once for each setting."""
    from sabiscore.observability.log import log_bad_setting  # Powertools, only when there is something to say

    log_bad_setting(error.setting, error.hint)
    return f"The new value of {error.setting or 'a setting'} cannot be used; the former settings serve."
