"""The ``sabiscore`` command: everything a person does by hand.

Each group of commands is one module here; what a command needs is imported when it runs, so that
``sabiscore --help`` answers at once.
"""

from __future__ import annotations

import sys

import typer

from infra.cli import (
    cron,
    edge,
    events,
    ledger,
    models,
    predict,
    rehearse,
    revalidate,
    seasons,
    serve,
    sources,
    stats,
    sync,
    train,
)
from infra.cli.error_messages import complain
from sabiscore.errors import SabiScoreError

app = typer.Typer(
    name="sabiscore",
    help="Football intelligence: calibrated probabilities, honest figures, served from one ONNX graph.",
    epilog="Start with: sabiscore run. Everything is kept in SABISCORE_HOME (.sabiscore/real by default).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"sabiscore {version('sabiscore-edge')}")
        raise typer.Exit


@app.callback()
def sabiscore(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show it and leave."
    ),
) -> None:
    """Football intelligence: calibrated probabilities, honest figures, served from one ONNX graph."""


for group in (serve, edge, seasons, train, rehearse, predict, cron, events, revalidate, sources, stats):
    group.add_to(app)
app.add_typer(models.app, name="models")
app.add_typer(ledger.app, name="ledger")
app.add_typer(sync.app, name="sync")
app.add_typer(sync.app, name="shelf", hidden=True, deprecated=True)  # its name up to 0.1


def main() -> None:
    """Runs the command; an error of ours becomes a sentence, a hint and its exit code."""
    try:
        app()
    except SabiScoreError as error:
        sys.exit(complain(error))
