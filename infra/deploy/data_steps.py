"""What the functions read: the bucket that a fleet shares, and the database's tables."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from infra.deploy.aws import Aws, Stack
from infra.deploy.clouds import Clouds
from sabiscore.settings import read_settings

if TYPE_CHECKING:
    from sabiscore.sync.session import DataDirSync

TO_PUSH = ("newer here", "missing there", "damaged there")
"""States of a pointer that a push mends. What is newer there, or changed on both sides, is the fleet's."""


def synced(aws: Aws, stack: Stack, data_dir: Path) -> DataDirSync:
    """``data_dir`` and the bucket of ``stack``."""
    from sabiscore.sync.factory import sync_of

    found = sync_of(
        read_settings({**aws.environ(), "SABISCORE_HOME": str(data_dir), "SABISCORE_BUCKET": stack.bucket}),
        lambda _: None,
    )
    if found is None:
        raise AssertionError("a bucket is set")
    return found


@dataclass(frozen=True, slots=True)
class SharedDataDir:
    """The bucket, filled from the data folder of this machine until the fleet has something newer."""

    clouds: Clouds
    name: str = "bucket"
    changes: str = "takes what is newer in this data folder to the bucket"

    def is_done(self) -> bool:
        stack = self.clouds.aws.stack()
        return stack is not None and not self._states(stack) & {*TO_PUSH}

    def run(self) -> None:
        stack = self.clouds.stack()
        again = bool(self._states(stack) & {"missing there", "damaged there"})
        self._synced(stack).push(again=again)

    def _states(self, stack: Stack) -> set[str]:
        return {str(status.state) for status in self._synced(stack).status()}

    def _synced(self, stack: Stack) -> DataDirSync:
        return synced(self.clouds.aws, stack, self.clouds.data_dir)


@dataclass(frozen=True, slots=True)
class Migrations:
    """The database's tables as this code reads them.

    After the functions: those from before would refuse a database that is newer than they know.
    """

    clouds: Clouds
    name: str = "migrations"
    changes: str = "brings the database to the tables of this version"

    def is_done(self) -> bool:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        from sabiscore.store.connection import clear_errors
        from sabiscore.store.upgrade import is_ready, version

        url = self._url()
        if url is None:
            return True
        engine = create_engine(url, poolclass=NullPool)
        with clear_errors(engine.url), engine.connect() as connection:
            return is_ready(version(connection))

    def run(self) -> None:
        from sabiscore.store.session import Database

        url = self._url()
        if url is not None:
            with closing(Database(url)) as database, database.transaction():
                pass  # the first transaction migrates

    def _url(self) -> str | None:
        given = self.clouds.parameters.values().get("DATABASE_URL")
        return read_settings({"DATABASE_URL": given}).database_url if given else None
