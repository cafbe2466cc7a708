"""Which match a reader means, and which moment the answer speaks of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

from sabiscore.cache import tags
from sabiscore.cache.last_good import Holder
from sabiscore.clock import Clock
from sabiscore.domain.league import SERVED, League, find_league
from sabiscore.domain.match import Match, season_on
from sabiscore.domain.value import PRICE_LIFE
from sabiscore.errors import Refused, UnknownLeague, UnknownMatch
from sabiscore.insights.compose import insight
from sabiscore.insights.document import Document, Quality
from sabiscore.insights.edition import Edition
from sabiscore.insights.forecast import Model, Vectors
from sabiscore.insights.listing import league_list, match_list, value_bet_list
from sabiscore.insights.live_calibration import Corrections, mark_of
from sabiscore.insights.moment import STALE_LIVES, Moment, life_s, moment
from sabiscore.insights.publish import Publication
from sabiscore.insights.record import Told, performance
from sabiscore.insights.teams import find_matchup

LISTS = "matches"
LIST_LIFE_S = 60
LEAGUES_LIFE_S = 300
RECORD_LIFE_S = 180


class Models(Protocol):
    """Where the model in production comes from; ``version`` names it everywhere and costs next to nothing."""

    def version(self) -> str: ...

    def get(self) -> Model: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A document that can be made, by its ``name`` among those of its kind.

    ``tags`` (sorted) tell what it is about and the edition it is made from; ``moment`` is what it speaks of.
    """

    name: str
    tags: tuple[str, ...]
    moment: Moment
    make: Callable[[], Document]

    @property
    def sort(self) -> str:
        """What kind of document it is: those of one sort are made from the same parts."""
        return "list" if self.name.startswith(f"{LISTS}/") else "insight"

    @property
    def edition(self) -> tuple[str, ...]:
        """The tags of what it is made from."""
        return tuple(filter(tags.is_edition, self.tags))


class Insights:
    """Answers questions about the matches published, with the model in production."""

    def __init__(
        self,
        publications: Holder[Publication],
        records: Holder[Told],
        corrections: Holder[Corrections],
        models: Models,
        open_states: Callable[[Path], Vectors],
        clock: Clock,
    ) -> None:
        self.publications = publications
        self._records = records
        self._corrections = corrections
        self._models = models
        self._open_states = open_states
        self._clock = clock
        self._edition: Edition | None = None
        self._lock = threading.Lock()

    def insight(self, match_id: str) -> Answer:
        """The insight about a published match. Raises UnknownMatch."""
        publication = self.publications.get()
        match = publication.served.get(match_id)
        if match is None:
            raise UnknownMatch(
                f"No coming match has the id {match_id[:80]!r}.",
                hint="See /api/v1/matches for those that are.",
            )
        return self._about(publication, match, scheduled=True)

    def matchup(self, text: str, league: str | None, day: date | None = None) -> Answer:
        """The insight about a pairing in a reader's words, scheduled or not.

        A pairing that is not in the calendar is forecast as if played on ``day``, that of publication
        by default. Raises UnknownLeague and UnknownTeam with candidates, Refused for what is not a
        pairing and for a day that is over.
        """
        publication = self.publications.get()
        key = served_league(league).key if league is not None else None
        rosters = {served.key: publication.rosters.get(served.key, ()) for served in SERVED}
        found = find_matchup(text, rosters, key)
        today = publication.as_of.astimezone(UTC).date()
        if day is not None and day < today:
            raise Refused(f"{day} is over: this was published as of {today}.", hint="Name a later day.")
        coming = [
            m
            for m in publication.served.values()
            if (m.league, m.home, m.away) == found and day in (None, m.day)
        ]
        if coming:
            return self._about(publication, min(coming, key=lambda match: match.day), scheduled=True)
        day = day or today
        league_key, home, away = found
        match = Match(league_key, season_on(day), day, home, away)
        return self._about(publication, match, scheduled=False)

    def matches(self, league: str | None, first: date | None, last: date | None) -> Answer:
        """The coming matches of a league (all served by default) from ``first`` to ``last``, inclusive."""
        if first and last and first > last:
            raise Refused(f"from={first} is after to={last}.", hint="Swap the two dates.")
        publication = self.publications.get()
        key = served_league(league).key if league is not None else None
        begin = first or publication.as_of.astimezone(UTC).date()
        chosen = sorted(
            (
                match
                for match in publication.served.values()
                if key in (None, match.league) and begin <= match.day and (last is None or match.day <= last)
            ),
            key=_in_order,
        )
        when = self._moment(publication, LIST_LIFE_S, [at for match in chosen for at in _changes(match)])
        leagues = [key] if key else [served.key for served in SERVED]
        return self._answer(
            f"{LISTS}/{key}/{begin}/{last}",
            [tags.ODDS, *map(tags.league_tag, leagues), *map(tags.list_tag, leagues)],
            publication,
            when,
            lambda edition: match_list(edition, chosen, when.at),
        )

    def value_bets(self, league: str | None, least: float, quality: Quality | None) -> Answer:
        """The value bets on the coming matches of a league (all served by default), the best first."""
        publication, told = self.publications.get(), self._records.get()
        key = served_league(league).key if league is not None else None
        chosen = [match for match in publication.served.values() if key in (None, match.league)]
        when = self._moment(publication, LIST_LIFE_S, [at for match in chosen for at in _changes(match)])
        leagues = [key] if key else [served.key for served in SERVED]
        return self._answer(
            f"value-bets/{key}/{least}/{quality}",
            [
                *(tags.ODDS, tags.record_tag(told.digest)),
                *map(tags.league_tag, leagues),
                *map(tags.list_tag, leagues),
            ],
            publication,
            when,
            lambda edition: value_bet_list(
                edition, chosen, when.at, least=least, quality=quality, record=told.record
            ),
        )

    def performance(self) -> Answer:
        """The public record of settled predictions and bets."""
        publication, told = self.publications.get(), self._records.get()
        when = self._moment(publication, RECORD_LIFE_S)
        edition = tags.publication_tag(publication.digest), tags.record_tag(told.digest)
        return Answer("performance", edition, when, lambda: performance(told.record, publication, when))

    def leagues(self) -> Answer:
        """The leagues served, with their teams and what is coming in them."""
        publication = self.publications.get()
        when = self._moment(publication, LEAGUES_LIFE_S)
        edition = (tags.publication_tag(publication.digest),)
        return Answer("leagues", edition, when, lambda: league_list(publication, when.at))

    def _about(self, publication: Publication, match: Match, scheduled: bool) -> Answer:
        life = life_s(match.kickoff_at, self._now(publication))
        when = self._moment(publication, life, _changes(match))
        name = match.id if scheduled else f"{match.id}@{match.day}"
        about = [tags.match_tag(match.id), tags.league_tag(match.league), tags.ODDS]

        def make(edition: Edition) -> Document:
            forecast, shifts = edition.explained(match)
            return insight(
                match,
                forecast,
                shifts,
                publication,
                edition.model,
                when.at,
                scheduled=scheduled,
                live=edition.calibration,
            )

        return self._answer(name, about, publication, when, make)

    def _answer(
        self,
        name: str,
        about: Sequence[str],
        publication: Publication,
        when: Moment,
        make: Callable[[Edition], Document],
    ) -> Answer:
        """An answer that needs the model: its tags follow the model, which is loaded only to make it."""
        version = self._models.version()
        live = self._corrections.get().of(version).calibration
        edition = (
            tags.bundle_tag(version),
            tags.publication_tag(publication.digest),
            tags.calibration_tag(mark_of(live)),
        )
        return Answer(
            name, tuple(sorted((*about, *edition))), when, lambda: make(self._edition_of(publication))
        )

    def edition(self) -> Edition:
        """What is published now, read by the model in production."""
        return self._edition_of(self.publications.get())

    def _edition_of(self, publication: Publication) -> Edition:
        model = self._models.get()
        live = self._corrections.get().of(model.version).calibration
        with self._lock:
            edition = self._edition
            if edition is None or not edition.is_of(publication, model, live):
                edition = self._edition = Edition(publication, model, self._open_states, live)
            return edition

    def _now(self, publication: Publication) -> datetime:
        return publication.as_of if publication.rehearsal else self._clock.now()

    def _moment(self, publication: Publication, life: int, changes: Sequence[datetime] = ()) -> Moment:
        now = self._now(publication)
        if publication.rehearsal:
            return Moment(now, life, 0, STALE_LIVES * life)
        return moment(now, life, changes)


def served_league(text: str) -> League:
    """The league that ``text`` names, if we answer for it; raises UnknownLeague with those we do."""
    league = find_league(text)
    if league.served:
        return league
    keys = tuple(served.key for served in SERVED)
    raise UnknownLeague(
        f"{league.name} is followed but not forecast.",
        candidates=keys,
        hint=f"Choose one of {', '.join(keys)}.",
    )


def _changes(match: Match) -> list[datetime]:
    """The instants at which what is said of ``match`` changes by itself: kick-off, the end of its prices."""
    expiry = match.priced_at + PRICE_LIFE if match.priced_at else None
    return [at for at in (match.kickoff_at, expiry) if at is not None]


def _in_order(match: Match) -> tuple[date, str, str, str]:
    kickoff = match.kickoff_at.isoformat() if match.kickoff_at else "unknown comes last"
    return match.day, kickoff, match.league, match.home
