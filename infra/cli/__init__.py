"""The ``sabiscore`` command: everything a person does by hand.

Each group of commands is one module here; what a command needs is imported when it runs, so that
``sabiscore --help`` answers at once.
"""

from __future__ import annotations

import logging
import sys

import typer
from typer.exceptions import TyperException

from infra.cli import (
    accounts,
    cost,
    cron,
    deploy,
    edge,
    events,
    ledger,
    models,
    predict,
    push,
    rehearse,
    restore,
    revalidate,
    seasons,
    serve,
    sources,
    stats,
    sync,
    train,
    verify,
    webhooks,
)
from infra.cli.error_messages import (
    INTERRUPTED,
    asks_for_json,
    complain,
    complaint_of,
    interruption,
    usage_complaint,
)
from infra.cli.options import PLAIN_HELP
from sabiscore.errors import SabiScoreError
from sabiscore.files import disk_errors

app = typer.Typer(
    name="sabiscore",
    help="Football intelligence: calibrated probabilities, honest figures, served from one ONNX graph.",
    epilog="Start with: sabiscore run. Everything is kept in SABISCORE_HOME (.sabiscore/real by default).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=PLAIN_HELP,
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


for group in (
    serve,
    edge,
    seasons,
    train,
    rehearse,
    predict,
    cron,
    events,
    revalidate,
    sources,
    stats,
    restore,
    verify,
    cost,
):
    group.add_to(app)
app.add_typer(deploy.app, name="deploy")
app.add_typer(models.app, name="models")
app.add_typer(ledger.app, name="ledger")
app.add_typer(sync.app, name="sync")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(push.app, name="push")
app.add_typer(accounts.app, name="accounts")
app.add_typer(sync.app, name="shelf", hidden=True, deprecated=True)  # its name up to 0.1


def main() -> None:
    """Runs the command; what goes wrong becomes a sentence, a hint and its exit code, with --json as JSON."""
    # Steps and reports say what was tried again; without a handler each retry would be a bare line besides.
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    sys.exit(_ran(asks_for_json(sys.argv[1:])))


def _ran(as_json: bool) -> int:
    """The exit code of the command that the process was started with."""
    try:
        with disk_errors():
            code = int(app(standalone_mode=False) or 0)
    except SabiScoreError as error:
        return complain(complaint_of(error), as_json=as_json)
    except TyperException as error:
        if not error.format_message():  # a group without a command: it has shown its help
            return error.exit_code
        return complain(usage_complaint(error), as_json=as_json)
    except (typer.Abort, KeyboardInterrupt):
        return complain(interruption(), as_json=as_json)
    return complain(interruption(), as_json=as_json) if code == INTERRUPTED else code
