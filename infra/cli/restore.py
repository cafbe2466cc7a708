"""``sabiscore restore``: a lost database, back from a backup and the published ledger."""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.cli.options import AsJson, Simulated, answer, kind_from, table
from infra.cli.sync import sync_at
from sabiscore.errors import BadSetting

if TYPE_CHECKING:
    from infra.local.restoration import Restored
    from sabiscore.settings import Settings
    from sabiscore.sync.session import DataDirSync

NEXT = "Next: sabiscore ingest --data DIR (season files), then sabiscore cron stats and sabiscore cron odds."


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(restore)


def restore(
    listed: Annotated[
        bool, typer.Option("--list", help="Show the backups there are, and restore none.")
    ] = False,
    backup: Annotated[
        str | None, typer.Option("--from", metavar="BACKUP", help="A day or a file; the newest by default.")
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="FOLDER|URL", help="A folder or a DATABASE_URL; DATABASE_URL by default."
        ),
    ] = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a database file that is there aside; it is not removed.")
    ] = False,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Brings a lost database back: the newest backup, and the ledger as it was published after it.

    Nothing that is there is overwritten. The ledger's chain is verified against every published head.
    """
    from infra.local.data_dirs import data_dir_settings

    settings = data_dir_settings(kind_from(simulated))
    data_sync = sync_at(settings)
    if listed:
        _list(settings, data_sync, as_json)
        return
    began = time.monotonic()
    if data_sync is not None:
        data_sync.pull()
    document = _restored(settings, data_sync, backup, _url(settings, to), replace=replace)
    document["took_s"] = round(time.monotonic() - began, 2)
    if as_json:
        answer(document)
    else:
        _say(document)


def _list(settings: Settings, data_sync: DataDirSync | None, as_json: bool) -> None:
    from infra.local.backups import TAKE, backups

    found = backups(settings, data_sync)
    if as_json:
        answer([asdict(backup) for backup in found])
    elif found:
        table(("day", "where", "bytes"), [(each.day, each.place, str(each.bytes)) for each in found])
    else:
        typer.echo(f"There is no backup yet. {TAKE}")


def _url(settings: Settings, to: str | None) -> str:
    """The SQLAlchemy URL that ``to`` names: a database's, or that of a file in a folder."""
    from sabiscore.settings import path_of, read_settings

    if to is None:
        return settings.database_url
    if "://" in to:
        return read_settings({"DATABASE_URL": to}).database_url
    folder = path_of("--to", to)
    if folder.is_file():
        raise BadSetting(f"--to is {to[:80]!r}, which is a file.", hint="Name a folder, or a DATABASE_URL.")
    return f"sqlite:///{folder / 'sabiscore.db'}"


def _restored(
    settings: Settings, data_sync: DataDirSync | None, wanted: str | None, url: str, *, replace: bool
) -> dict[str, Any]:
    from infra.cli.ledger import heads_of
    from infra.local.backups import backup_at
    from infra.local.restoration import restored

    path = backup_at(settings, data_sync, wanted)
    found = restored(path, url, settings.publication, heads_of(settings), data_sync, replace=replace)
    return _plain(found, path, url)


def _plain(found: Restored, backup: Path, url: str) -> dict[str, Any]:
    from sqlalchemy import make_url

    return {
        "backup": str(backup),
        "database": make_url(url).render_as_string(hide_password=True),
        "replaced": str(found.replaced) if found.replaced else None,
        "rows": dict(found.rows),
        "ledger": {**asdict(found.chain), "from_published_pages": found.from_pages},
        "published_entries": found.published,
        "lost_entries": found.lost,
        "newest_price_at": found.newest_price_at,
        "published_at": found.published_at,
        "prices_behind_s": found.prices_behind_s,
    }


def _say(document: dict[str, Any]) -> None:
    ledger, rows = document["ledger"], sum(document["rows"].values())
    typer.echo(f"{rows} rows of {document['backup']} are in {document['database']}.")
    if document["replaced"]:
        typer.echo(f"What was there lies in {document['replaced']}.")
    typer.echo(
        f"The chain holds: {ledger['sealed']} sealed, {ledger['settled']} settled, of which "
        f"{ledger['from_published_pages']} came from the published pages. Lost: {document['lost_entries']}."
    )
    behind = document["prices_behind_s"]
    typer.echo(
        "Nothing tells how old the restored prices are: there are none, or there is no publication."
        if behind is None
        else f"Prices and results end {behind / 3600:.1f} h before what was published."
    )
    typer.echo(
        f"RTO: recovery took {document['took_s']} s. RPO: {document['lost_entries']} entries of the ledger."
    )
    typer.echo(NEXT)
