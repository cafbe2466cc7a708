"""``sabiscore train`` and ``evaluate``: what the ensemble learns, and how honest figures are made."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, day_from, kind_from, table
from infra.cli.sync import shared
from infra.local.data_dirs import home_of

if TYPE_CHECKING:
    from model_export.evaluate import Evaluation, ForecastScore

Leagues = Annotated[
    list[str] | None,
    typer.Option("--leagues", "--league", help="A league to fit on; all that are served by default."),
]


def add_to(app: typer.Typer) -> None:
    """Adds this module's commands."""
    for command in (train, evaluate):
        app.command()(command)


def train(
    leagues: Leagues = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="Learn only from matches before this day.")
    ] = None,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Evaluates, fits, exports, verifies and registers a bundle from what was ingested.

    The bundle is registered, not promoted: see sabiscore models compare and promote.
    """
    from infra.cli.progress import Steps
    from infra.local.run import history_of
    from infra.local.training import train as fit_and_register
    from sabiscore.history import split
    from sabiscore.identity.leagues import find_league

    chosen = tuple(find_league(name) for name in leagues) if leagues else None
    kind = kind_from(simulated)
    settings, steps = home_of(kind), Steps(quiet=as_json)
    with steps.step("Opening the archive"):
        history = history_of(settings)
        day = day_from(as_of, "--as-of")
        known = history if day is None else split(history, datetime.combine(day, time(), UTC))[0]
        past = known.take(known.played)
    # With a bucket its bundles are brought first, so that the version is the fleet's next one.
    with shared(settings), steps.step("Training the ensemble") as report:
        version = fit_and_register(past, settings, kind, report, chosen)
    if as_json:
        answer({"version": version})
    else:
        typer.echo(f"Bundle {version} is registered. To serve it: sabiscore models promote {version}")


def evaluate(
    data: Annotated[
        Path, typer.Option("--data", metavar="DIR", help="Folder of season files such as E0_2425.csv.")
    ],
    test: Annotated[
        list[str], typer.Option("--test", metavar="SEASON", help="A season to foretell, such as 2425.")
    ],
    json_file: Annotated[
        Path | None,
        typer.Option("--json", metavar="FILE", help="Write the whole report there; - for stdout."),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every forecast there, as CSV.")
    ] = None,
    leagues: Leagues = None,
) -> None:
    """The honest report: each test season foretold by an ensemble that saw strictly earlier ones.

    Three variants: with_odds knows this match's odds before kick-off, past_odds only those of past
    matches, no_odds no market at all. Example:

        sabiscore evaluate --data DIR --test 2425 --test 2324 --predictions forecasts.csv
    """
    from infra.cli.progress import Steps
    from infra.local.evaluation import evaluate_folder, write_report

    done = evaluate_folder(data, test, leagues, Steps(quiet=str(json_file) == "-"))
    if predictions is not None:
        from model_export.predictions import write_predictions

        write_predictions(done.evaluation, done.names, predictions)
    if json_file is not None and str(json_file) != "-":
        write_report(json_file, done.evaluation.to_json())
    if str(json_file) == "-":
        answer(done.evaluation.to_json())
    else:
        show(done.evaluation)


def show(evaluation: Evaluation) -> None:
    """Prints the scores, a table a slice; Brier is the sum over the three classes."""
    head = (
        "forecaster",
        "matches",
        "log loss",
        "accuracy",
        "Brier",
        "RPS",
        "ECE",
        "- early",
        "- close",
        "95%",
    )
    for part, score in evaluation.scores.items():
        rows = [(who, *_row(score)) for who, score in score.items()]
        table(head, rows, title=f"{part} (seasons {' '.join(evaluation.seasons)})")
    typer.echo(
        "- early, - close: log loss less that of the market's average odds, margin removed; 95% interval."
    )


def _row(score: ForecastScore) -> tuple[str, ...]:
    early, close = score.early, score.close
    return (
        str(score.n),
        f"{score.log_loss:.4f}",
        f"{score.accuracy:.1%}",
        f"{score.brier:.4f}",
        f"{score.rps:.4f}",
        f"{score.calibration_error:.4f}",
        f"{early.difference:+.4f}" if early else "-",
        f"{close.difference:+.4f}" if close else "-",
        f"{close.low:+.4f} .. {close.high:+.4f}" if close else "-",
    )
