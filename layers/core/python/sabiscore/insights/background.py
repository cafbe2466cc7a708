"""What a match page shows behind the chances: form, evidence, ranges, and how knowledge changed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.domain.match import Match
from sabiscore.identity.clubs import display_name
from sabiscore.insights.divergence import divergence, range_of, score_of
from sabiscore.insights.document import (
    BothForms,
    Evidence,
    FormResult,
    KnowledgeLevel,
    Probabilities,
    Range,
    Ranges,
    RatingPoint,
    Team,
    TeamForm,
)
from sabiscore.insights.forecast import Forecast, Knowledge, LevelName, Triple
from sabiscore.publication.club_forms import ClubForm, PastResult

LEVEL_TITLES: Mapping[LevelName, str] = {
    "ratings": "Ratings alone",
    "no_odds": "with this season's form",
    "past_odds": "with the prices of earlier matches",
    "with_odds": "with today's prices",
}


def levels(forecast: Forecast) -> tuple[KnowledgeLevel, ...]:
    """What the graph says at each level of knowledge, the last as it stands."""
    return tuple(
        KnowledgeLevel(level=name, title=LEVEL_TITLES[name], probabilities=_probabilities(p))
        for name, p in forecast.levels
    )


def levels_text(forecast: Forecast, home: str, away: str) -> str | None:
    """The levels of the favourite in a sentence, steps that change no whole point left out.

    >>> steps = (("ratings", (0.52, 0.26, 0.22)), ("with_odds", (0.61, 0.22, 0.17)))
    >>> levels_text(Forecast((0.61, 0.22, 0.17), 0.56, "with_odds", steps), "Arsenal", "Chelsea")
    "Arsenal: ratings alone 52%, with today's prices 61%."
    """
    if not forecast.levels:
        return None
    place = forecast.p.index(max(forecast.p))
    steps, shown = [], None
    for number, (name, p) in enumerate(forecast.levels, start=1):
        percent = f"{100 * p[place]:.0f}%"
        if percent != shown or number == len(forecast.levels):
            title = LEVEL_TITLES[name]
            steps.append(f"{title[0].lower()}{title[1:]} {percent}")
        shown = percent
    return f"{(home, 'Draw', away)[place]}: {', '.join(steps)}."


def ranges(
    p: Sequence[float],
    knowledge: Knowledge,
    league: str,
    metrics: Mapping[str, Any],
    hours: float | None = None,
) -> Ranges | str:
    """The 90% range of each probability, or the reason why none is known.

    Its width is by how far forecasts of this knowledge lay from the closing odds in held-out seasons.
    ``hours`` lie between the prices that were read and kick-off.
    """
    known = divergence(knowledge, league, metrics, hours)
    if known.of == "assumed":
        return "The bundle's evaluation does not say how far its forecasts lie from the closing odds."
    home, draw, away = (Range(low=low, high=high) for low, high in (range_of(x, known.nats) for x in p))
    return Ranges(
        home=home,
        draw=draw,
        away=away,
        level=0.9,
        divergence=known.nats,
        n=known.n,
        of=known.of,
    )


def evidence(knowledge: Knowledge, league: str, metrics: Mapping[str, Any]) -> Evidence | str:
    """How forecasts of this knowledge did in the league's held-out seasons, or why that is not known."""
    score = score_of(metrics, league, knowledge)
    if score is None:
        return f"The bundle in production was not evaluated on {LEAGUE_BY_KEY[league].name}."
    try:
        return Evidence(
            source="evaluation",
            knowledge=knowledge,
            seasons=tuple(metrics["seasons"]),
            n=score["n"],
            brier=score["brier"],
            log_loss=score["log_loss"],
            accuracy=score["accuracy"],
            calibration_error=score["calibration_error"],
        )
    except (KeyError, TypeError, ValueError):
        return f"The bundle's evaluation on {LEAGUE_BY_KEY[league].name} cannot be read."


def both_forms(match: Match, forms: Mapping[str, ClubForm]) -> BothForms | None:
    """The form of both clubs; None where nothing of either is known."""
    home, away = forms.get(match.home), forms.get(match.away)
    if not any(form and (form.results or form.ratings) for form in (home, away)):
        return None
    return BothForms(home=_team_form(match.home, home), away=_team_form(match.away, away))


def _probabilities(p: Triple) -> Probabilities:
    home, draw, away = p
    return Probabilities(home=home, draw=draw, away=away)


def _team_form(team: str, form: ClubForm | None) -> TeamForm:
    known = form or ClubForm()
    return TeamForm(
        team=_team(team),
        results=tuple(_form_result(past) for past in known.results),
        ratings=tuple(RatingPoint(day=day, rating=rating) for day, rating in known.ratings),
    )


def _form_result(past: PastResult) -> FormResult:
    return FormResult(
        day=past.day,
        match_id=past.match_id,
        opponent=_team(past.opponent),
        at_home=past.at_home,
        scored=past.scored,
        conceded=past.conceded,
        outcome=_outcome(past.scored, past.conceded),
    )


def _outcome(scored: int, conceded: int) -> Literal["win", "draw", "loss"]:
    return "win" if scored > conceded else "draw" if scored == conceded else "loss"


def _team(key: str) -> Team:
    return Team(key=key, name=display_name(key))
