"""``sabiscore ledger``: what was sealed before kick-off, for anybody to verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import PLAIN_HELP, AsJson, Simulated, answer, expanded, kind_from, table

if TYPE_CHECKING:
    from sabiscore.ledger.chain import PublishedHead
    from sabiscore.ledger.entry import LedgerEntry
    from sabiscore.settings import Settings
    from sabiscore.store.ledger import Ledger

app = typer.Typer(
    name="ledger",
    help="Predictions sealed before kick-off.",
    no_args_is_help=True,
    rich_markup_mode=PLAIN_HELP,
)

From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="An exported ledger, instead of our own.", parser=expanded),
]


_EXPORT_AGAIN = "Export it again: sabiscore ledger export --to FILE"


@app.command()
def verify(exported: From = None, simulated: Simulated = False, as_json: AsJson = False) -> None:
    """Checks every entry, every link and every published head; names the first fault and exits with 4."""
    from infra.local.data_dirs import data_dir_settings
    from sabiscore.ledger.chain import verify as check

    if exported is not None:
        found = check(_read(exported))
    else:
        heads = heads_of(data_dir_settings(kind_from(simulated)))
        with _opened(simulated) as ledger:
            found = check(ledger.checked_entries(), heads)
            ledger.require_open_seals()
    if as_json:
        answer({"sealed": found.sealed, "settled": found.settled, "head": found.head})
    else:
        typer.echo(f"The chain holds: {found.sealed} sealed, {found.settled} settled. Head: {found.head}")


@app.command()
def show(
    old_match: Annotated[str | None, typer.Argument(hidden=True)] = None,  # how it was named up to 0.1
    match: Annotated[str | None, typer.Option(metavar="ID", help="Only of this match, by its id.")] = None,
    *,
    last: Annotated[int, typer.Option(min=1, help="How many of the newest entries.")] = 20,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Shows the newest entries."""
    match_id = match or old_match
    with _opened(simulated) as ledger:
        entries = ledger.newest(last) if match_id is None else ledger.of([match_id])[-last:]
    if as_json:
        answer([{"hash": entry.hash, **entry.content} for entry in entries])
        return
    if not entries:
        of = f" for {match_id[:80]}" if match_id else ""
        typer.echo(
            f"Nothing is sealed{of} yet. Predictions are sealed before kick-off by: sabiscore cron odds"
        )
        return
    table(
        ("#", "what", "match", "when", "home/draw/away or goals", "hash"), [_row(entry) for entry in entries]
    )


@app.command()
def export(
    to: Annotated[
        Path, typer.Option("--to", metavar="FILE", help="JSON lines: {hash, body}.", parser=expanded)
    ],
    simulated: Simulated = False,
) -> None:
    """Writes the whole ledger in the public format, for others to keep and verify."""
    from sabiscore.files import replacing

    count = 0
    with _opened(simulated) as ledger, replacing(to) as part, part.open("w", encoding="utf-8") as file:
        for entry in ledger.entries():
            file.write(json.dumps({"hash": entry.hash, "body": entry.body}, ensure_ascii=False) + "\n")
            count += 1
    typer.echo(f"{count} entries in {to}")


@contextmanager
def _opened(simulated: bool) -> Iterator[Ledger]:
    from infra.local.first_day import reading
    from sabiscore.store.ledger import Ledger
    from sabiscore.store.session import Database

    with (
        reading(kind_from(simulated)) as settings,
        closing(Database(settings.database_url, make=False)) as database,
    ):
        yield Ledger(database)


def heads_of(settings: Settings) -> tuple[PublishedHead, ...]:
    """The heads at hand, and those in the bucket where the data folder has one."""
    from sabiscore.observability.log import log
    from sabiscore.publication.published_heads import HEAD_FILES, heads_in, published_heads
    from sabiscore.sync.factory import sync_of

    heads = published_heads(settings.publication)
    data_sync = sync_of(settings, lambda error: log().warning("%s", error))
    if data_sync is None:
        return heads
    found = data_sync.read([f"publication/{name}" for name in HEAD_FILES])
    there = [heads_in(Path(key).name, data, place=" in the bucket") for key, data in found.items()]
    return (*heads, *(head for of_file in there for head in of_file))


def _read(path: Path) -> Iterator[LedgerEntry]:
    from sabiscore.errors import BadStore, BrokenLedger
    from sabiscore.ledger.entry import LedgerEntry
    from sabiscore.untrusted import json_object, reason_of, untrusted

    try:
        file = path.open("rb")
    except OSError as error:
        raise BadStore(
            f"{path} cannot be read ({reason_of(error)}).", hint="Name a file that `ledger export` wrote."
        ) from error
    with file:
        for number, line in enumerate(file, start=1):
            with untrusted(BrokenLedger, f"Line {number} of {path.name} is no entry", hint=_EXPORT_AGAIN):
                members = json_object(line)
                content, digest = members["body"], members["hash"]
                if not isinstance(content, str) or not isinstance(digest, str):
                    raise TypeError("hash and body are no texts")
                entry = LedgerEntry(number, digest, content)
            yield entry


def _row(entry: LedgerEntry) -> tuple[str, ...]:
    body = entry.content
    if body["kind"] == "sealed":
        role = f", {body['role']}" if "role" in body else ""
        what, when = f"sealed ({body['stage']}{role})", body["sealed_at"]
        result = " / ".join(f"{p:.1%}" for p in body["p"])
    else:
        what, when = "settled", body["settled_at"]
        result = "-".join(map(str, body["goals"]))
    return str(entry.seq), what, body["match"], when, result, entry.hash[:12]
