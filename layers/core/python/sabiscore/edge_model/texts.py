"""The documents of a league without what depends on the pairing, which the edge fills in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import TYPE_CHECKING

from sabiscore.domain.match import Match, season_on
from sabiscore.insights.background import both_forms
from sabiscore.insights.compose import insight
from sabiscore.insights.forecast import Forecast, Knowledge
from sabiscore.insights.match_clock import not_sealed

if TYPE_CHECKING:
    from sabiscore.insights.answers.current_answers import CurrentAnswers
    from sabiscore.insights.production import ServedModel
    from sabiscore.publication.club_forms import ClubForm

KNOWN: Sequence[Knowledge] = ("no_odds", "past_odds")
"""The levels of knowledge that a forecast without prices of its own can have."""
_ANY = (0.4, 0.3, 0.3)
"""Stands where the pairing's own probabilities of home, draw and away come."""
_NO_GOALS = 0.0
"""Of three goals or more: no score follows from it, so that the document gives the reason for that."""


def texts(
    current: CurrentAnswers,
    model: ServedModel,
    league: str,
    teams: Sequence[str],
    forms: Mapping[str, ClubForm] | str,
) -> dict[str, str]:
    """JSON by name: ``document/{league}/{knowledge}``, and ``form/{league}/{index}`` of clubs with a form.

    A document has everything that the insight about a pairing of ``teams`` has whoever plays. What depends on
    that is null or anything, with its reason in ``unknown`` for those members that may stay null. ``forms``
    are those of the league's clubs, or why they are not known.
    """
    match = _match(current, league, teams[0], teams[1])
    known = {name: _template(current, model, match, name, forms) for name in KNOWN}
    said = {f"document/{league}/{name}": text for name, text in known.items()}
    for index, team in enumerate(teams):
        other = teams[1] if index == 0 else teams[0]
        form = (
            None
            if isinstance(forms, str)
            else both_forms(_match(current, league, team, other), _only(team, forms))
        )
        if form is not None:
            said[f"form/{league}/{index}"] = form.home.model_dump_json()
    return said


def _only(team: str, forms: Mapping[str, ClubForm]) -> Mapping[str, ClubForm]:
    return {team: forms[team]} if team in forms else {}


def _match(current: CurrentAnswers, league: str, home_team: str, away_team: str) -> Match:
    day = current.publication.as_of.astimezone(UTC).date()
    return Match(league=league, season=season_on(day), day=day, home=home_team, away=away_team)


def _template(
    current: CurrentAnswers,
    model: ServedModel,
    match: Match,
    knowledge: Knowledge,
    forms: Mapping[str, ClubForm] | str,
) -> str:
    document = insight(
        match,
        Forecast(_ANY, _NO_GOALS, knowledge, (("ratings", _ANY), (knowledge, _ANY))),
        shifts=(),
        publication=current.publication,
        model=model,
        at=current.publication.as_of,
        scheduled=False,
        live=current.live,
        not_sealed=not_sealed(current.matchday),
        metrics=model.metrics,
        forms=forms if isinstance(forms, str) else {},
    )
    return json.dumps(json.loads(document.to_json()), separators=(",", ":"))
