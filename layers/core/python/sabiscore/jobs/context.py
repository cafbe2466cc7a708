"""All that the four jobs depend on; a step of the pipeline is handed only what its signature names."""

from __future__ import annotations

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
from sabiscore.fetching.source_states import SourceState
from sabiscore.identity.rosters import KnownMatches, Roster
from sabiscore.insights.revalidation import RevalidationResult
from sabiscore.insights.service import Insights
from sabiscore.learning.calibrate import Learner
from sabiscore.net.cas_store import CasStore
from sabiscore.pipeline.betting import BetsOfMatch
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.pipeline.ledger_reader import LedgerReader
from sabiscore.pipeline.memo import Memo, MemoEach
from sabiscore.store.bets import BetStore
from sabiscore.store.database import Store
from sabiscore.store.expectations import ExpectedGoalsStore
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.jobs import Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observations
from sabiscore.store.snapshots import Snapshots
from sabiscore.store.standings import StandingStore


class EventPublishing(Protocol):
    """The outbox publisher, as jobs use it."""

    def run(self) -> PublishedCounts:
        """Sends the events that were not sent yet, and has them consumed. Raises StoreUnavailable."""
        ...

    def forget(self, before: datetime) -> int:
        """How many events of before ``before`` were deleted, with their traces."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JobContext:
    """What jobs read, ask, write and invalidate.

    Folders: ``publication_dir`` is what requests are answered from, ``models`` holds the bundles and their
    pointers, ``checkpoints`` the states of earlier days, ``cold_storage`` the rows that left the store,
    ``learning`` what a later process goes on from and could do without.

    Calls: ``sweep_cache`` deletes what the shared cache no longer needs and counts it; it raises
    CacheUnavailable. ``fetch_files`` downloads the season files of a day and gives their paths; it raises
    SourceUnavailable. ``invalidate`` invalidates caches everywhere and warms what readers will ask for; it
    raises CacheUnavailable or EdgeUnavailable, and is None where no cache is shared. ``outbox`` publishes the
    events that were stored.

    Where the data folder is a copy of a bucket that a fleet shares, ``catch_up`` downloads what others
    published since, and ``push`` uploads what was written; ``invalidate`` pushes first. Both raise
    BucketUnavailable, and ``push`` raises JobLost when another process published meanwhile.

    ``upload_edge_model`` sends an edge model to its Worker; it raises EdgeUnavailable, and is None where
    there is no such Worker.

    ``source_states`` tells how each source stands; nobody is asked for it, and a made-up world has none.

    ``challenger_share`` is the share of matches that a challenger predicts too. The memos, ``ledger_reader``
    and ``learners`` (by bundle version) continue from the run before; a new context starts with empty ones.
    """

    clock: Clock
    kind: DataKind
    store: Store
    snapshots: Snapshots
    observations: Observations
    standings: StandingStore
    expected_goals: ExpectedGoalsStore
    feature_counts: FeatureCountStore
    ledger: Ledger
    bets: BetStore
    jobs: Jobs
    cas_store: CasStore
    sources: FactSources
    insights: Insights
    publication_dir: Path
    models: Path
    cold_storage: Path
    backups: Path
    checkpoints: Path
    learning: Path
    challenger_share: float
    sweep_cache: Callable[[], int]
    fetch_files: Callable[[date], Sequence[Path]]
    invalidate: Callable[[Targets], RevalidationResult] | None
    outbox: EventPublishing
    calendar_memo: Memo[KnownMatches] = field(default_factory=Memo)
    rosters_memo: Memo[Mapping[str, Roster]] = field(default_factory=Memo)
    fixtures_memo: MemoEach[Match] = field(default_factory=MemoEach)
    bets_memo: MemoEach[BetsOfMatch] = field(default_factory=MemoEach)
    ledger_reader: LedgerReader = field(default_factory=LedgerReader)
    learners: dict[str, Learner] = field(default_factory=dict)
    source_states: Callable[[], Sequence[SourceState]] = tuple
    catch_up: Callable[[], object] = lambda: None
    push: Callable[[], object] = lambda: None
    upload_edge_model: Callable[[bytes], object] | None = None

    def now(self) -> datetime:
        """The current instant by the context's clock."""
        return self.clock.now()
