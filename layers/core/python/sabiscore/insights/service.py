"""Every answer about what is published: which match a reader means, and which moment it speaks of.

What makes an answer is imported by the first question for it: a cached insight needs none of the others.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

from sabiscore.cache.last_good import Holder
from sabiscore.clock import Clock
from sabiscore.domain.value import EXCHANGE_COMMISSION, Quality
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs, Models
from sabiscore.insights.answers.insight import published_insight
from sabiscore.insights.forecast import Vectors
from sabiscore.publication.corrections import Corrections
from sabiscore.publication.publish import Publication, PublishedStates
from sabiscore.publication.supplements import NO_SUPPLEMENTS, Supplements

if TYPE_CHECKING:
    from sabiscore.insights.health import HealthResult
    from sabiscore.insights.ledger_query import LedgerQuery
    from sabiscore.insights.scored_publication import ScoredPublication
    from sabiscore.insights.stored_track_record import StoredTrackRecord


class Insights:
    """Answers questions about the matches published, with the model in production.

    ``commission`` is the share of what is won that exchanges keep, in every value bet. ``inputs`` is what all
    answers are made from.
    """

    def __init__(
        self,
        publications: Holder[Publication],
        records: Holder[StoredTrackRecord],
        *,
        corrections: Holder[Corrections],
        models: Models,
        open_states: Callable[[PublishedStates], Vectors],
        clock: Clock,
        commission: float = EXCHANGE_COMMISSION,
        supplements: Holder[Supplements] = NO_SUPPLEMENTS,
    ) -> None:
        self.inputs = AnswerInputs(
            publications,
            records,
            corrections=corrections,
            models=models,
            open_states=open_states,
            clock=clock,
            commission=commission,
            supplements=supplements,
        )

    @property
    def publications(self) -> Holder[Publication]:
        """What is published, and why nothing newer is."""
        return self.inputs.publications

    def insight(self, match_id: str) -> CacheableDocument:
        """The insight about a published match. Raises UnknownMatch."""
        return published_insight(self.inputs, match_id)

    def matchup(self, text: str, league: str | None, day: date | None = None) -> CacheableDocument:
        """The insight about a pairing in a reader's words, scheduled or not.

        A pairing that is not in the calendar is forecast as if played on ``day``, that of publication
        by default. Raises UnknownLeague and UnknownTeam with candidates, Refused for what is not a
        pairing, and for a day that is over, more than a year off, or on which a team plays another.
        """
        from sabiscore.insights.answers.matchup import matchup_insight

        return matchup_insight(self.inputs, text, league, day)

    def matches(
        self,
        league: str | None,
        first: date | None,
        last: date | None,
        *,
        day: date | None = None,
        team: str | None = None,
    ) -> CacheableDocument:
        """The matches of a league (all served by default) and team from ``first`` to ``last``, inclusive.

        Days are UTC; without any, from today on. Raises Refused for days in the wrong order, and for ``day``
        beside them.
        """
        from sabiscore.insights.answers.matches import matches

        return matches(self.inputs, league=league, first=first, last=last, day=day, team=team)

    def match(self, match_id: str) -> CacheableDocument:
        """Where a match stands, coming or of the last days. Raises UnknownMatch."""
        from sabiscore.insights.answers.match import match_standing

        return match_standing(self.inputs, match_id)

    def prices(self, match_id: str) -> CacheableDocument:
        """The prices of a match over time. Raises UnknownMatch, for one that has kicked off too."""
        from sabiscore.insights.answers.match import prices

        return prices(self.inputs, match_id)

    def value_bets(self, league: str | None, least: float, quality: Quality | None) -> CacheableDocument:
        """The value bets on the coming matches of a league (all served by default), the best first."""
        from sabiscore.insights.answers.value_bets import value_bets

        return value_bets(self.inputs, league, least, quality)

    def performance(self) -> CacheableDocument:
        """The public record of settled predictions and bets, beside the bundle's evaluation."""
        from sabiscore.insights.answers.track_record import track_record

        return track_record(self.inputs)

    def whole_performance(self) -> CacheableDocument:
        """The same with the figures of every day, for a page that draws them."""
        from sabiscore.insights.answers.track_record import whole_track_record

        return whole_track_record(self.inputs)

    def performance_days(self, season: str) -> CacheableDocument:
        """Every day of the record in a season, with its anchor. Raises UnknownSeason."""
        from sabiscore.insights.answers.track_record import track_record_days

        return track_record_days(self.inputs, season)

    def ledger(self, query: LedgerQuery, *, lines: bool = False) -> CacheableDocument:
        """The entries that ``query`` asks for; ``lines``: readers go on in JSON lines."""
        from sabiscore.insights.answers.ledger import ledger_entries

        return ledger_entries(self.inputs, query, lines=lines)

    def ledger_entry(self, text: str) -> CacheableDocument:
        """The entry with the number or hash ``text``, and what proves it.

        Making it raises UnknownEntry where there is none.
        """
        from sabiscore.insights.answers.ledger import ledger_entry

        return ledger_entry(self.inputs, text)

    def system(self, report: Callable[[], HealthResult]) -> CacheableDocument:
        """How the system stands by the health ``report``, data, sources and schedules."""
        from sabiscore.insights.answers.system import system

        return system(self.inputs, report)

    def leagues(self) -> CacheableDocument:
        """The leagues served, with their teams, what is coming in them, and the bundle's figures of each."""
        from sabiscore.insights.answers.leagues import leagues

        return leagues(self.inputs)

    def scored_publication(self) -> ScoredPublication:
        """What is published now, read by the model in production."""
        return self.inputs.scored(self.publications.get())
