"""The lists: coming matches with their probabilities, and the leagues they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sabiscore.domain.league import SERVED, League
from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES
from sabiscore.domain.value import Quality
from sabiscore.insights.compose import (
    bets_on,
    freshness,
    league_ref,
    probabilities,
    summary,
    team,
)
from sabiscore.insights.document import (
    DayCount,
    LeagueList,
    LeagueRow,
    MatchList,
    MatchReport,
    MatchRow,
    SettledRef,
    ValueBet,
    ValueBetList,
    ValueBetRow,
)
from sabiscore.insights.fixtures import Fixture, FixtureFilter, why_none
from sabiscore.insights.forecast import Forecast
from sabiscore.insights.kept_rows import KeptRows
from sabiscore.insights.league_figures import league_figures
from sabiscore.insights.match_clock import PAST_UNREADABLE
from sabiscore.insights.match_state import last_sealed, match_state, sealed_prediction
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.insights.track_record import TrackRecord
from sabiscore.publication.publish import Publication


@dataclass(frozen=True, slots=True)
class FixtureChoice:
    """The fixtures that were ``chosen`` in order, of all those by ``days`` that ``wanted`` could have had.

    Where the ``past`` is not readable, what was played and every score are missing.
    """

    wanted: FixtureFilter
    chosen: Sequence[Fixture]
    days: Mapping[date, int]
    past: bool = True

    @property
    def next_day(self) -> date | None:
        """The first day with matches after those asked for."""
        end = self.wanted.last
        return None if end is None else min((day for day in self.days if day > end), default=None)

    @property
    def previous_day(self) -> date | None:
        """The last day with matches before those asked for."""
        begin = self.wanted.first
        return None if begin is None else max((day for day in self.days if day < begin), default=None)


def match_list(
    scored: ScoredPublication, choice: FixtureChoice, at: datetime, *, rows: KeptRows, day: date | None = None
) -> MatchList:
    """The matches in the order given, each with its forecast from the publication's one batch.

    ``rows`` keeps those that other lists of the same publication have too.
    """
    known = scored.forecasts()
    publication = scored.publication
    next_day, unknown = choice.next_day, {}
    if not choice.chosen:
        unknown["matches"] = why_none(choice.wanted, choice.days, next_day)
    if not choice.past:
        unknown["matches.state"] = f"{PAST_UNREADABLE} What was played is not in the list."
    return MatchList(
        matches=tuple(
            rows.row(fixture, known.get(fixture.match.id), at, match_row) for fixture in choice.chosen
        ),
        count=len(choice.chosen),
        day=day,
        days=tuple(DayCount(day=day, matches=count) for day, count in choice.days.items()),
        next_day=next_day,
        previous_day=choice.previous_day,
        model_version=scored.model.version,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown=unknown,
    )


def match_report(fixture: Fixture, publication: Publication, at: datetime) -> MatchReport:
    """Where one match stands at ``at``, and all that was sealed of it."""
    match, life = fixture.match, fixture.life
    state = match_state(match, life, at)
    settled = life.settled if life is not None else None
    coming = fixture.published and state.status == "scheduled"
    unknown = {
        "match.kickoff_at": None if match.kickoff_at else "The feed gives no kick-off time.",
        "state.score": None if state.score else state.because or "It has not begun.",
        "sealed": None if life and life.seals else fixture.not_sealed,
        "settled": None if settled else "It is not settled.",
        "insight_href": None if fixture.published else "It is over, and no longer forecast.",
        "prices_href": None if coming else "Prices are shown until kick-off.",
    }
    return MatchReport(
        match=summary(match),
        state=state,
        sealed=last_sealed(life),
        seals=tuple(sealed_prediction(seal, life) for seal in life.seals) if life else (),
        settled=SettledRef(seq=settled.seq, hash=settled.hash, settled_at=settled.at) if settled else None,
        insight_href=f"/api/v1/insights/{match.id}" if fixture.published else None,
        prices_href=f"/api/v1/matches/{match.id}/prices" if coming else None,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown={path: why for path, why in unknown.items() if why is not None},
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
        for bet in bets_on(
            match, known[match.id], at, source, scored.commission, metrics=scored.model.metrics
        )
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


def match_row(fixture: Fixture, forecast: Forecast | None, at: datetime) -> MatchRow:
    """A fixture as a list shows it at ``at``; ``forecast`` is None for what is not published any more."""
    match = fixture.match
    place = "insights" if fixture.published else "matches"
    return MatchRow(
        match=summary(match),
        state=match_state(match, fixture.life, at),
        probabilities=probabilities(forecast) if forecast else None,
        favourite=OUTCOMES[forecast.p.index(max(forecast.p))] if forecast else None,
        knowledge=forecast.knowledge if forecast else None,
        sealed=last_sealed(fixture.life),
        href=f"/api/v1/{place}/{match.id}",
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
