"""``sabiscore rehearse``: a whole past season through the real schedules, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.error_messages import INTERRUPTED
from infra.cli.options import AsJson, answer, expanded, table

if TYPE_CHECKING:
    from infra.backtest.rehearse import BacktestResult
    from infra.backtest.summary import Summary


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(rehearse)


def rehearse(
    data: Annotated[
        Path | None,
        typer.Option(
            envvar=["SABISCORE_DATA", "DATA"],
            metavar="DIR",
            help="Folder of season files; simulated ones by default.",
            parser=expanded,
        ),
    ] = None,
    season: Annotated[str, typer.Option(metavar="SEASON", help="The season to play, such as 2425.")] = "2425",
    *,
    leagues: Annotated[
        list[str] | None,
        typer.Option(
            "--leagues", "--league", help="A league to play; the big five (EPL, La Liga, ...) by default."
        ),
    ] = None,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where it is played; .sabiscore/rehearsed-SEASON by default.", parser=expanded
        ),
    ] = None,
    weeks: Annotated[int | None, typer.Option(min=1, help="Play the first weeks of the season only.")] = None,
    distort: Annotated[
        float, typer.Option(min=0.2, max=5.0, help="Spoil the model with this temperature on purpose.")
    ] = 1.0,
    every_tick: Annotated[
        bool, typer.Option("--every-tick", help="Run every tick of every schedule; takes hours.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Plays a past season again, from before its first match to after its last.

    The model is fitted on earlier seasons only. Providers are simulated from the season's files and tell
    nothing before it was known; everything else is the code that runs in production, on a clock that is
    moved from one tick of a schedule to the next at which something can have changed. The record is then in
    the data folder: SABISCORE_HOME=DIR sabiscore up
    """
    from infra.backtest.rehearse import plan_of
    from infra.backtest.rehearse import rehearse as play
    from infra.backtest.schedules import opened
    from infra.cli.progress import Steps

    with plan_of(data, season, leagues=leagues, data_dir=data_dir, weeks=weeks, distort=distort) as plan:
        done = play(plan, opened, Steps(quiet=as_json), every_tick=every_tick)
    if as_json:
        answer(done.to_json())
    else:
        show(done)
    if done.interrupted:
        raise typer.Exit(INTERRUPTED)


def show(done: BacktestResult) -> None:
    """Prints every figure with its number of matches."""
    summary = done.summary
    table(
        ("figure", "value", "of"), [*_sealed(summary), *_losses(summary), *_learnt(summary), *_bets(summary)]
    )
    typer.echo(
        f"{done.ticks} runs of schedules in {done.play_s:.0f} s ({done.skipped} at which nothing could have "
        f"changed were left out), {done.prepare_s:.0f} s to read and fit before."
    )
    typer.echo(f"The record: SABISCORE_HOME={done.data_dir} sabiscore up{' --simulated' * done.simulated}")


def _sealed(summary: Summary) -> list[tuple[str, str, str]]:
    sealed = summary.sealed
    stages = ", ".join(f"{count} {stage}" for stage, count in sorted(sealed.stages.items()))
    return [
        (
            "sealed before kick-off",
            f"{sealed.sealed / max(1, sealed.matches):.1%}",
            f"{sealed.matches} matches",
        ),
        ("sealed late", str(sealed.late), stages),
        ("settled", str(sealed.settled), "predictions"),
        ("the chain holds", sealed.head[:16], f"{sealed.entries} entries"),
    ]


def _losses(summary: Summary) -> list[tuple[str, str, str]]:
    loss = summary.loss
    if loss is None:
        return []
    rows = [("log loss as published", loss.sealed, loss.n), ("of the model alone", loss.model, loss.n)]
    rows += [("log loss of early odds", loss.early, loss.early_n)] if loss.early is not None else []
    rows += [("log loss of closing odds", loss.close, loss.close_n)] if loss.close is not None else []
    return [(name, f"{value:.4f}", f"{n} matches") for name, value, n in rows]


def _learnt(summary: Summary) -> list[tuple[str, str, str]]:
    learnt, repair = summary.calibrated, summary.repair
    rows = []
    if learnt is not None:
        since = f"{learnt.matches} matches" + (f" since {learnt.first[:10]}" if learnt.first else "")
        rows.append(("live calibration gained", f"{learnt.gain:+.4f}", since))
    if repair is not None:
        rows.append((f"left of distortion {repair.distort:g}", f"{repair.left:+.4f}", f"the last {repair.n}"))
        rows.append(
            ("without calibration", f"{repair.spoilt - repair.unspoilt:+.4f}", f"the last {repair.n}")
        )
    return rows


def _bets(summary: Summary) -> list[tuple[str, str, str]]:
    bets = summary.bets
    if bets is None:
        return [("value bets", "none", "")]
    rows = [("ROI", f"{bets.roi:+.1%}", f"{bets.n} bets [{bets.roi_low:+.1%}, {bets.roi_high:+.1%}]")]
    if bets.closing_line_value is not None:
        low, high = bets.closing_line_value_low, bets.closing_line_value_high
        within = f" [{low:+.1%}, {high:+.1%}]" if low is not None and high is not None else ""
        rows.append(("CLV", f"{bets.closing_line_value:+.1%}", f"{bets.closing_line_n} bets{within}"))
    return rows
