"""Every setting, read once at start from the environment, with one prefix.

| variable | default | meaning |
|---|---|---|
| ``SABISCORE_HOME`` | ``.sabiscore/real`` | the store, the season archive, bundles and publications |
| ``DATABASE_URL`` | SQLite file in the home folder | SQLAlchemy URL of the store |
| ``SABISCORE_LOG_LEVEL`` | ``INFO`` | least level that is logged |
| ``UPSTASH_REDIS_REST_URL`` | unset | where the shared cache answers over REST; unset: memory only |
| ``UPSTASH_REDIS_REST_TOKEN`` | unset | its token |
| ``SABISCORE_QUOTAS`` | each source's free plan | calls that plans allow, like ``api-football=7500/day`` |
| ``SABISCORE_KEEP_REPLIES_MB`` | ``0`` | megabytes of raw replies kept in the home folder |

Keys and feeds of sources are settings too; each source names its own (``sources/registry.py``).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from sabiscore.errors import BadSetting

Quota = tuple[int, Literal["day", "month"]]
"""Calls, and the period in which they may be made."""

SHORTEST_VALUE, LONGEST_VALUE = 6, 2_000
"""Characters of a key; a shorter one could not be kept out of logs without tearing holes into them."""
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """The validated settings of one process. The database URL may hold a password: no repr."""

    home: Path
    database_url: str = field(repr=False)
    log_level: str = "INFO"
    cache_url: str | None = None
    cache_token: str = field(default="", repr=False)
    quotas: Mapping[str, Quota] = field(default_factory=dict)
    keep_replies_mb: int = 0
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where ``of_sources`` looks; each source knows the names of its keys and feeds."""

    def of_sources(self, names: Iterable[str]) -> dict[str, str]:
        """Those of the keys and feeds ``names`` that are set; one that is empty counts as unset.

        Raises BadSetting, which never quotes the value.
        """
        found = {name: value for name in names if (value := self.environ.get(name, "").strip())}
        for name, value in found.items():
            usable = value.isascii() and value.isprintable()
            if not usable or not SHORTEST_VALUE <= len(value) <= LONGEST_VALUE:
                raise BadSetting(
                    f"{name} holds what no key and no address has.", hint="Copy it again from its provider."
                )
        return found

    @property
    def archive(self) -> Path:
        return self.home / "archive"

    @property
    def registry(self) -> Path:
        return self.home / "models"

    @property
    def publication(self) -> Path:
        return self.home / "publication"


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that ``environ`` (the process's own by default) asks for.

    Raises BadSetting naming the variable and what it takes.
    """
    environ = os.environ if environ is None else environ
    home = Path(environ.get("SABISCORE_HOME", ".sabiscore/real"))
    level = environ.get("SABISCORE_LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise BadSetting(
            f"SABISCORE_LOG_LEVEL is {level!r}.", hint=f"Set it to one of {', '.join(LOG_LEVELS)}."
        )
    url = environ.get("DATABASE_URL", f"sqlite:///{home / 'sabiscore.db'}")
    if not url.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
        raise BadSetting(
            "DATABASE_URL is neither SQLite nor PostgreSQL.",
            hint="Use postgresql://user:password@host/database, or leave it unset for a SQLite file.",
        )
    store = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return Settings(
        home,
        store,
        level,
        *_shared_cache(environ),
        quotas=_quotas(environ.get("SABISCORE_QUOTAS", "")),
        keep_replies_mb=_megabytes(environ.get("SABISCORE_KEEP_REPLIES_MB", "0")),
        environ=dict(environ),
    )


def _shared_cache(environ: Mapping[str, str]) -> tuple[str | None, str]:
    """(URL, token); (None, "") when there is none."""
    url = environ.get("UPSTASH_REDIS_REST_URL", "").rstrip("/")
    token = environ.get("UPSTASH_REDIS_REST_TOKEN", "")
    if not url and not token:
        return None, ""
    if not url.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
        raise BadSetting(
            "UPSTASH_REDIS_REST_URL is not an https address.",
            hint="Copy it from Upstash's console; leave it and the token unset to share nothing.",
        )
    if not token.isascii() or not token.isprintable() or not token.strip():
        raise BadSetting(
            "UPSTASH_REDIS_REST_TOKEN is missing or not a token.",
            hint="Copy it from Upstash's console, beside the address.",
        )
    return url, token


def _quotas(text: str) -> dict[str, Quota]:
    """Source → quota, of a list like ``the-odds-api=20000/month, api-football=7500/day``."""
    found: dict[str, Quota] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([a-z0-9.-]+)=([1-9]\d{0,8})/(day|month)", part, re.ASCII)
        if match is None:
            raise BadSetting(
                f"SABISCORE_QUOTAS has the part {part[:40]!r}.",
                hint="Write it like the-odds-api=20000/month, api-football=7500/day.",
            )
        found[match[1]] = int(match[2]), "day" if match[3] == "day" else "month"
    return found


def _megabytes(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text, re.ASCII):
        raise BadSetting(
            f"SABISCORE_KEEP_REPLIES_MB is {text[:20]!r}.",
            hint="Set it to a whole number of megabytes, or 0.",
        )
    return int(text)
