"""Facts from whichever source has them: the preferred one first, the next where it fails or has none."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from sabiscore.clock import Clock
from sabiscore.domain.facts import (
    Depth,
    ExpectedGoals,
    Fact,
    HeadToHead,
    Kind,
    Quote,
    Result,
    SeasonStatistics,
    SquadValue,
    Standing,
    TeamStatistics,
)
from sabiscore.errors import BadAnswer, CircuitOpen, NotFound, QuotaSpent, SabiScoreError, SourceOff
from sabiscore.fetching.live import Fetcher
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.sources.base import Provider, Reply, Request, Wanted

MOST_REQUESTS_A_FETCH = 60
"""To one provider in one go; each answer may name more requests that are worth sending."""
BUDGET_S = 120.0
SILENT = (SourceOff, NotFound)
"""No failures: nobody asked for it, or there is no such document yet."""

CLASSES: Mapping[Kind, tuple[type, ...]] = {
    "fixtures": (),  # events themselves
    "odds": (Quote,),
    "depth": (Depth,),
    "results": (Result,),
    "scores": (Result,),
    "standings": (Standing,),
    "statistics": (TeamStatistics, SeasonStatistics),
    "xg": (ExpectedGoals,),
    "head_to_head": (HeadToHead,),
    "squad_value": (SquadValue,),
}

Place = tuple[Kind, str]
"""A kind of facts and the key of a league: the unit that is won by one source."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Which source gave a kind of facts of a league, when, how many, and which failed before it."""

    source: str
    at: datetime
    facts: int
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FetchedFacts:
    """Every reply, by source; who won what; and why each source that failed did."""

    replies: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    won: Mapping[Place, Provenance] = field(default_factory=dict)
    missing: tuple[Place, ...] = ()
    failures: Mapping[str, SabiScoreError] = field(default_factory=dict)

    @property
    def problems(self) -> list[str]:
        """A sentence a source that failed; one that nobody asked, or that has nothing yet, did not."""
        failed = {name: error for name, error in self.failures.items() if not isinstance(error, SILENT)}
        return [f"{name}: {error}" for name, error in sorted(failed.items())]

    @property
    def not_yet(self) -> list[str]:
        """The sources whose documents are not published yet."""
        return sorted(name for name, error in self.failures.items() if isinstance(error, NotFound))

    @property
    def nothing_yet(self) -> bool:
        """Whether what is missing is only not published yet: every source that gave nothing said so."""
        return bool(self.not_yet) and not self.problems


class FactFetcher:
    """Asks sources for what is wanted; ``preference`` names those of each kind, the best first."""

    def __init__(
        self,
        providers: Sequence[Provider],
        preference: Mapping[Kind, Sequence[str]],
        fetcher: Fetcher,
        records: SourceHealth,
        clock: Clock,
        *,
        budget_s: float = BUDGET_S,
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._preference = preference
        self._fetcher = fetcher
        self._records = records
        self._clock = clock
        self._budget_s = budget_s

    def gather(self, wanted: Wanted) -> FetchedFacts:
        """What the sources say; one that fails only leaves its place to the next."""
        open_places: dict[Place, list[str]] = {
            (kind, league): [name for name in self._preference.get(kind, ()) if name in self._providers]
            for kind in sorted(wanted.kinds)
            for league in wanted.leagues
        }
        ends = time.monotonic() + self._budget_s
        visits = {
            name: ProviderSession(provider, self._fetcher, self._records, self._clock, ends)
            for name, provider in self._providers.items()
        }
        won: dict[Place, Provenance] = {}
        tried: dict[Place, tuple[str, ...]] = dict.fromkeys(open_places, ())
        while any(open_places.values()):
            turn = {place: names.pop(0) for place, names in open_places.items() if names}
            self._ask_all(visits, turn, wanted)
            for place, name in turn.items():
                if (count := visits[name].known_count(place)) is None:
                    tried[place] += (name,)
                    continue
                won[place] = Provenance(name, self._clock.now(), count, tried[place])
                del open_places[place]
        asked = {name: visit for name, visit in visits.items() if visit.replies}
        return FetchedFacts(
            {name: tuple(visit.replies) for name, visit in asked.items()},
            won,
            tuple(place for place in tried if place not in won),
            {name: visit.failure for name, visit in visits.items() if visit.failure is not None},
        )

    def _ask_all(
        self, visits: Mapping[str, ProviderSession], turn: Mapping[Place, str], wanted: Wanted
    ) -> None:
        """Each source on a thread of its own, so that a slow one keeps nobody waiting but itself."""
        places = {name: [place for place in turn if turn[place] == name] for name in sorted(turn.values())}
        if len(places) == 1:
            ((name, of),) = places.items()
            visits[name].ask(of, wanted)
            return
        with ThreadPoolExecutor(len(places)) as pool:
            jobs = [pool.submit(visits[name].ask, of, wanted) for name, of in places.items()]
        for job in jobs:
            job.result()


class ProviderSession:
    """All that is asked of one provider in one go; a request that serves several leagues is sent once."""

    def __init__(
        self, provider: Provider, fetcher: Fetcher, records: SourceHealth, clock: Clock, ends: float
    ) -> None:
        self._provider = provider
        self._fetcher = fetcher
        self._records = records
        self._clock = clock
        self._ends = ends
        self._seen: set[tuple[str, bytes, str]] = set()
        self._unanswered: set[tuple[str, bytes, str]] = set()
        self._answered: set[Place] = set()
        self._recorded = 0
        self.replies: list[Reply] = []
        self.failure: SabiScoreError | None = None

    def ask(self, places: Sequence[Place], wanted: Wanted) -> None:
        """Ask for all of ``places``: leagues of which the same is wanted in one go, as many serve several.

        The urgent ones come first: an answer that serves others too is then theirs as well.
        """
        kinds: dict[str, frozenset[Kind]] = {}
        for kind, league in places:
            kinds[league] = kinds.get(league, frozenset()) | {kind}
        alike: dict[tuple[frozenset[Kind], bool], tuple[str, ...]] = {}
        for league in sorted(kinds, key=lambda league: league not in wanted.urgent):
            group = kinds[league], league in wanted.urgent
            alike[group] = (*alike.get(group, ()), league)
        for (same, urgent), leagues in alike.items():
            asked = replace(wanted, kinds=same, leagues=leagues)
            now = self._clock.now()
            try:
                requests = self._provider.requests(asked, now)
                covered = [
                    league
                    for league in leagues
                    if self._provider.requests(replace(asked, leagues=(league,)), now)
                ]
            except Exception as error:
                self._fail(_ours(error, self._provider.name))
                continue
            complete = self._follow(deque(requests), urgent)
            self._answered |= {(kind, league) for league in covered for kind in same if complete}
        self._record()

    def _follow(self, queue: deque[Request], urgent: bool) -> bool:
        """Send the requests and those that their answers name; whether every one of them was answered."""
        complete = True
        while queue:
            request = queue.popleft()
            key = request.url, request.body, request.given
            if key in self._seen:
                complete = complete and key not in self._unanswered
                continue
            hopeless = isinstance(self.failure, SourceOff | CircuitOpen | QuotaSpent)
            if hopeless or len(self._seen) >= MOST_REQUESTS_A_FETCH or time.monotonic() > self._ends:
                return False
            self._seen.add(key)
            try:
                reply = self._fetcher.ask(self._provider, request, urgent=urgent)
            except SabiScoreError as error:
                self._fail(error)
                self._unanswered.add(key)
                complete = False
                continue
            self.replies.append(reply)
            queue.extend(reply.more)
        return complete

    def _fail(self, error: SabiScoreError) -> None:
        self.failure = error
        self._record()
        self._records.failed(self._provider.name, error)

    def _record(self) -> None:
        """Record the good answers since the last record, all at once."""
        new, self._recorded = self.replies[self._recorded :], len(self.replies)
        self._records.good(self._provider.name, *new)

    def known_count(self, place: Place) -> int | None:
        """How many facts of ``place`` there are; None when another source should be asked.

        None at all is an answer when every request was answered, nothing was refused and no match of the
        league is known: then there is nothing to tell.
        """
        kind, league = place
        events = {event.id for reply in self.replies for event in reply.events if event.league == league}
        facts = [fact for reply in self.replies for fact in reply.facts if isinstance(fact, CLASSES[kind])]
        count = len(events) if kind == "fixtures" else sum(_is_of(fact, league, events) for fact in facts)
        nothing_there = place in self._answered and not events
        if count or (nothing_there and not any(reply.refused for reply in self.replies)):
            return count
        return None


def _ours(error: Exception, name: str) -> SabiScoreError:
    """``error``; a fault of one source's code is that source's failure, and not the others'."""
    if isinstance(error, SabiScoreError):
        return error
    return BadAnswer(f"{name} cannot be asked ({type(error).__name__}).", hint="Report it.")


def _is_of(fact: Fact, league: str, events: set[str]) -> bool:
    if isinstance(fact, Standing | SeasonStatistics | SquadValue):
        return fact.league == league
    return isinstance(fact, HeadToHead) or fact.event in events
