"""``sabiscore stats``: the table and the expected goals that were gathered of a league."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.options import AsJson, Simulated, answer, kind_from, table
from infra.local.first_day import reading
from sabiscore.domain.match import season_start_year

if TYPE_CHECKING:
    from sabiscore.store.expectations import MatchExpectedGoals
    from sabiscore.store.standings import TableRow


def add_to(app: typer.Typer) -> None:
    """Adds this module's command."""
    app.command()(stats)


def stats(
    league: Annotated[str, typer.Argument(help="A league such as epl.")],
    last: Annotated[int, typer.Option(min=1, help="How many matches, the newest.")] = 20,
    simulated: Simulated = False,
    as_json: AsJson = False,
) -> None:
    """The newest table of a league and the expected goals of its matches, with their source and time.

    They are what `sabiscore cron stats` gathers once a day besides results, and the expected goals of season
    files, which ratings are learnt from too.
    """
    from sabiscore.identity.leagues import find_league
    from sabiscore.store.database import Store
    from sabiscore.store.expectations import ExpectedGoalsStore
    from sabiscore.store.season_goals import expected_of_file
    from sabiscore.store.standings import StandingStore

    found = find_league(league)
    key = found.key
    with (
        reading(kind_from(simulated)) as settings,
        Store.open(settings.database_url, settings.archive, make=False) as store,
    ):
        places = StandingStore(store.database).current(key)
        expected = _newest(
            expected_of_file(store, found), ExpectedGoalsStore(store.database).current(key).values()
        )
    newest = expected[-last:]
    if as_json:
        answer({"standings": list(map(asdict, places)), "expected_goals": list(map(asdict, newest))})
    elif not places and not newest:
        typer.echo(f"Nothing is known of {key} yet. Gather it with: sabiscore cron stats")
    else:
        _show(places, newest)


def _newest(*sources: Iterable[MatchExpectedGoals]) -> list[MatchExpectedGoals]:
    """What was said last of each match of the newest season, in the order in which it was said."""
    every = sorted(chain(*sources), key=lambda goals: (goals.known_at, goals.match_id))
    season = max((goals.season for goals in every), key=season_start_year, default="")
    by_match = {goals.match_id: goals for goals in every if goals.season == season}
    return sorted(by_match.values(), key=lambda goals: (goals.known_at, goals.match_id))


def _show(places: list[TableRow], newest: list[MatchExpectedGoals]) -> None:
    if places:
        since = max(place.known_at for place in places)
        table(
            ("rank", "team", "played", "won", "drawn", "lost", "for", "against", "points"),
            [
                (str(p.rank), p.team, str(p.played), str(p.won), str(p.drawn), str(p.lost), str(p.goals_for),
                 str(p.goals_against), str(p.points))
                for p in places
            ],
            title=f"{places[0].source}, {places[0].season}, known since {since:%Y-%m-%d %H:%M}",
        )  # fmt: skip
    if newest:
        table(
            ("match", "xG home", "xG away", "source", "known since"),
            [
                (
                    goals.match_id,
                    f"{goals.home:.2f}",
                    f"{goals.away:.2f}",
                    goals.source,
                    f"{goals.known_at:%Y-%m-%d}",
                )
                for goals in newest
            ],
        )
