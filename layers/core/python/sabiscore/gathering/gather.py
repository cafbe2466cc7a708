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
from sabiscore.errors import QuotaSpent, SabiScoreError, SourceOff, SourceRests
from sabiscore.gathering.live import Asker
from sabiscore.gathering.record import Records
from sabiscore.sources.base import Provider, Reply, Request, Wanted

MOST_REQUESTS = 60
"""To one provider in one go; each answer may name more requests that are worth sending."""
BUDGET_S = 120.0

CLASSES: Mapping[Kind, tuple[type, ...]] = {
    "fixtures": (),  # events themselves
    "odds": (Quote,),
    "depth": (Depth,),
    "results": (Result,),
    "standings": (Standing,),
    "statistics": (TeamStatistics, SeasonStatistics),
    "xg": (ExpectedGoals,),
    "head_to_head": (HeadToHead,),
    "squad_value": (SquadValue,),
}

Place = tuple[Kind, str]
"""A kind of facts and the key of a league: the unit that is won by one source."""


@dataclass(frozen=True, slots=True)
class Won:
    """Which source told a kind of facts of a league, when, how many, and who was asked before in vain."""

    source: str
    at: datetime
    facts: int
    instead_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """Every reply, by source; who won what; and why each source that failed did."""

    replies: Mapping[str, tuple[Reply, ...]] = field(default_factory=dict)
    won: Mapping[Place, Won] = field(default_factory=dict)
    missing: tuple[Place, ...] = ()
    failures: Mapping[str, SabiScoreError] = field(default_factory=dict)


class Gatherer:
    """Asks sources for what is wanted; ``preference`` names those of each kind, the best first."""

    def __init__(
        self,
        providers: Sequence[Provider],
        preference: Mapping[Kind, Sequence[str]],
        asker: Asker,
        records: Records,
        clock: Clock,
        *,
        budget_s: float = BUDGET_S,
    ) -> None:
        self._providers = {provider.name: provider for provider in providers}
        self._preference = preference
        self._asker = asker
        self._records = records
        self._clock = clock
        self._budget_s = budget_s

    def gather(self, wanted: Wanted, *, urgent: bool = False) -> Gathered:
        """What the sources say; one that fails only leaves its place to the next."""
        open_places: dict[Place, list[str]] = {
            (kind, league): [name for name in self._preference.get(kind, ()) if name in self._providers]
            for kind in sorted(wanted.kinds)
            for league in wanted.leagues
        }
        ends = time.monotonic() + self._budget_s
        visits = {
            name: Visit(provider, self._asker, self._records, self._clock, ends)
            for name, provider in self._providers.items()
        }
        won: dict[Place, Won] = {}
        vain: dict[Place, tuple[str, ...]] = dict.fromkeys(open_places, ())
        while any(open_places.values()):
            turn = {place: names.pop(0) for place, names in open_places.items() if names}
            self._ask_all(visits, turn, wanted, urgent=urgent)
            for place, name in turn.items():
                if (told := visits[name].told(place)) is None:
                    vain[place] += (name,)
                    continue
                won[place] = Won(name, self._clock.now(), told, vain[place])
                del open_places[place]
        asked = {name: visit for name, visit in visits.items() if visit.replies}
        return Gathered(
            {name: tuple(visit.replies) for name, visit in asked.items()},
            won,
            tuple(place for place in vain if place not in won),
            {name: visit.failure for name, visit in visits.items() if visit.failure is not None},
        )

    def _ask_all(
        self, visits: Mapping[str, Visit], turn: Mapping[Place, str], wanted: Wanted, *, urgent: bool
    ) -> None:
        """Each source on a thread of its own, so that a slow one keeps nobody waiting but itself."""
        names = sorted(set(turn.values()))
        with ThreadPoolExecutor(max(1, len(names))) as pool:
            jobs = [
                pool.submit(
                    visits[name].ask, [place for place in turn if turn[place] == name], wanted, urgent
                )
                for name in names
            ]
        for job in jobs:
            job.result()


class Visit:
    """All that is asked of one provider in one go; a request that serves several leagues is sent once."""

    def __init__(self, provider: Provider, asker: Asker, records: Records, clock: Clock, ends: float) -> None:
        self._provider = provider
        self._asker = asker
        self._records = records
        self._clock = clock
        self._ends = ends
        self._seen: dict[tuple[str, bytes], Reply | None] = {}
        self._of_league: dict[str, list[Reply]] = {}
        self._broken: set[str] = set()
        self.replies: list[Reply] = []
        self.failure: SabiScoreError | None = None

    def ask(self, places: Sequence[Place], wanted: Wanted, urgent: bool) -> None:
        """Ask for all of ``places``, the kinds of a league together."""
        for league in dict.fromkeys(league for _, league in places):
            kinds = frozenset(kind for kind, of in places if of == league)
            asked = replace(wanted, kinds=kinds, leagues=(league,))
            try:
                first = self._provider.requests(asked, self._clock.now())
            except SabiScoreError as error:
                self._fail(league, error)
                continue
            self._follow(league, deque(first), urgent)

    def _follow(self, league: str, queue: deque[Request], urgent: bool) -> None:
        while queue:
            request = queue.popleft()
            key = request.url, request.body
            if key not in self._seen:
                if len(self._seen) >= MOST_REQUESTS or time.monotonic() > self._ends:
                    return
                self._seen[key] = self._send(league, request, urgent)
            reply = self._seen[key]
            if reply is None:
                self._broken.add(league)
                if self._given_up():
                    return
                continue
            held = self._of_league.setdefault(league, [])
            if reply not in held:
                held.append(reply)
                queue.extend(reply.more)

    def _send(self, league: str, request: Request, urgent: bool) -> Reply | None:
        if self._given_up():
            return None
        try:
            reply = self._asker.ask(self._provider, request, urgent=urgent)
        except SabiScoreError as error:
            self._fail(league, error)
            return None
        self._records.good(self._provider.name, reply)
        self.replies.append(reply)
        return reply

    def _fail(self, league: str, error: SabiScoreError) -> None:
        self._broken.add(league)
        self.failure = error
        self._records.failed(self._provider.name, error)

    def _given_up(self) -> bool:
        """Whether nothing more can be had from this provider for now."""
        return isinstance(self.failure, SourceOff | SourceRests | QuotaSpent)

    def told(self, place: Place) -> int | None:
        """How many facts of ``place`` there are; None when another source should be asked.

        None at all is an answer when the provider was asked, did not fail, refused nothing and knows of
        no match: then there is nothing to tell.
        """
        kind, league = place
        replies = self._of_league.get(league, [])
        events = {event.id for reply in replies for event in reply.events if event.league == league}
        facts = [fact for reply in replies for fact in reply.facts if isinstance(fact, CLASSES[kind])]
        count = len(events) if kind == "fixtures" else sum(_is_of(fact, league, events) for fact in facts)
        nothing_there = bool(replies) and not events and league not in self._broken
        if count or (nothing_there and not any(reply.refused for reply in replies)):
            return count
        return None


def _is_of(fact: Fact, league: str, events: set[str]) -> bool:
    if isinstance(fact, Standing | SeasonStatistics | SquadValue):
        return fact.league == league
    return isinstance(fact, HeadToHead) or fact.event in events
