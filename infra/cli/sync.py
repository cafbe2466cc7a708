"""``sabiscore sync``: what a home and the bucket that a fleet shares have of each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import PLAIN_HELP, AsJson, answer, table
from infra.local.data_dirs import data_dir_settings
from sabiscore.errors import BadSetting

if TYPE_CHECKING:
    from sabiscore.settings import Settings
    from sabiscore.sync.session import DataDirSync

app = typer.Typer(
    help="The home in the bucket that a fleet shares: what differs, bring it here, take it there.",
    no_args_is_help=True,
    rich_markup_mode=PLAIN_HELP,
)


def sync_at(settings: Settings) -> DataDirSync | None:
    """Where the data folder of ``settings`` is shared; None where it is not."""
    from sabiscore.sync.factory import sync_of

    return sync_of(settings, lambda error: typer.echo(f"Note: {error}", err=True))


@contextmanager
def shared(settings: Settings) -> Iterator[None]:
    """What a person does to models is done to those of the fleet, which has them after.

    What is published here stays here. Raises BucketUnavailable, CorruptObject or JobLost.
    """
    data_sync = sync_at(settings)
    if data_sync is None:
        yield
        return
    data_sync.models()
    yield
    data_sync.push_models()


def _required() -> DataDirSync:
    data_sync = sync_at(data_dir_settings("real"))
    if data_sync is None:
        raise BadSetting(
            "SABISCORE_BUCKET is not set, so the home is not shared.", hint="Set it to s3://NAME/PREFIX."
        )
    return data_sync


@app.command()
def pull(
    *,
    backup: Annotated[
        bool,
        typer.Option("--backup", help="All that a restore needs too, for when the bucket itself is lost."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Brings here all that others published: pointers, bundles, archives, bets put away."""
    data_sync = _required()
    brought = data_sync.everything()
    if backup:
        from infra.local.restoration import bring

        brought += bring(data_dir_settings("real"), data_sync)
    _say(brought, "brought here", as_json)


@app.command()
def push(
    again: Annotated[
        bool,
        typer.Option("--again", help="Look at every file anew, and mend what is missing or damaged there."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Takes there all that was made here. Whoever published meanwhile keeps what they published."""
    _say(_required().push(again=again), "taken to the bucket", as_json)


def _say(paths: list[str], what: str, as_json: bool) -> None:
    if as_json:
        answer({"files": paths})
        return
    for path in paths:
        typer.echo(path)
    typer.echo(f"{len(paths)} {what}.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Every file that is replaced, and whether the bucket and this data folder have the same."""
    found = _required().status()
    if as_json:
        answer([asdict(status) for status in found])
    else:
        table(
            ("file", "state", "here", "there"),
            [
                (status.path, status.state, (status.here or "-")[:12], (status.there or "-")[:12])
                for status in found
            ],
        )
