"""The lists: coming matches with their probabilities, and the leagues they are of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sabiscore.domain.league import SERVED, League
from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES
from sabiscore.insights.compose import freshness, league_ref, probabilities, summary, team
from sabiscore.insights.document import LeagueList, LeagueRow, MatchList, MatchRow
from sabiscore.insights.edition import Edition
from sabiscore.insights.forecast import Forecast
from sabiscore.insights.publish import Publication


def match_list(edition: Edition, matches: Sequence[Match], at: datetime) -> MatchList:
    """The matches in the order given, each with its forecast from the edition's one batch."""
    known = edition.forecasts()
    publication = edition.publication
    return MatchList(
        matches=tuple(_row(match, known[match.id]) for match in matches),
        count=len(matches),
        model_version=edition.model.version,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
    )


def _row(match: Match, forecast: Forecast) -> MatchRow:
    return MatchRow(
        match=summary(match),
        probabilities=probabilities(forecast),
        favourite=OUTCOMES[forecast.p.index(max(forecast.p))],
        knowledge=forecast.knowledge,
        href=f"/api/v1/insights/{match.id}",
    )


def league_list(publication: Publication, at: datetime) -> LeagueList:
    """Every league served, whether or not anything is coming in it."""
    return LeagueList(
        leagues=tuple(_league_row(publication, league) for league in SERVED),
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
    )


def _league_row(publication: Publication, league: League) -> LeagueRow:
    days = sorted(match.day for match in publication.served.values() if match.league == league.key)
    return LeagueRow(
        league=league_ref(league),
        coming=len(days),
        first_day=days[0] if days else None,
        last_day=days[-1] if days else None,
        teams=tuple(team(key) for key in sorted(publication.rosters.get(league.key, ()))),
    )
