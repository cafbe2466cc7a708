"""``sabiscore ledger``: what was sealed before kick-off, for anybody to verify."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, expanded, kind_from, table

if TYPE_CHECKING:
    from sabiscore.ledger.entry import LedgerEntry
    from sabiscore.store.ledger import Ledger

app = typer.Typer(name="ledger", help="Predictions sealed before kick-off.", no_args_is_help=True)

From = Annotated[
    Path | None,
    typer.Option("--from", metavar="FILE", help="An exported ledger, instead of our own.", parser=expanded),
]


@app.command()
def verify(exported: From = None, simulated: Simulated = False, as_json: AsJson = False) -> None:
    """Checks every entry against its hash, and every link; names the first fault and exits with 4."""
    from sabiscore.ledger.chain import verify as check

    if exported is not None:
        found = check(_read(exported))
    else:
        with _opened(simulated) as ledger:
            found = check(ledger.entries())
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
        entries = [e for e in ledger.entries() if match_id in (None, e.content["match"])][-last:]
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


def _read(path: Path) -> Iterator[LedgerEntry]:
    from sabiscore.errors import BrokenLedger
    from sabiscore.ledger.entry import LedgerEntry

    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                members = json.loads(line)
                yield LedgerEntry(number, members["hash"], members["body"])
            except (ValueError, KeyError, TypeError):
                raise BrokenLedger(
                    f"Line {number} of {path.name} is no entry.", hint="Export it again."
                ) from None


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
