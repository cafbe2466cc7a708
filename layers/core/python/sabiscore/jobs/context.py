"""Everything that jobs work with, handed to them as one thing; the clock is part of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from sabiscore.cache.targets import Targets
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.match import Match
from sabiscore.events.outbox_publisher import PublishedCounts
from sabiscore.fetching.fetch import FetchedFacts
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.identity.rosters import KnownMatches, Roster
from sabiscore.insights.revalidation import RevalidationResult
from sabiscore.insights.service import Insights
from sabiscore.learning.calibrate import Learner
from sabiscore.net.cas_store import CasStore
from sabiscore.pipeline.ledger_reader import LedgerReader
from sabiscore.pipeline.memo import Memo, MemoEach
from sabiscore.sources.base import Wanted
from sabiscore.store.bets import BetStore
from sabiscore.store.database import Store
from sabiscore.store.expectations import ExpectedGoalsStore
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.jobs import Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observations
from sabiscore.store.snapshots import Snapshots
from sabiscore.store.standings import StandingStore


class FactSources(Protocol):
    """The live sources: whoever answers for the facts that are wanted."""

    @property
    def records(self) -> SourceHealth:
        """How each source fared, and the names that no team has."""
        ...

    def gather(self, wanted: Wanted) -> FetchedFacts:
        """What the sources say."""
        ...


class EventPublishing(Protocol):
    """Whoever sends events on."""

    def run(self) -> PublishedCounts:
        """Sends what was not sent, and has it consumed. Raises StoreUnavailable."""
        ...

    def forget(self, before: datetime) -> int:
        """How many events, and traces of them, of before ``before`` are gone."""
        ...


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a job reads, asks, writes and tells.

    ``folder`` is where requests read the publication, ``models`` holds the bundles and their pointers,
    ``checkpoints`` the states of earlier days, ``away`` what left the store. ``challenger_share`` is that of
    the matches which a bundle on trial foretells too. ``sweep_cache`` drops what the
    shared cache no longer needs and counts it; it raises CacheUnavailable. ``fetch_files`` brings the
    season files of a day and gives their paths; it raises SourceUnavailable. ``tell`` puts answers out of
    date everywhere and makes those that readers will ask for; it raises CacheUnavailable or
    EdgeUnavailable. None where nothing is shared: readers see by its tags that a publication is new.
    ``relay`` sends the events that were stored and not sent yet. ``reader`` and ``learners`` (by bundle
    version) go on from where the run before left them; a desk that was just opened begins anew.

    Where the home is a copy of what a fleet shares, ``catch_up`` brings what others published since, and
    ``hand_over`` takes there what was written; ``tell`` does so first. Both raise ShelfUnavailable,
    the second one JobLost too, when somebody else published meanwhile.
    """

    clock: Clock
    kind: DataKind
    store: Store
    snapshots: Snapshots
    observations: Observations
    standings: StandingStore
    expectations: ExpectedGoalsStore
    populations: FeatureCountStore
    ledger: Ledger
    bets: BetStore
    jobs: Jobs
    register: CasStore
    sources: FactSources
    insights: Insights
    folder: Path
    models: Path
    away: Path
    backups: Path
    checkpoints: Path
    challenger_share: float
    sweep_cache: Callable[[], int]
    fetch_files: Callable[[date], Sequence[Path]]
    tell: Callable[[Targets], RevalidationResult] | None
    relay: EventPublishing
    kept: Memo[KnownMatches] = field(default_factory=Memo)
    rosters: Memo[Mapping[str, Roster]] = field(default_factory=Memo)
    fixtures: MemoEach[Match] = field(default_factory=MemoEach)
    reader: LedgerReader = field(default_factory=LedgerReader)
    learners: defaultdict[str, Learner] = field(default_factory=lambda: defaultdict(Learner))
    catch_up: Callable[[], object] = lambda: None
    hand_over: Callable[[], object] = lambda: None

    def now(self) -> datetime:
        """The instant by the desk's clock."""
        return self.clock.now()
