"""``sabiscore predict``: one pairing, answered as the API answers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

import typer

from infra.cli.options import AsJson, Simulated, answer, day_from, kind_from, table
from infra.local.first_day import reading

if TYPE_CHECKING:
    from sabiscore.insights.document import Insight


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(predict)


def predict(
    league: Annotated[
        str, typer.Argument(help="A league by key, division or name: epl, E0, 'Premier League'.")
    ],
    home: Annotated[str, typer.Argument(help="The home team; an alias will do.")],
    *,
    away: Annotated[str, typer.Argument(help="The away team.")],
    date: Annotated[
        str | None, typer.Option(metavar="YYYY-MM-DD", help="The day they meet; their next match by default.")
    ] = None,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """Probabilities, goals, value bets and reasons for a pairing, scheduled or not.

    Reads what was published last (see run) with the bundle in production. Example:

        sabiscore predict epl Arsenal Chelsea
    """
    day = day_from(date, "--date")
    from sabiscore.bootstrap.serving import Bootstrap
    from sabiscore.clock import SystemClock
    from sabiscore.identity.leagues import find_league

    find_league(league)  # refused before anything is opened
    with reading(kind_from(simulated)) as settings:
        insights = Bootstrap(settings, SystemClock()).insights
        found = insights.matchup(f"{home} vs {away}", league, day)
        insight = cast("Insight", found.make(found.time_bucket()))
    if as_json:
        answer(insight.model_dump(mode="json"))
    else:
        _show(insight)


def _show(insight: Insight) -> None:
    match, p = insight.match, insight.probabilities
    typer.echo(f"{match.home.name} - {match.away.name}, {match.league.name}, {match.day}")
    for sentence in _notes(insight):
        typer.echo(sentence)
    table(
        ("outcome", "probability"),
        [(match.home.name, f"{p.home:.1%}"), ("draw", f"{p.draw:.1%}"), (match.away.name, f"{p.away:.1%}")],
    )
    if insight.goals is not None:
        goals = insight.goals
        typer.echo(
            f"Goals {goals.expected_home:.2f} - {goals.expected_away:.2f}, over 2.5 {goals.over_2_5:.0%}, "
            f"both score {goals.both_score:.0%}"
        )
    for bet in insight.value_bets:
        typer.echo(
            f"Value: {bet.outcome} at {bet.odds} ({bet.book_name}), edge {bet.edge:+.1%}, {bet.quality}"
        )
    for reason in insight.reasons:
        typer.echo(f"  {reason.text}")
    typer.echo(
        f"Model {insight.model.version}, {insight.model.knowledge.replace('_', ' ')}; "
        f"{insight.freshness.source}, as of {insight.freshness.as_of}"
    )


def _notes(insight: Insight) -> list[str]:
    notes = []
    if insight.simulated:
        notes.append("SIMULATED: this league, its clubs and their matches are made up.")
    if insight.rehearsal:
        notes.append(f"Rehearsal, as of {insight.freshness.as_of:%Y-%m-%d}: nothing later is known.")
    if not insight.match.scheduled:
        notes.append("This pairing is in no published calendar.")
    return notes
