"""A lost database, back from a backup and from the ledger's published pages.

A backup is a day old at most; every sealed prediction is published within minutes. So the ledger goes on from
where the backup ends with the entries of its published pages, and none is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, make_url, select

from infra.local.backups import backup_at
from sabiscore.errors import BadPublication, BadStore, NothingPublished, Untrusted
from sabiscore.ledger.chain import PublishedHead, Verified, verify
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.publication.ledger_pages import PublishedLedger, read_ledger
from sabiscore.publication.publish import read
from sabiscore.publication.supplements import SUPPLEMENTS_DIR, read_supplements
from sabiscore.store.backup import restore
from sabiscore.store.ledger import Ledger
from sabiscore.store.schedule_tables import odds_snapshots
from sabiscore.store.session import Database

if TYPE_CHECKING:
    from sabiscore.settings import Settings
    from sabiscore.sync.session import DataDirSync

SQLITE = "sqlite:///"
_BRING = (
    "Bring the publication here first, from the bucket (`sabiscore sync pull`) or from another data folder."
)
_BESIDE = ("", "-wal", "-shm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What is in the database now, and how it stands to what was published.

    ``rows`` are those of the backup, by table; ``from_pages`` so many entries of the ledger came after them.
    ``published`` is how many entries were published, ``lost`` how many of those are missing. Prices end at
    ``newest_price_at``; the publication was made at ``published_at``. Both are None where there is nothing.
    """

    rows: Mapping[str, int]
    chain: Verified
    from_pages: int
    published: int
    newest_price_at: datetime | None
    published_at: datetime | None
    replaced: Path | None

    @property
    def lost(self) -> int:
        """Published entries of the ledger that the database has not."""
        return max(0, self.published - self.chain.entries)

    @property
    def prices_behind_s(self) -> float | None:
        """Seconds from the newest restored price to the publication; None where either is unknown."""
        if self.newest_price_at is None or self.published_at is None:
            return None
        return max(0.0, (self.published_at - self.newest_price_at).total_seconds())


def restored(
    backup: Path,
    url: str,
    publication: Path,
    heads: Sequence[PublishedHead],
    data_sync: DataDirSync | None = None,
    *,
    replace: bool = False,
) -> Restored:
    """Puts ``backup`` and what was published after it into the database at the SQLAlchemy ``url``.

    The chain is verified against ``heads`` before a SQLite file takes its place. Raises BrokenLedger,
    BadPublication, and BadStore where something is there already, unless ``replace`` moves that file aside.
    """
    published = _published(publication, data_sync)
    with (
        _target(url, replace=replace) as (target, moved),
        closing(Database(target)) as database,  # before its file is moved
    ):
        rows = restore(backup, database)
        ledger = Ledger(database)
        from_pages = ledger.continue_with(_entries(published, rows["ledger"]))
        chain = verify(ledger.checked_entries(), heads)
        with database.transaction() as connection:
            newest = connection.scalar(select(func.max(odds_snapshots.c.fetched_at)))
    return Restored(
        rows=rows,
        chain=chain,
        from_pages=from_pages,
        published=published.entries,
        newest_price_at=newest,
        published_at=_published_at(publication),
        replaced=moved(),
    )


def bring(settings: Settings, data_sync: DataDirSync) -> list[str]:
    """What a restore needs and nothing else: the newest backup and the published ledger, here now.

    Raises NothingStored without a backup, BadPublication, BucketUnavailable.
    """
    backup = backup_at(settings, data_sync, None)
    pages = _published(settings.publication, data_sync).pages
    return [f"backups/{backup.name}", *(_name(page.file.path) for page in pages)]


def _name(page: Path) -> str:
    return f"publication/{SUPPLEMENTS_DIR}/{page.name}"


def _published(publication: Path, data_sync: DataDirSync | None) -> PublishedLedger:
    """The published ledger, each of its pages at hand where the bucket has it."""
    try:
        found = read_ledger(read_supplements(publication))
    except BadPublication as error:
        raise BadPublication(
            f"What was published after the backup cannot be read. {error}", hint=_BRING
        ) from error
    if data_sync is not None:
        data_sync.files([_name(page.file.path) for page in found.pages])
    return found


def _entries(published: PublishedLedger, after: int) -> Iterator[LedgerEntry]:
    """The published entries from number ``after`` + 1 on; pages that end before are not read."""
    for page in published.pages:
        if page.last > after:
            yield from page.entries()


def _published_at(publication: Path) -> datetime | None:
    try:
        return read(publication).as_of
    except (NothingPublished, Untrusted):
        return None  # health says why


@contextmanager
def _target(url: str, *, replace: bool) -> Iterator[tuple[str, Callable[[], Path | None]]]:
    """Where to restore to, and what tells afterwards where the file that was there lies now.

    A SQLite file is made beside its place and moved there when all is well; a server's database is filled.
    """
    if make_url(url).get_backend_name() != "sqlite":
        yield url, lambda: None
        return
    final = Path(url.removeprefix(SQLITE))
    if final.exists() and not replace:
        raise BadStore(
            f"There is a database at {final} already.",
            hint="Restore elsewhere with --to FOLDER, or add --replace, which moves the file aside.",
        )
    part = final.with_name(f".{final.name}.restoring")
    _remove(part)
    moved: list[Path] = []
    try:
        yield f"{SQLITE}{part}", lambda: moved[0] if moved else None
        if final.exists():
            moved.append(_moved_aside(final))
        part.replace(final)
    finally:
        _remove(part)


def _moved_aside(file: Path) -> Path:
    """Where ``file`` and what SQLite keeps beside it lie now: under the first free name."""
    number = 1
    while (aside := file.with_name(f"{file.name}.replaced-{number}")).exists():
        number += 1
    for ending in _BESIDE:
        if (part := Path(f"{file}{ending}")).exists():
            part.replace(f"{aside}{ending}")
    return aside


def _remove(file: Path) -> None:
    for ending in _BESIDE:
        Path(f"{file}{ending}").unlink(missing_ok=True)
