"""Settings that a function reads from the store of secrets when it runs, instead of from its environment.

``SABISCORE_SECRETS`` is the path of its parameters, and ``SABISCORE_SECRET_NAMES`` says which of them this
function needs. What the environment holds itself is not asked for. Decision:
docs/decisions/secrets-at-run-time.md.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from math import inf

from sabiscore.errors import BadSetting, SecretsUnavailable
from sabiscore.settings import RENAMED

SECRETS, SECRET_NAMES = "SABISCORE_SECRETS", "SABISCORE_SECRET_NAMES"

SECRETS_LIFE_S = 900.0
"""A rotation is everywhere within a quarter of an hour; a thousand instances that read so often make 1.1
calls a second, of the 40 that AWS allows an account (Systems Manager's default quota)."""
FIRST_READ_S = 3.0
"""Of a read that a cold start waits for: a call that hangs and another one, within the 12 s of a function."""
READ_AGAIN_S = 1.0
"""Of a read while there are older values to go on with."""
COOL_DOWN_S = 10.0
"""The store is left alone for so long after it gave nothing, or values that cannot be used."""
OLDER_COOL_DOWN_S = 60.0
"""The same while older values serve: one reader a minute waits for ``READ_AGAIN_S``."""

_PATH = re.compile(r"(/[A-Za-z0-9_.-]{1,100}){1,5}")
_NAME = re.compile(r"[A-Z][A-Z0-9_]{2,80}")
_PREFIX = "SABISCORE_"
_OF_OTHERS = frozenset({"DATABASE_URL", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN"})
_OLD_NAMES = {new: old for old, new in RENAMED.items()}

ReadParameters = Callable[[Mapping[str, str], Sequence[str], float], Mapping[str, str]]
"""(environment, names of parameters, seconds) → the values of those that there are."""


def read_parameters(environ: Mapping[str, str], names: Sequence[str], deadline_s: float) -> dict[str, str]:
    """The values from AWS Systems Manager. Raises SecretsUnavailable, and BadSetting without credentials."""
    # The HTTP client and its signer: for a function that has secrets to read, when it reads them.
    from sabiscore.net.aws_account import AwsAccount
    from sabiscore.net.parameter_store import ParameterReader

    return ParameterReader(AwsAccount.read(environ, "ssm", SECRETS)).get(names, deadline_s)


def parameters_of(environ: Mapping[str, str]) -> dict[str, str]:
    """Name of a parameter → the setting that it holds, of all that ``environ`` asks for.

    A parameter is named as its setting is, without ``SABISCORE_``; the keys of sources keep that. Raises
    BadSetting.

    >>> parameters_of({"SABISCORE_SECRETS": "/sabiscore/test", "SABISCORE_SECRET_NAMES": "CRON_SECRET"})
    {'/sabiscore/test/CRON_SECRET': 'SABISCORE_CRON_SECRET'}
    """
    path = environ.get(SECRETS, "").rstrip("/")
    if not path:
        return {}
    if not _PATH.fullmatch(path):
        raise BadSetting(
            f"{SECRETS} is no path of parameters.", hint="Set it like /sabiscore/production.", setting=SECRETS
        )
    names = environ.get(SECRET_NAMES, "").split()
    if not names or not all(map(_NAME.fullmatch, names)):
        raise BadSetting(
            f"{SECRETS} is set, but {SECRET_NAMES} does not name parameters.",
            hint="Set it to names without the path, separated by spaces, like EDGE_SECRET DATABASE_URL.",
            setting=SECRET_NAMES,
        )
    return {f"{path}/{name}": _setting(name) for name in names}


def _setting(name: str) -> str:
    return name if name in _OF_OTHERS or name.startswith(_PREFIX) else f"{_PREFIX}{name}"


class StoredSecrets:
    """The values of the parameters that an environment asks for, in the memory of this process.

    They are read when they are first needed, and anew when they are ``SECRETS_LIFE_S`` old. While the store
    gives nothing the older ones stay in use, and it is asked again after a pause. ``now`` gives the seconds
    since 1970.
    """

    def __init__(self, read: ReadParameters = read_parameters, now: Callable[[], float] = time.time) -> None:
        self._read = read
        self._now = now
        self._values: Mapping[str, str] | None = None
        self._read_at = 0.0
        self._failed: SecretsUnavailable | None = None
        self._looked_at, self._pause_s = 0.0, 0.0
        self._announced = False

    @property
    def are_read(self) -> bool:
        """Whether the store is asked at all: not where the environment holds everything itself."""
        return self._pause_s != inf

    def is_due(self) -> bool:
        """Whether the store is to be asked."""
        # A clock that was set back must not put the next read off.
        return not self._looked_at <= self._now() < self._looked_at + self._pause_s

    def complete(self, environ: Mapping[str, str]) -> dict[str, str]:
        """``environ`` with the values that it does not hold itself, of the parameters that there are.

        Raises SecretsUnavailable while none are known, and BadSetting.
        """
        wanted = self._wanted(environ)
        if not wanted:
            self._rest(inf)
            return dict(environ)
        if self.is_due():
            self._look(environ, list(wanted))
        if self._values is None:
            raise _again(self._failed)
        return {**environ, **{wanted[name]: value for name, value in self._values.items() if name in wanted}}

    def reject(self) -> None:
        """The values that were read last cannot be used: they are read again before long."""
        self._pause_s = min(self._pause_s, COOL_DOWN_S)

    def trouble(self) -> str | None:
        """What anybody may read of the last read when it failed; None when it did not."""
        if self._failed is None or self._values is None:
            return None
        age_s = max(0, int(self._now() - self._read_at))
        return f"The store of secrets does not answer; the settings of {age_s} seconds ago serve."

    def _wanted(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Parameter → setting, of those that ``environ`` does not hold itself; the others are logged."""
        settings = parameters_of(environ)
        own = {setting for setting in settings.values() if _holds(environ, setting)}
        if own and not self._announced:
            self._announced = True
            _announce(sorted(own))
        return {name: setting for name, setting in settings.items() if setting not in own}

    def _look(self, environ: Mapping[str, str], names: Sequence[str]) -> None:
        first = self._values is None
        try:
            self._values = self._read(environ, names, FIRST_READ_S if first else READ_AGAIN_S)
            self._failed, self._read_at = None, self._now()
            self._rest(SECRETS_LIFE_S)
        except SecretsUnavailable as error:
            self._failed = error
            self._rest(COOL_DOWN_S if first else OLDER_COOL_DOWN_S)
            _warn(error)

    def _rest(self, seconds: float) -> None:
        self._looked_at, self._pause_s = self._now(), seconds


def _again(failed: SecretsUnavailable | None) -> SecretsUnavailable:
    """What the last read met, for a request of the pause after it: an error that is raised twice grows."""
    return SecretsUnavailable(str(failed), hint=failed.hint if failed else "")


def _holds(environ: Mapping[str, str], setting: str) -> bool:
    names = (setting, _OLD_NAMES.get(setting, setting))
    return any(environ.get(name, "").strip() for name in names)


def _announce(settings: Sequence[str]) -> None:
    from sabiscore.observability.log import log  # Powertools, only when there is something to say

    log().info("the environment wins over the store of secrets", extra={"settings": settings})


def _warn(error: SecretsUnavailable) -> None:
    from sabiscore.observability.log import log  # as above

    log().warning(
        "the secrets could not be read",
        extra={"setting": SECRETS, "reason": str(error), "hint": error.hint},
    )
