"""The lists: coming matches with their probabilities, and the leagues they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sabiscore.domain.league import SERVED, League
from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES
from sabiscore.domain.value import Quality
from sabiscore.insights.compose import bets_on, freshness, league_ref, probabilities, summary, team
from sabiscore.insights.document import (
    LeagueList,
    LeagueRow,
    MatchList,
    MatchRow,
    ValueBet,
    ValueBetList,
    ValueBetRow,
)
from sabiscore.insights.forecast import Forecast
from sabiscore.insights.league_figures import league_figures
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.insights.track_record import TrackRecord
from sabiscore.publication.publish import Publication


def match_list(scored: ScoredPublication, matches: Sequence[Match], at: datetime) -> MatchList:
    """The matches in the order given, each with its forecast from the publication's one batch."""
    known = scored.forecasts()
    publication = scored.publication
    return MatchList(
        matches=tuple(_row(match, known[match.id]) for match in matches),
        count=len(matches),
        model_version=scored.model.version,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
    )


def value_bet_list(
    scored: ScoredPublication,
    matches: Sequence[Match],
    at: datetime,
    *,
    least: float,
    quality: Quality | None,
    record: TrackRecord | None,
) -> ValueBetList:
    """The value bets on ``matches`` with an edge of ``least`` or more, the best first.

    Without a ``record`` nobody knows how closing prices move: what depends on it is null, with that reason.
    """
    known = scored.forecasts()
    source = scored.publication.source
    pull = record.closing_pull.share if record and record.closing_pull else None
    rows = [
        _value_row(match, bet, pull)
        for match in matches
        for bet in bets_on(match, known[match.id], at, source, scored.commission)
        if bet.edge >= least and quality in (None, bet.quality)
    ]
    rows.sort(key=lambda row: (-row.bet.edge, row.href))
    unknown = {}
    if not rows:
        unknown["value_bets"] = "No usable price of a coming match has such an edge."
    elif pull is None:
        unknown["value_bets.expected_closing_line_value"] = (
            "Too few settled matches tell how closing prices move."
            if record
            else "The track record cannot be read."
        )
    return ValueBetList(
        value_bets=tuple(rows),
        count=len(rows),
        min_edge=least,
        model_version=scored.model.version,
        freshness=freshness(scored.publication, at),
        generated_at=at,
        simulated=scored.publication.kind == "simulated",
        rehearsal=scored.publication.rehearsal,
        unknown=unknown,
    )


def _value_row(match: Match, bet: ValueBet, pull: float | None) -> ValueBetRow:
    """The fair price is expected to go the share ``pull`` of the way to our probability by kick-off."""
    closing = bet.fair_probability + (pull or 0.0) * (bet.probability - bet.fair_probability)
    return ValueBetRow(
        match=summary(match),
        bet=bet,
        expected_closing_line_value=None if pull is None else bet.odds * closing - 1,
        href=f"/api/v1/insights/{match.id}",
    )


def _row(match: Match, forecast: Forecast) -> MatchRow:
    return MatchRow(
        match=summary(match),
        probabilities=probabilities(forecast),
        favourite=OUTCOMES[forecast.p.index(max(forecast.p))],
        knowledge=forecast.knowledge,
        href=f"/api/v1/insights/{match.id}",
    )


def league_list(
    publication: Publication, at: datetime, version: str, metrics: Mapping[str, Any]
) -> LeagueList:
    """Every league served, whether or not anything is coming in it.

    ``metrics`` are those of the bundle ``version``: see ``league_figures``.
    """
    return LeagueList(
        leagues=tuple(_league_row(publication, league, metrics) for league in SERVED),
        model_version=version,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
    )


def _league_row(publication: Publication, league: League, metrics: Mapping[str, Any]) -> LeagueRow:
    figures = league_figures(metrics, league)
    days = sorted(match.day for match in publication.served.values() if match.league == league.key)
    return LeagueRow(
        league=league_ref(league),
        coming=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        teams=tuple(team(key) for key in sorted(publication.rosters.get(league.key, ()))),
        teams_complete=league.key not in publication.may_play,
        team_sources=dict(publication.roster_sources.get(league.key, {})),
        figures=None if isinstance(figures, str) else figures,
        figures_unknown_because=figures if isinstance(figures, str) else None,
    )
