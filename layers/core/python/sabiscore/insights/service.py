"""Which match a reader means, and which moment the answer speaks of."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, partial
from typing import Any, Protocol

from sabiscore.cache import tags
from sabiscore.cache.last_good import Holder
from sabiscore.clock import Clock
from sabiscore.domain.calibration import Calibration
from sabiscore.domain.league import SERVED, League
from sabiscore.domain.match import Match, season_on
from sabiscore.domain.value import EXCHANGE_COMMISSION, PRICE_LIFE, Quality
from sabiscore.errors import BadPublication, NothingPublished, Refused, UnknownLeague, UnknownMatch
from sabiscore.identity.clubs import display_name
from sabiscore.identity.leagues import find_league
from sabiscore.identity.matchups import find_matchup, find_team
from sabiscore.insights.compose import NO_FORMS, insight
from sabiscore.insights.document import Document
from sabiscore.insights.evaluation import evaluation_of
from sabiscore.insights.fixtures import Fixture, FixtureFilter, days_of, in_order, known_fixtures
from sabiscore.insights.forecast import ForecastModel, Vectors
from sabiscore.insights.health import HealthResult
from sabiscore.insights.kept_rows import KeptRows
from sabiscore.insights.ledger_pages import LedgerQuery, fetch_entry, fetch_page, ledger_page, ledger_proof
from sabiscore.insights.listing import (
    FixtureChoice,
    league_list,
    match_list,
    match_report,
    match_row,
    value_bet_list,
)
from sabiscore.insights.match_state import (
    PAST_UNREADABLE,
    instants_of_change,
    is_in_play,
    not_sealed,
    utc_day,
)
from sabiscore.insights.price_history import price_list
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.insights.stored_track_record import StoredTrackRecord, track_record_document
from sabiscore.insights.system_board import system_board
from sabiscore.insights.time_bucket import DAY, STALE_LIVES, TimeBucket, time_bucket, ttl_s
from sabiscore.observability.metrics import METRICS
from sabiscore.publication.club_forms import ClubForm, read_forms
from sabiscore.publication.corrections import Corrections, mark_of
from sabiscore.publication.ledger_pages import PublishedLedger, last_ledger
from sabiscore.publication.matchday import Matchday, MatchLife, last_matchday
from sabiscore.publication.price_history import read_history
from sabiscore.publication.publish import Publication, PublishedStates
from sabiscore.publication.supplements import CLUBS, HINT, NO_SUPPLEMENTS, PRICES, SYSTEM, Supplements
from sabiscore.publication.system_state import SystemState, read_system

Fetch = Callable[[Sequence[str]], Awaitable[None]]
"""Brings supplements by the names of their files, where a fleet shares them; never raises."""

LISTS = "matches"
LIST_LIFE_S = 60
IN_PLAY_LIFE_S = 30
LEAGUES_LIFE_S = 300
RECORD_LIFE_S = 180
LEDGER_LIFE_S = 60
SYSTEM_LIFE_S = 10
EMPTY_LEDGER = "empty"
UNREADABLE = "unreadable"
"""In place of the digest of a record that cannot be read."""
FARTHEST = timedelta(days=366)
"""How far ahead a day may be named: who plays where in later seasons is not known."""


class Models(Protocol):
    """Where the model in production comes from; ``version`` names it everywhere and costs next to nothing."""

    def version(self) -> str: ...

    def metrics(self) -> Mapping[str, Any]: ...

    def get(self) -> ForecastModel: ...


@dataclass(frozen=True, slots=True)
class CacheableDocument:
    """A document that can be made, by its ``name`` among those of its kind.

    ``tags`` (sorted) tell what it is about and the publication it is made from; ``time_bucket`` tells what it
    would speak of if it were made now. ``prepare`` brings files that it is made from, where those lie
    elsewhere.
    """

    name: str
    tags: tuple[str, ...]
    time_bucket: Callable[[], TimeBucket]
    make: Callable[[TimeBucket], Document]
    prepare: Callable[[Fetch], Awaitable[None]] | None = None

    @property
    def sort(self) -> str:
        """What kind of document it is: those of one sort are made from the same parts."""
        return "list" if self.name.startswith(f"{LISTS}/") else "insight"

    @property
    def made_of(self) -> tuple[str, ...]:
        """The tags of what it is made from."""
        return tuple(filter(tags.is_publication_part, self.tags))


@dataclass(frozen=True, slots=True, kw_only=True)
class _CurrentAnswers:
    """What the answers of now are made from, and those to GETs of an insight that were asked for."""

    publication: Publication
    version: str
    live: Calibration
    supplements: Supplements
    matchday: Matchday
    fixtures: dict[date, Mapping[str, Fixture]] = field(default_factory=dict)
    insights: dict[str, CacheableDocument] = field(default_factory=dict)
    rows: KeptRows = field(default_factory=lambda: KeptRows(match_row))

    @property
    def tags(self) -> tuple[str, ...]:
        return (
            tags.bundle_tag(self.version),
            tags.publication_tag(self.publication.digest),
            tags.calibration_tag(mark_of(self.live)),
        )

    @property
    def rosters(self) -> dict[str, tuple[str, ...]]:
        """The teams of each served league, those included that may still join it."""
        known, others = self.publication.rosters, self.publication.may_play
        return {served.key: (*known.get(served.key, ()), *others.get(served.key, ())) for served in SERVED}


class Insights:
    """Answers questions about the matches published, with the model in production.

    ``commission`` is the share of what is won that exchanges keep, in every value bet.
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
        self.publications = publications
        self._supplements = supplements
        self._matchday = last_matchday(supplements)
        self._ledgers = last_ledger(supplements)
        self._records = records
        self._corrections = corrections
        self._models = models
        self._open_states = open_states
        self._clock = clock
        self._commission = commission
        self._kept: _CurrentAnswers | None = None
        self._scored: ScoredPublication | None = None
        self._lock = threading.Lock()

    def insight(self, match_id: str) -> CacheableDocument:
        """The insight about a published match. Raises UnknownMatch."""
        current = self._current()
        known = current.insights.get(match_id)
        if known is not None:
            return known
        publication = current.publication
        match = publication.served.get(publication.renamed.get(match_id, match_id))
        if match is None:
            raise UnknownMatch(
                f"No coming match has the id {match_id[:80]!r}.",
                hint="See /api/v1/matches for those that are.",
            )
        answer = current.insights[match_id] = self._about(current, match, scheduled=True)
        return answer

    def matchup(self, text: str, league: str | None, day: date | None = None) -> CacheableDocument:
        """The insight about a pairing in a reader's words, scheduled or not.

        A pairing that is not in the calendar is forecast as if played on ``day``, that of publication
        by default. Raises UnknownLeague and UnknownTeam with candidates, Refused for what is not a
        pairing, and for a day that is over, more than ``FARTHEST`` off, or on which a team plays another.
        """
        current = self._current()
        publication = current.publication
        key = served_league(league).key if league is not None else None
        found = find_matchup(text, current.rosters, key)
        today = publication.as_of.astimezone(UTC).date()
        if day is not None and day < today:
            raise Refused(f"{day} is over: this was published as of {today}.", hint="Name a later day.")
        if day is not None and day > today + FARTHEST:
            raise Refused(
                f"{day} is too far off to say anything: this was published as of {today}.",
                hint=f"Name a day up to {today + FARTHEST}.",
            )
        coming = [
            m
            for m in publication.served.values()
            if (m.league, m.home, m.away) == found and day in (None, m.day)
        ]
        if coming:
            return self._about(current, min(coming, key=lambda match: match.day), scheduled=True)
        league_key, home, away = found
        if day is not None:
            _require_free(day, (home, away), publication.matches.values())
        day = day or today
        match = Match(league=league_key, season=season_on(day), day=day, home=home, away=away)
        return self._about(current, match, scheduled=False)

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
        if day is not None and (first or last):
            raise Refused("day is given beside from or to.", hint="Give one day, or from and to.")
        if first and last and first > last:
            raise Refused(f"from={first} is after to={last}.", hint="Swap the two dates.")
        current = self._current()
        key = served_league(league).key if league is not None else None
        club = find_team(team, current.rosters, key) if team is not None else None
        today = self._now(current.publication).astimezone(UTC).date()
        wanted = FixtureFilter(key, club, day or first or today, day or last)

        def choose() -> FixtureChoice:
            found = self._fixtures(current)
            of_them = [fixture for fixture in found.values() if wanted.admits(fixture.match)]
            chosen = [fixture for fixture in of_them if wanted.holds(utc_day(fixture.match))]
            return FixtureChoice(wanted, in_order(chosen), days_of(of_them), current.matchday.readable)

        chosen = cache(choose)

        def when() -> TimeBucket:
            now = self._now(current.publication)
            matches = [fixture.match for fixture in chosen().chosen]
            changes = [at for match in matches for at in _changes(match)]
            life = IN_PLAY_LIFE_S if any(is_in_play(match, now) for match in matches) else LIST_LIFE_S
            midnight = datetime.combine(today, time(), UTC) + DAY
            return self._moment(current.publication, life, (*changes, midnight))

        leagues = [key] if key else [served.key for served in SERVED]
        about = [tags.ODDS, *map(tags.league_tag, leagues), *map(tags.list_tag, leagues)]
        return self._answer(
            f"{LISTS}/{key}/{club}/{wanted.first}/{wanted.last}",
            [*about, tags.matchday_tag(current.matchday.digest)],
            current,
            when,
            lambda scored, when: match_list(scored, chosen(), when.at, rows=current.rows, day=day),
        )

    def match(self, match_id: str) -> CacheableDocument:
        """Where a match stands, coming or of the last days. Raises UnknownMatch."""
        current = self._current()
        publication = current.publication
        fixture = self._fixtures(current).get(publication.renamed.get(match_id, match_id))
        if fixture is None and not current.matchday.readable:
            raise BadPublication(PAST_UNREADABLE, hint=HINT)
        if fixture is None:
            raise UnknownMatch(
                f"No coming match, and none of the last days, has the id {match_id[:80]!r}.",
                hint="See /api/v1/matches for those that are.",
            )
        match = fixture.match
        made_of = tags.publication_tag(publication.digest), *_life_tags(fixture.life)

        def when() -> TimeBucket:
            life = ttl_s(match.kickoff_at, self._now(publication))
            return self._moment(publication, life, _changes(match))

        return CacheableDocument(
            f"match/{match.id}",
            tuple(sorted((*made_of, tags.match_tag(match.id), tags.league_tag(match.league)))),
            when,
            lambda when: match_report(fixture, publication, when.at),
        )

    def prices(self, match_id: str) -> CacheableDocument:
        """The prices of a match over time. Raises UnknownMatch, for one that has kicked off too."""
        current = self._current()
        publication, supplements = current.publication, current.supplements
        match = publication.served.get(publication.renamed.get(match_id, match_id))
        if match is None or not _is_coming(match, self._now(publication)):
            raise UnknownMatch(
                f"No match that is still to kick off has the id {match_id[:80]!r}.",
                hint="See /api/v1/matches for those that are.",
            )

        def make(when: TimeBucket) -> Document:
            try:
                history = read_history(supplements, match.id)
            except BadPublication:
                return price_list(match, "Earlier prices cannot be read.", publication, when.at)
            return price_list(match, history or "No earlier prices were collected.", publication, when.at)

        made_of = [
            tags.publication_tag(publication.digest),
            tags.prices_tag(supplements.sha256_of(PRICES)),
            tags.match_tag(match.id),
            tags.league_tag(match.league),
            tags.ODDS,
        ]
        return CacheableDocument(
            f"prices/{match.id}",
            tuple(sorted(made_of)),
            lambda: self._moment(
                publication, ttl_s(match.kickoff_at, self._now(publication)), _changes(match)
            ),
            make,
            partial(_fetch_file, supplements, PRICES),
        )

    def _fixtures(self, current: _CurrentAnswers) -> Mapping[str, Fixture]:
        """All that can be spoken of; found once for what is published, and once more for each day."""
        now = self._now(current.publication)
        day = now.date()
        if day not in current.fixtures:
            current.fixtures.clear()
            current.fixtures[day] = known_fixtures(current.publication, current.matchday, now)
        return current.fixtures[day]

    def value_bets(self, league: str | None, least: float, quality: Quality | None) -> CacheableDocument:
        """The value bets on the coming matches of a league (all served by default), the best first."""
        current, stored = self._current(), self._record_or_none()
        key = served_league(league).key if league is not None else None

        def choose() -> list[Match]:
            return [m for m in current.publication.served.values() if key in (None, m.league)]

        make = partial(value_bet_list, least=least, quality=quality, record=stored.record if stored else None)
        name = f"value-bets/{key}/{least}/{quality}"
        return self._list(
            name, key, current, choose, make, tags.record_tag(stored.digest if stored else UNREADABLE)
        )

    def _record_or_none(self) -> StoredTrackRecord | None:
        """The record; None where it cannot be read, since value bets stand without it."""
        try:
            return self._records.get()
        except BadPublication:
            return None  # health says why, and the answer what is unknown

    def performance(self) -> CacheableDocument:
        """The public record of settled predictions and bets, beside the bundle's evaluation."""
        publication, stored = self.publications.get(), self._records.get()
        version = self._models.version()
        made_of = [
            tags.bundle_tag(version),
            tags.publication_tag(publication.digest),
            tags.record_tag(stored.digest),
        ]

        def make(when: TimeBucket) -> Document:
            evaluation = evaluation_of(version, self._models.metrics())
            return track_record_document(stored.record, publication, when, evaluation)

        return CacheableDocument(
            "performance",
            tuple(sorted(made_of)),
            lambda: self._moment(publication, RECORD_LIFE_S),
            make,
        )

    def ledger(self, query: LedgerQuery, *, lines: bool = False) -> CacheableDocument:
        """The entries that ``query`` asks for; ``lines``: readers go on in JSON lines."""
        ledger = self._ledgers.get()

        def make(publication: Publication, at: datetime) -> Document:
            return ledger_page(query, ledger, publication, at, lines=lines)

        return self._of_ledger(f"{query.name}/{lines}", ledger, make, partial(fetch_page, query, ledger))

    def ledger_entry(self, text: str) -> CacheableDocument:
        """The entry with the number or hash ``text``, and what proves it.

        Making it raises UnknownEntry where there is none.
        """
        ledger, stored = self._ledgers.get(), self._record_or_none()
        anchors = stored.record.anchors if stored else ()

        def make(publication: Publication, at: datetime) -> Document:
            return ledger_proof(text, ledger, publication, at, anchors=anchors)

        return self._of_ledger(text, ledger, make, partial(fetch_entry, text, ledger))

    def _of_ledger(
        self,
        name: str,
        ledger: PublishedLedger,
        make: Callable[[Publication, datetime], Document],
        prepare: Callable[[Fetch], Awaitable[None]],
    ) -> CacheableDocument:
        publication, records = self.publications.get(), self._record_or_none()
        made_of = [
            tags.publication_tag(publication.digest),
            tags.record_tag(records.digest if records else UNREADABLE),
            tags.ledger_tag(ledger.head or EMPTY_LEDGER),
        ]
        return CacheableDocument(
            f"ledger/{name}",
            tuple(sorted(made_of)),
            lambda: self._moment(publication, LEDGER_LIFE_S),
            lambda when: make(publication, when.at),
            prepare,
        )

    def system(self, report: Callable[[], HealthResult]) -> CacheableDocument:
        """How the system stands by the health ``report``, data, sources and schedules."""
        supplements, matchday = self._supplements.get(), self._matchday.get()

        def make(when: TimeBucket) -> Document:
            return system_board(
                report(),
                publication=self._publication_or_none(),
                matchday=matchday,
                state=_system_state(supplements),
                metrics=METRICS,
                at=when.at,
            )

        made_of = tags.system_tag(supplements.sha256_of(SYSTEM))
        return CacheableDocument(
            "system", (made_of,), lambda: time_bucket(self._clock.now(), SYSTEM_LIFE_S), make
        )

    def _publication_or_none(self) -> Publication | None:
        try:
            return self.publications.get()
        except (NothingPublished, BadPublication):
            return None  # the health report says why

    def leagues(self) -> CacheableDocument:
        """The leagues served, with their teams, what is coming in them, and the bundle's figures of each."""
        publication, version = self.publications.get(), self._models.version()
        made_of = (tags.bundle_tag(version), tags.publication_tag(publication.digest))
        return CacheableDocument(
            "leagues",
            tuple(sorted(made_of)),
            lambda: self._moment(publication, LEAGUES_LIFE_S),
            lambda when: league_list(publication, when.at, version, self._models.metrics()),
        )

    def _current(self) -> _CurrentAnswers:
        """What answers are made from now. Nothing is loaded for it but what is published."""
        publication, version = self.publications.get(), self._models.version()
        live, supplements = self._corrections.get().of(version).calibration, self._supplements.get()
        matchday = self._matchday.get()
        current = self._kept
        if (
            current is None
            or current.publication is not publication
            or current.version != version
            or current.live is not live
            or current.supplements is not supplements
            or current.matchday is not matchday
        ):
            current = self._kept = _CurrentAnswers(
                publication=publication,
                version=version,
                live=live,
                supplements=supplements,
                matchday=matchday,
            )
        return current

    def _about(self, current: _CurrentAnswers, match: Match, scheduled: bool) -> CacheableDocument:
        publication = current.publication

        def when() -> TimeBucket:
            life = ttl_s(match.kickoff_at, self._now(publication))
            return self._moment(publication, life, _changes(match))

        name = match.id if scheduled else f"{match.id}@{match.day}"
        supplements = current.supplements
        became = current.matchday.lives.get(match.id) if scheduled else None
        about = [tags.match_tag(match.id), tags.league_tag(match.league), tags.ODDS, *_life_tags(became)]
        about.append(tags.clubs_tag(supplements.sha256_of(CLUBS)))

        def make(scored: ScoredPublication, when: TimeBucket) -> Document:
            forecast, shifts = scored.explained(match)
            return insight(
                match,
                forecast,
                shifts=shifts,
                publication=publication,
                model=scored.model,
                at=when.at,
                scheduled=scheduled,
                live=scored.calibration,
                commission=scored.commission,
                life=became,
                not_sealed=not_sealed(current.matchday),
                metrics=self._models.metrics(),
                forms=_forms(supplements, match.league),
            )

        return self._answer(
            name, about, current, when, make, prepare=partial(_fetch_file, supplements, CLUBS)
        )

    def _list(
        self,
        name: str,
        league: str | None,
        current: _CurrentAnswers,
        choose: Callable[[], Sequence[Match]],
        make: Callable[[ScoredPublication, Sequence[Match], datetime], Document],
        *about: str,
    ) -> CacheableDocument:
        """A list of matches of ``league`` (all served for None), which also follows the tags ``about``."""
        leagues = [league] if league else [served.key for served in SERVED]
        chosen = cache(choose)  # only where the answer is made: most find it kept, or are refused

        def when() -> TimeBucket:
            changes = [at for match in chosen() for at in _changes(match)]
            return self._moment(current.publication, LIST_LIFE_S, changes)

        return self._answer(
            name,
            [tags.ODDS, *about, *map(tags.league_tag, leagues), *map(tags.list_tag, leagues)],
            current,
            when,
            lambda scored, when: make(scored, chosen(), when.at),
        )

    def _answer(
        self,
        name: str,
        about: Sequence[str],
        current: _CurrentAnswers,
        time_bucket: Callable[[], TimeBucket],
        make: Callable[[ScoredPublication, TimeBucket], Document],
        *,
        prepare: Callable[[Fetch], Awaitable[None]] | None = None,
    ) -> CacheableDocument:
        """An answer that needs the model: its tags follow the model, which is loaded only to make it."""
        return CacheableDocument(
            name,
            tuple(sorted((*about, *current.tags))),
            time_bucket,
            lambda when: make(self._scored_of(current.publication), when),
            prepare,
        )

    def scored_publication(self) -> ScoredPublication:
        """What is published now, read by the model in production."""
        return self._scored_of(self.publications.get())

    def _scored_of(self, publication: Publication) -> ScoredPublication:
        model = self._models.get()
        live = self._corrections.get().of(model.version).calibration
        with self._lock:
            scored = self._scored
            if scored is None or not scored.is_of(publication, model, live):
                scored = self._scored = ScoredPublication(
                    publication,
                    model,
                    open_states=self._open_states,
                    calibration=live,
                    before=scored,
                    commission=self._commission,
                )
            return scored

    def _now(self, publication: Publication) -> datetime:
        return publication.as_of if publication.rehearsal else self._clock.now()

    def _moment(self, publication: Publication, life: int, changes: Sequence[datetime] = ()) -> TimeBucket:
        now = self._now(publication)
        if publication.rehearsal:
            return TimeBucket(now, life, 0, STALE_LIVES * life)
        return time_bucket(now, life, changes)


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
    """When what is said of ``match`` changes by itself: kick-off, its end, the end of its prices."""
    expiry = [match.priced_at + PRICE_LIFE] if match.priced_at else []
    return [*instants_of_change(match), *expiry]


def _system_state(supplements: Supplements) -> SystemState | str:
    """What schedules saw last, or why it is not known."""
    try:
        return read_system(supplements) or "No schedule has looked yet."
    except BadPublication:
        return "What schedules saw last cannot be read."


async def _fetch_file(supplements: Supplements, name: str, fetch: Fetch) -> None:
    """Brings the file called ``name``, if there is one."""
    file = supplements.files.get(name)
    await fetch([file.path.name] if file is not None else [])


def _forms(supplements: Supplements, league: str) -> Mapping[str, ClubForm] | str:
    """The results and ratings of the clubs of ``league``, or why they are not known."""
    try:
        return read_forms(supplements, league) or NO_FORMS
    except BadPublication:
        return "The published results of clubs cannot be read."


def _is_coming(match: Match, at: datetime) -> bool:
    return match.kickoff_at is None or at < match.kickoff_at


def _life_tags(life: MatchLife | None) -> tuple[str, ...]:
    """What names exactly this life of a match: an answer made of another one is not current."""
    return () if life is None else (tags.life_tag(life.digest),)


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
