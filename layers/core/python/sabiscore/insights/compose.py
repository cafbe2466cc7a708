"""An insight from a match, its forecast and the clock; nothing is read or fetched here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sabiscore.domain.calibration import IDENTITY, Calibration
from sabiscore.domain.league import LEAGUE_BY_KEY, League
from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES
from sabiscore.domain.scoreline import Grid, consistent
from sabiscore.domain.uncertainty import wait_h
from sabiscore.domain.value import EXCHANGE_COMMISSION
from sabiscore.identity.clubs import display_name
from sabiscore.insights.background import both_forms, evidence, levels, levels_text, ranges
from sabiscore.insights.divergence import divergence
from sabiscore.insights.document import (
    CalibrationView,
    Confidence,
    Freshness,
    Goals,
    Insight,
    LeagueRef,
    MatchSummary,
    ModelView,
    Probabilities,
    Score,
    Team,
    ValueBet,
)
from sabiscore.insights.forecast import BundleSummary, Forecast, GroupShift
from sabiscore.insights.markets import is_offer, markets, value_bets, why_no_bets
from sabiscore.insights.match_clock import NOT_SEALED
from sabiscore.insights.match_state import last_sealed, match_state
from sabiscore.insights.reasons import reasons
from sabiscore.publication.club_forms import ClubForm
from sabiscore.publication.matchday import MatchLife
from sabiscore.publication.publish import Publication

PUBLICATION_LIFE = timedelta(hours=24)
"""Results and fixtures older than this are stale."""

TOP_SCORES, GRID_SIZE = 6, 6
NO_FORMS = "No results of clubs are published yet."
NO_RESULTS = "No result of either team is known."


def insight(
    match: Match,
    forecast: Forecast,
    *,
    shifts: Sequence[GroupShift],
    publication: Publication,
    model: BundleSummary,
    at: datetime,
    scheduled: bool = True,
    live: Calibration = IDENTITY,
    commission: float = EXCHANGE_COMMISSION,
    life: MatchLife | None = None,
    not_sealed: str = NOT_SEALED,
    metrics: Mapping[str, Any] | None = None,
    forms: Mapping[str, ClubForm] | str = NO_FORMS,
) -> Insight:
    """The document about ``match``, with every age counted to ``at``; ``live`` corrected the forecast.

    ``commission`` is the share of what is won that exchanges keep, ``life`` what became of the match so far,
    ``not_sealed`` why no seal of it is known, ``metrics`` the bundle's evaluation, ``forms``
    the clubs' results or why they are not known.
    """
    p = forecast.p
    grid = consistent(p, forecast.over) if min(p) > 0 and 0 < forecast.over < 1 else None
    views = markets(match, p, grid=grid, at=at, source=publication.source, commission=commission)
    bets = bets_on(match, forecast, at, publication.source, commission, metrics=metrics)
    main = reasons(shifts, display_name(match.home), display_name(match.away))
    state = match_state(match, life, at)
    hours = wait_h(match.priced_at, match.kickoff_at)
    likely = ranges(p, forecast.knowledge, match.league, metrics or {}, hours)
    proof = evidence(forecast.knowledge, match.league, metrics or {})
    form = both_forms(match, forms) if not isinstance(forms, str) else None
    words = levels_text(forecast, display_name(match.home), display_name(match.away))
    unknown = {
        "state.score": None if state.score else state.because or "It has not begun.",
        "sealed": None if life and life.seals else not_sealed,
        "match.id": None if scheduled else "This pairing is in no published calendar.",
        "match.kickoff_at": None if match.kickoff_at else "The feed gives no kick-off time.",
        "goals": None if grid else "The forecast holds something impossible, so no score follows from it.",
        "markets": None if views else "No prices of this match are known.",
        "value_bets": None if bets else why_no_bets(views),
        "levels": None if words else "This forecast was made at one level of knowledge only.",
        "ranges": likely if isinstance(likely, str) else None,
        "evidence": proof if isinstance(proof, str) else None,
        "form": None if form else forms if isinstance(forms, str) else NO_RESULTS,
        "reasons": None if main else "No feature group moved the forecast by a fifth of a point.",
    }
    return Insight(
        match=summary(match, scheduled),
        state=state,
        sealed=last_sealed(life),
        probabilities=probabilities(forecast),
        confidence=confidence(p),
        goals=goals(grid) if grid else None,
        markets=views,
        value_bets=bets,
        reasons=main,
        levels=levels(forecast),
        levels_text=words,
        ranges=None if isinstance(likely, str) else likely,
        evidence=None if isinstance(proof, str) else proof,
        form=form,
        model=ModelView(
            version=model.version,
            created_at=model.created_at,
            knowledge=forecast.knowledge,
            calibration=calibration_view(model.calibration if live.is_identity else live),
        ),
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown={path: why for path, why in unknown.items() if why is not None},
    )


def bets_on(
    match: Match,
    forecast: Forecast,
    at: datetime,
    source: str,
    commission: float = EXCHANGE_COMMISSION,
    *,
    metrics: Mapping[str, Any] | None = None,
) -> tuple[ValueBet, ...]:
    """The value bets on a match at ``at``; none where the model has not read the prices it would judge.

    Each is at a price that can be had, after the ``commission`` of an exchange. ``metrics``, the bundle's
    evaluation, say how uncertain the probabilities are, which shrinks the stakes.
    """
    if forecast.knowledge != "with_odds":
        return ()
    offered = replace(match, prices={key: odds for key, odds in match.prices.items() if is_offer(key)})
    views = markets(offered, forecast.p, grid=None, at=at, source=source, commission=commission)
    hours = wait_h(match.priced_at, match.kickoff_at)
    uncertainty = divergence(forecast.knowledge, match.league, metrics or {}, hours)
    return value_bets(views, forecast.p, uncertainty)


def summary(match: Match, scheduled: bool = True) -> MatchSummary:
    """The match as it is shown in every document."""
    return MatchSummary(
        id=match.id if scheduled else None,
        league=league_ref(LEAGUE_BY_KEY[match.league]),
        season=match.season,
        day=match.day,
        kickoff_at=match.kickoff_at,
        home=team(match.home),
        away=team(match.away),
        scheduled=scheduled,
    )


def league_ref(league: League) -> LeagueRef:
    return LeagueRef(key=league.key, name=league.name, country=league.country)


def team(key: str) -> Team:
    return Team(key=key, name=display_name(key))


def probabilities(forecast: Forecast) -> Probabilities:
    """The forecast's (home, draw, away), each in [0, 1], as a document."""
    home, draw, away = forecast.p
    return Probabilities(home=home, draw=draw, away=away)


def confidence(p: Sequence[float]) -> Confidence:
    """How clear a forecast is, by the favourite's probability, its lead and the entropy of all."""
    best, second = sorted(p, reverse=True)[:2]
    entropy = -math.fsum(x * math.log(x) for x in p if x > 0)
    return Confidence(
        level="HIGH" if best >= 0.60 else "MEDIUM" if best >= 0.45 else "LOW",
        favourite=OUTCOMES[list(p).index(best)],
        lead=best - second,
        certainty=min(1.0, max(0.0, 1 - entropy / math.log(3))),
    )


def goals(grid: Grid) -> Goals:
    """The goals that a score grid expects."""
    home, away = grid.expected_goals
    over = min(1.0, grid.over_2_5)
    return Goals(
        expected_home=home,
        expected_away=away,
        over_2_5=over,
        under_2_5=1 - over,
        both_score=min(1.0, grid.both_score),
        top_scores=tuple(Score(home=i, away=j, probability=p) for i, j, p in grid.top(TOP_SCORES)),
        grid=tuple(tuple(min(1.0, p) for p in row[:GRID_SIZE]) for row in grid.cells[:GRID_SIZE]),
    )


def calibration_view(calibration: Calibration) -> CalibrationView:
    return CalibrationView(
        method="identity" if calibration.is_identity else "matrix",
        matrix=calibration.matrix,
        bias=calibration.bias,
    )


def freshness(publication: Publication, at: datetime) -> Freshness:
    """The age of what was published."""
    age = max(timedelta(0), at - publication.as_of)
    return Freshness(
        as_of=publication.as_of,
        age_s=int(age.total_seconds()),
        source=publication.source,
        stale=age > PUBLICATION_LIFE,
    )
