"""``sabiscore train`` and ``evaluate``: what the ensemble learns, and how honest figures are made."""

from __future__ import annotations

from datetime import UTC, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, day_from, expanded, kind_from, table
from infra.cli.sync import shared
from infra.local.data_dirs import kind_of
from infra.local.first_day import reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_export.against import Against
    from model_export.evaluate import Evaluation, ForecastScore
    from model_export.goals import GoalScore
    from model_export.held_out import Paired

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
    force: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Release it in spite of the gates; the card records why."),
    ] = None,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Evaluates, fits, exports, verifies and registers a bundle from what was ingested.

    Gates refuse a bundle that is worse, beyond chance, than the odds it was fed or than the bundle in
    production, in results or in over/under 2.5. It is registered, not promoted: see sabiscore models show
    --card, compare and promote.
    """
    from infra.cli.progress import Steps
    from infra.local.run import history_of
    from infra.local.training import train as fit_and_register
    from sabiscore.history import split
    from sabiscore.identity.leagues import find_league

    chosen = tuple(find_league(name) for name in leagues) if leagues else None
    kind, day = kind_from(simulated), day_from(as_of, "--as-of")
    steps = Steps(quiet=as_json)
    with reading(kind) as settings, steps.step("Opening the archive"):
        past = history_of(settings, played=True)
        if day is not None:
            past, _ = split(past, datetime.combine(day, time(), UTC))
    # With a bucket its bundles are brought first, so that the version is the fleet's next one.
    with shared(settings), steps.step("Training the ensemble") as report:
        version = fit_and_register(past, settings, kind=kind, report=report, leagues=chosen, forced=force)
    if as_json:
        answer({"version": version})
    else:
        typer.echo(f"Bundle {version} is registered. To serve it: sabiscore models promote {version}")


def evaluate(
    data: Annotated[
        Path,
        typer.Option(
            "--data", metavar="DIR", help="Folder of season files such as E0_2425.csv.", parser=expanded
        ),
    ],
    test: Annotated[
        list[str], typer.Option("--test", metavar="SEASON", help="A season to predict, such as 2425.")
    ],
    *,
    json_file: Annotated[
        Path | None,
        typer.Option(
            "--json", metavar="FILE", help="Write the whole report there; - for stdout.", parser=expanded
        ),
    ] = None,
    predictions: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write every forecast there, as CSV.", parser=expanded)
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(metavar="BUNDLE", help="Pair it, match by match, with this version or bundle folder."),
    ] = None,
    leagues: Leagues = None,
) -> None:
    """The honest report: each test season predicted by an ensemble that saw strictly earlier ones.

    Three variants: with_odds knows this match's odds before kick-off, past_odds only those of past
    matches, no_odds no market at all. Example:

        sabiscore evaluate --data DIR --test 2425 --test 2324 --predictions forecasts.csv
    """
    from infra.cli.progress import Steps
    from infra.local.evaluation import evaluate_folder, held_out_of, report_of, write_report

    other = held_out_of(compare, kind_of(data)) if compare else None  # refused before minutes of fitting
    done = evaluate_folder(data, test, leagues, Steps(quiet=str(json_file) == "-"))
    if predictions is not None:
        from model_export.predictions import write_predictions

        write_predictions(done.evaluation, done.names, predictions)
    from model_export.held_out import pair  # seconds of imports, which no refusal waits for

    paired = pair(done.evaluation, other) if other else None
    if json_file is not None and str(json_file) != "-":
        write_report(json_file, report_of(done.evaluation, paired))
    if str(json_file) == "-":
        answer(report_of(done.evaluation, paired))
    else:
        show(done.evaluation)
        if paired is not None:
            show_paired(paired, str(compare))


def show(evaluation: Evaluation) -> None:
    """Prints the scores, two tables a slice, and what value bets came to; Brier is summed over classes."""
    seasons = " ".join(evaluation.seasons)
    for part, scores in evaluation.scores.items():
        rows = [(who, *_row(score)) for who, score in scores.items()]
        table(_SCORES, rows, title=f"{part} (seasons {seasons})")
        rows = [(who, *_nearness(score)) for who, score in scores.items()]
        table(_NEARNESS, rows, title=f"{part}: nearness to the close, and calibration")
    typer.echo(
        "- early, - close: log loss less that of the market's average odds, margin removed; 95% interval.\n"
        "KL: of the close from the forecast, the gap to expect if the close is right. Slope: 1 is sound,\n"
        "under 1 too sure. Home, draw, away: how many points likelier than it was each was said to be."
    )
    worse = ", ".join(evaluation.worse_than_early_odds) or "none"
    typer.echo(f"Leagues where with_odds is worse than the early odds beyond chance: {worse}.")
    show_goals(evaluation)
    show_bets(evaluation)
    show_classes(evaluation)


def show_goals(evaluation: Evaluation) -> None:
    """Prints how near the forecasts of over and under 2.5 goals came to the market's."""
    rows = [
        (part, who, *_goal_row(score))
        for part, scored in evaluation.goals.items()
        for who, score in scored.items()
    ]
    table(_GOALS, rows, title="Three goals or more, against the prices of over and under 2.5")


def show_bets(evaluation: Evaluation) -> None:
    """Prints the closing-line value of bets by the rule, at the best single book's early price."""
    rows = [
        (part, str(bets.n), _percent(bets.closing_line_value), _percent(bets.low), _percent(bets.high),
         str(bets.suspect))
        for part, bets in evaluation.bets.items()
    ]  # fmt: skip
    table(
        ("matches of", "bets", "CLV", "low", "high", "suspect"),
        rows,
        title="Value bets with odds at the best single book's price, exchange commission paid",
    )


def show_classes(evaluation: Evaluation) -> None:
    """Prints the same by class, and how far PREMIUM bets are beyond VALUE ones."""
    rows = [
        (part, name, str(bets.n), *map(_percent, (bets.closing_line_value, bets.low, bets.high)))
        for part, figures in evaluation.bet_classes.items()
        for name, bets in figures.by_class.items()
    ]
    table(("matches of", "class", "bets", "CLV", "low", "high"), rows, title="The same by class")
    gaps = [(part, figures.premium_less_value) for part, figures in evaluation.bet_classes.items()]
    rows = [
        (part, _percent(gap.difference), _percent(gap.low), _percent(gap.high))
        for part, gap in gaps
        if gap is not None
    ]
    if rows:
        table(("matches of", "PREMIUM - VALUE", "low", "high"), rows)


def show_paired(paired: Mapping[str, Paired], bundle: str) -> None:
    """Prints this evaluation less the held-out forecasts of ``bundle``; below 0 it is nearer."""
    columns = ("forecaster", "matches", "KL", "95%", "matches", "log loss", "95%")
    title = f"This evaluation less bundle {bundle}, match by match"
    rows = [(who, *_against(both.divergence), *_against(both.log_loss)) for who, both in paired.items()]
    table(columns, rows, title=title)
    rows = [
        (who, *_against(both.over_divergence), *_against(both.over_log_loss))
        for who, both in paired.items()
        if both.over_log_loss is not None
    ]
    if rows:
        table(columns, rows, title=f"{title}: over and under 2.5 goals")
    else:
        typer.echo(f"Bundle {bundle} keeps no forecasts of over and under 2.5 goals: those are not paired.")


_SCORES = (
    "forecaster", "matches", "log loss", "accuracy", "Brier", "RPS", "ECE", "- early", "- close", "95%",
)  # fmt: skip
_NEARNESS = ("forecaster", "closes", "KL", "95%", "- early's", "slope", "95%", "home", "draw", "away")


_GOALS = (
    "matches of", "forecaster", "matches", "log loss", "- early", "- close",
    "closes", "KL", "95%", "- early's", "over",
)  # fmt: skip


def _goal_row(score: GoalScore) -> tuple[str, ...]:
    differences = (score.early, score.close)
    return (
        str(score.n),
        f"{score.log_loss:.4f}",
        *(f"{against.difference:+.4f}" if against else "-" for against in differences),
        *_against(score.divergence),
        f"{score.beyond_early.difference:+.5f}" if score.beyond_early else "-",
        f"{100 * score.bias:+.1f}",
    )


def _row(score: ForecastScore) -> tuple[str, ...]:
    early = score.early
    return (
        str(score.n),
        f"{score.log_loss:.4f}",
        f"{score.accuracy:.1%}",
        f"{score.brier:.4f}",
        f"{score.rps:.4f}",
        f"{score.calibration_error:.4f}",
        f"{early.difference:+.4f}" if early else "-",
        *_against(score.close, ".4f")[1:],
    )


def _nearness(score: ForecastScore) -> tuple[str, ...]:
    beyond, slope = score.beyond_early, score.slope
    return (
        *_against(score.divergence),
        f"{beyond.difference:+.5f}" if beyond else "-",
        f"{slope.value:.3f}" if slope else "-",
        f"{slope.low:.3f} .. {slope.high:.3f}" if slope else "-",
        *(f"{100 * bias:+.1f}" for bias in score.bias),
    )


def _against(against: Against | None, digits: str = ".5f") -> tuple[str, str, str]:
    """Matches, the difference, and its interval; dashes where nothing is known."""
    if against is None:
        return "-", "-", "-"
    low, high = format(against.low, f"+{digits}"), format(against.high, f"+{digits}")
    return str(against.n), format(against.difference, f"+{digits}"), f"{low} .. {high}"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{value:+.1%}"
