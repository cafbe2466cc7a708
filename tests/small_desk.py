"""The least that schedules do, on the real sources and ledger: for tests of what drives schedules.

``odds`` seals what is due by the prices known then, ``stats`` hears results and replays what is filed,
``calibrate`` settles. There is no live calibration, no close and no bet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, cast

from infra.local_run import history_of
from infra.past_season.calendar import Name
from infra.past_season.home import Plan
from infra.past_season.network import PastNetwork
from infra.past_season.play import Schedules
from sabiscore.clock import FixedClock
from sabiscore.domain.facts import Event, Quote, Result
from sabiscore.domain.league import BY_KEY
from sabiscore.domain.match import Match
from sabiscore.features.replay import replay, vectors
from sabiscore.gathering.gather import Gathered
from sabiscore.gathering.live import Live, Shared
from sabiscore.gathering.names import Known, match_events
from sabiscore.gathering.record import Records
from sabiscore.gathering.replies import ReplyFolder
from sabiscore.gathering.sources import Sources
from sabiscore.history import columns_of
from sabiscore.insights.production import Production
from sabiscore.ledger.entry import Entry, Outcome, Seal, Three, stage_of
from sabiscore.net.client import Client
from sabiscore.net.register import MemoryRegister
from sabiscore.sources.base import Wanted
from sabiscore.sources.football_data_names import team_slug
from sabiscore.sources.football_data_times import UK
from sabiscore.sources.registry import OPEN
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database

FILES, SCORES = "football-data.co.uk", "espn.com"


@contextmanager
def small_desk(plan: Plan, clock: FixedClock, network: PastNetwork) -> Iterator[Schedules]:
    """The desk of ``plan``'s home, which hears by ``network`` of football-data.co.uk and ESPN."""
    database = Database(plan.settings.database_url)
    with Client(transport=network) as client:
        register = MemoryRegister()
        live = Live(client, Shared(register, register), clock, secrets={}, plans={})
        declared = [one for one in OPEN if one.provider.name in (FILES, SCORES)]
        folder = ReplyFolder(plan.home / "replies", 0, clock)
        sources = Sources(declared, live, Records(register, clock), clock, folder)
        yield SmallDesk(plan, clock, sources, Ledger(database))
    database.close()


class SmallDesk:
    """See the module."""

    def __init__(self, plan: Plan, clock: FixedClock, sources: Sources, ledger: Ledger) -> None:
        self._leagues = tuple(league.key for league in plan.leagues)
        self._clock, self._sources, self._ledger = clock, sources, ledger
        past = history_of(plan.settings)
        self._state = replay(past.take(past.played)).state
        self._model = Production(plan.settings.registry).get()
        self._matches: dict[str, Match] = {}
        self._goals: dict[str, tuple[int, int]] = {}

    def run(self, name: Name) -> None:
        jobs = {"odds": self._odds, "stats": self._stats, "calibrate": self._settle}
        if name in jobs:
            jobs[name]()

    def asked_since(self, name: Name, at: datetime) -> bool:
        return name != "stats"

    def entries(self) -> Iterable[Entry]:
        return self._ledger.entries()

    def bets(self) -> None:
        return None

    def _gather(self, *kinds: Any) -> Gathered:
        today = self._clock.now().date()
        return self._sources.gather(
            Wanted(frozenset(kinds), self._leagues, today, today + timedelta(days=10))
        )

    def _odds(self) -> None:
        now = self._clock.now()
        (reply,) = self._gather("fixtures").replies[FILES]
        prices: dict[str, dict[Any, tuple[float, ...]]] = {}
        for quote in reply.of(Quote):
            prices.setdefault(quote.event, {})[quote.market, quote.book, quote.phase] = quote.prices
        for event in reply.events:
            self._matches[event.id] = _match(event, prices.get(event.id, {}))
        coming = [one for one in self._matches.values() if one.kickoff_at and stage_of(one.kickoff_at, now)]
        if coming:
            X = vectors(self._state, columns_of(coming))
            told = zip(coming, X, self._model.predict(X).tolist(), strict=True)
            self._ledger.seal([self._seal(match, x.tobytes(), p) for match, x, p in told], now)

    def _seal(self, match: Match, vector: bytes, p: list[float]) -> Seal:
        assert match.kickoff_at is not None
        stage = stage_of(match.kickoff_at, self._clock.now())
        assert stage is not None
        odds = {book: prices for (market, book, _), prices in match.prices.items() if market == "1x2"}
        three = cast("Three", tuple(p))
        return Seal(
            match.id, match.league, match.kickoff_at, stage, self._model.version, three, three, (),
            sha256(vector).hexdigest(), None, odds, None, FILES,
        )  # fmt: skip

    def _stats(self) -> None:
        gathered = self._gather("results")
        resolved = match_events(gathered, Known(self._matches.values()), self._sources.records)
        for source, replies in gathered.replies.items():
            for result in (fact for reply in replies for fact in reply.of(Result)):
                match_id = resolved[source].matches.get(result.event) if source in resolved else None
                if match_id and result.status == "finished" and result.goals:
                    self._goals[match_id] = result.goals
        self._replay_until(self._clock.now().astimezone(UK).date())

    def _replay_until(self, today: date) -> None:
        """Whole days that are over, by their results alone."""
        past = [
            Match(one.league, one.season, one.day, one.home, one.away, goals=self._goals[one.id])
            for one in self._matches.values()
            if one.day < today and one.id in self._goals
        ]
        history = columns_of(past)
        new = history.take(history.day > self._state.day)
        if len(new):
            self._state = replay(new, self._state).state

    def _settle(self) -> None:
        now = self._clock.now()
        outcomes = []
        for (match_id, bundle), seal in self._ledger.unsettled(now).items():
            if match_id in self._goals:
                kickoff_at = self._matches[match_id].kickoff_at or now
                goals = self._goals[match_id]
                outcomes.append(Outcome(match_id, bundle, kickoff_at, seal.hash, goals, None, SCORES))
        self._ledger.settle(outcomes, now)


def _match(event: Event, prices: dict[Any, tuple[float, ...]]) -> Match:
    assert event.kickoff_at is not None
    assert event.season is not None
    country = BY_KEY[event.league].country
    home, away = (team_slug(name, country) for name in (event.home, event.away))
    day = event.kickoff_at.astimezone(UK).date()
    return Match(
        event.league, event.season, day, home, away, kickoff_at=event.kickoff_at, prices=prices,
        lines={"pre": 0.0},
    )  # fmt: skip
