"""The insight about a pairing in a reader's words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date, timedelta

from sabiscore.domain.match import Match, season_on
from sabiscore.errors import Refused
from sabiscore.identity.clubs import display_name
from sabiscore.identity.matchups import find_matchup
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.answers.insight import insight_about
from sabiscore.insights.answers.leagues import served_key

FARTHEST = timedelta(days=366)
"""How far ahead a day may be named: who plays where in later seasons is not known."""


def matchup_insight(
    inputs: AnswerInputs, text: str, league: str | None, day: date | None
) -> CacheableDocument:
    """The insight about the pairing ``text``, as ``Insights.matchup`` describes it."""
    current = inputs.current()
    publication = current.publication
    found = find_matchup(text, current.rosters, served_key(league))
    today = publication.as_of.astimezone(UTC).date()
    _require_near(day, today)
    coming = _scheduled(found, day, publication.served.values())
    if coming:
        return insight_about(inputs, current, min(coming, key=lambda match: match.day), scheduled=True)
    league_key, home, away = found
    if day is not None:
        _require_free(day, (home, away), publication.matches.values())
    day = day or today
    match = Match(league=league_key, season=season_on(day), day=day, home=home, away=away)
    return insight_about(inputs, current, match, scheduled=False)


def _scheduled(found: tuple[str, str, str], day: date | None, coming: Iterable[Match]) -> list[Match]:
    """The coming matches of the pairing ``found``, on ``day`` if that is named."""
    return [m for m in coming if (m.league, m.home, m.away) == found and day in (None, m.day)]


def _require_near(day: date | None, today: date) -> None:
    """Raises Refused for a day that is over or more than ``FARTHEST`` off."""
    if day is not None and day < today:
        raise Refused(f"{day} is over: this was published as of {today}.", hint="Name a later day.")
    if day is not None and day > today + FARTHEST:
        raise Refused(
            f"{day} is too far off to say anything: this was published as of {today}.",
            hint=f"Name a day up to {today + FARTHEST}.",
        )


def _require_free(day: date, teams: Collection[str], coming: Iterable[Match]) -> None:
    """Raises Refused where one of ``teams`` plays another match on ``day``."""
    for match in coming:
        busy = {match.home, match.away} & set(teams)
        if match.day == day and busy:
            names = f"{display_name(match.home)} - {display_name(match.away)}"
            raise Refused(
                f"{display_name(busy.pop())} plays another match on {day}: {names}.",
                hint="Name another day, or none.",
            )
