"""Every setting, read once at start from the environment, with one prefix.

| variable | default | meaning |
|---|---|---|
| ``SABISCORE_HOME`` | ``.sabiscore/real`` | the store, the season archive, bundles and publications |
| ``DATABASE_URL`` | SQLite file in the home folder | SQLAlchemy URL of the store |
| ``SABISCORE_LOG_LEVEL`` | ``INFO`` | least level that is logged |
| ``UPSTASH_REDIS_REST_URL`` | unset | where the shared cache answers over REST; unset: memory only |
| ``UPSTASH_REDIS_REST_TOKEN`` | unset | its token |
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sabiscore.errors import BadSetting

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Settings:
    """The validated settings of one process. The database URL may hold a password: no repr."""

    home: Path
    database_url: str = field(repr=False)
    log_level: str = "INFO"
    cache_url: str | None = None
    cache_token: str = field(default="", repr=False)

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
    return Settings(home, store, level, *_shared_cache(environ))


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
