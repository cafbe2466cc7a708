"""``sabiscore verify``: whether a deployment is as it should be, seen from outside."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, answer

if TYPE_CHECKING:
    from infra.verification.findings import Finding

TRIES = 20
PAUSE_S = 6.0
"""With the tries above two minutes: a deployment is everywhere within one."""
UNSOUND = 1


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(verify)


def verify(
    url: Annotated[str, typer.Argument(help="The public address, like https://edge.example.com.")],
    cors: Annotated[
        str | None, typer.Option(metavar="ORIGIN", help="A site whose scripts should be let read answers.")
    ] = None,
    *,
    poll: Annotated[
        bool, typer.Option("--poll", help=f"Look again until it is sound, {TRIES} times at most.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Checks a deployment by what anybody can read of it; exits with 1 where it is unsound, and says why.

    Looked at are /health, /api/v1/system, a list, a page and their headers.
    """
    found = polled(url, cors) if poll else findings_at(url, cors)
    if as_json:
        answer({"url": url, "sound": not found, "findings": [asdict(finding) for finding in found]})
    else:
        _say(found)
    if found:
        raise typer.Exit(UNSOUND)


def findings_at(url: str, cors: str | None = None) -> list[Finding]:
    """What is wrong at ``url`` now."""
    from infra.verification.answers import ask
    from infra.verification.findings import findings

    return findings(ask(url, cors))


def polled(url: str, cors: str | None = None, *, later: Collection[str] = ()) -> list[Finding]:
    """What is wrong when nothing is any more, or after the last try; each try is shown on stderr.

    Parts named in ``later`` are not waited for.
    """
    found: list[Finding] = []
    for attempt in range(1, TRIES + 1):
        found = findings_at(url, cors)
        parts = ", ".join(dict.fromkeys(each.part for each in found if each.part not in later))
        if not parts:
            break
        typer.echo(f"{attempt} of {TRIES}: not sound yet ({parts})", err=True)
        if attempt < TRIES:
            time.sleep(PAUSE_S)
    return found


def _say(found: list[Finding]) -> None:
    for finding in found:
        typer.echo(f"{finding.part}: {finding.cause}\n    {finding.remedy}")
    typer.echo("Sound." if not found else f"{len(found)} found.")
