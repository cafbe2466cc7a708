"""``sabiscore shelf``: the home that a fleet shares, in a bucket."""

from __future__ import annotations

from typing import Annotated

import typer

from infra.cli.options import AsJson, answer, table
from infra.homes import home_of

app = typer.Typer(
    help="The home in the bucket that SABISCORE_BUCKET names: status, pull, push, sweep.",
    no_args_is_help=True,
)

Over = Annotated[bool, typer.Option("--over", help="Put ours in the place of what others put there.")]


@app.command()
def status(as_json: AsJson = False) -> None:
    """Of each part, files changed here since the last pull, and whether the bucket has something newer."""
    from sabiscore.shelf.home import mirror_of
    from sabiscore.shelf.mirror import PARTS, PUT_ONLY

    mirror = mirror_of(home_of("real"))
    found = {part: mirror.waiting(part) for part in (*PARTS, *PUT_ONLY)}
    if as_json:
        answer({part: {"changed_here": here, "newer_there": newer} for part, (here, newer) in found.items()})
    else:
        table(
            ("part", "changed here", "newer there"),
            [(part, str(here), "yes" if newer else "no") for part, (here, newer) in found.items()],
        )


@app.command()
def pull(as_json: AsJson = False) -> None:
    """Fetches what the bucket has that is newer; what was changed here only stays."""
    from sabiscore.shelf.home import mirror_of
    from sabiscore.shelf.mirror import PARTS

    mirror = mirror_of(home_of("real"))
    _say({part: mirror.pull(part) for part in PARTS}, "fetched", as_json)


@app.command()
def push(over: Over = False, as_json: AsJson = False) -> None:
    """Puts what was changed here into the bucket; refuses where somebody else changed the same files."""
    from sabiscore.shelf.home import mirror_of
    from sabiscore.shelf.mirror import PARTS, PUT_ONLY

    mirror = mirror_of(home_of("real"))
    _say({part: mirror.push(part, over=over) for part in (*PARTS, *PUT_ONLY)}, "put away", as_json)


@app.command()
def sweep(as_json: AsJson = False) -> None:
    """Removes bytes from the bucket that nothing there has named for two days."""
    from sabiscore.clock import SystemClock
    from sabiscore.shelf.home import mirror_of

    removed = mirror_of(home_of("real")).sweep(SystemClock().now())
    if as_json:
        answer({"removed": removed})
    else:
        typer.echo(f"{removed} files removed.")


def _say(counts: dict[str, int], what: str, as_json: bool) -> None:
    if as_json:
        answer(counts)
    else:
        typer.echo(", ".join(f"{part}: {count} files {what}" for part, count in counts.items()) + ".")
