"""The composition root of live sources and of the context that jobs work with.

It imports SQLAlchemy, numpy and the HTTP client: for jobs and commands, never for a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from functools import partial
from pathlib import Path

from httpx import BaseTransport

from sabiscore.bootstrap.events import outbox_publisher
from sabiscore.bootstrap.fleet_metrics import flush_metrics_at_end
from sabiscore.bootstrap.serving import Bootstrap, warn
from sabiscore.cache.targets import Targets
from sabiscore.cache.upstash_calls import BlockingUpstashCalls
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import League
from sabiscore.domain.match import Match
from sabiscore.errors import BadSetting
from sabiscore.fetching.live import FleetState, LiveFetcher
from sabiscore.fetching.reply_folder import ReplyFolder, keep_none
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.fetching.source_states import SourceState
from sabiscore.fetching.sources import Sources
from sabiscore.insights.revalidation import RevalidationResult
from sabiscore.jobs.context import JobContext
from sabiscore.net.cas_store import CasStore, FallbackCasStore
from sabiscore.net.client import Client
from sabiscore.net.provider_client import RetryPolicy
from sabiscore.net.quota import QuotaPlan
from sabiscore.net.upstash_cas_store import CAS_DEADLINE_S, UpstashCasStore
from sabiscore.observability.trace import trace_headers
from sabiscore.pipeline.fact_sources import FactSources
from sabiscore.pipeline.ledger_reader import SETTLED_FILE, LedgerReader
from sabiscore.pipeline.null_sources import NullSources
from sabiscore.seasons.refresh import FootballDataFiles, no_files
from sabiscore.settings import Settings
from sabiscore.sources.registry import declare
from sabiscore.store.bets import BetStore
from sabiscore.store.database import Store
from sabiscore.store.expectations import ExpectedGoalsStore
from sabiscore.store.feature_counts import FeatureCountStore
from sabiscore.store.jobs import Jobs
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observations
from sabiscore.store.session import AT_ONCE_S, Database
from sabiscore.store.snapshots import Snapshots
from sabiscore.store.sql_cas_store import SqlCasStore
from sabiscore.store.standings import StandingStore
from sabiscore.sync.factory import sync_of
from sabiscore.sync.session import DataDirSync, sync_session


@contextmanager
def open_sources(
    settings: Settings,
    clock: Clock,
    *,
    patience: RetryPolicy | None = None,
    elsewhere: Mapping[str, str] | None = None,
    transport: BaseTransport | None = None,
) -> Iterator[Sources]:
    """The live sources, their quotas counted in the store and their circuit breakers shared by the fleet.

    ``elsewhere`` sends a source's calls to another server, and ``transport`` replaces the network, for tests.
    Raises BadSetting for a quota of an unknown source.
    """
    declared = declare(settings.environ)
    names = {name for source in declared for name in source.needs}
    free = {source.provider.name: source.plan for source in declared if source.plan is not None}
    bought = {name: QuotaPlan(calls, unit) for name, (calls, unit) in settings.quotas.items()}
    _refuse_unknown(bought, [source.provider.name for source in declared])
    replies = ReplyFolder(settings.data_dir / "replies", settings.keep_replies_mb << 20, clock)
    database = Database(settings.database_url, recover_s=AT_ONCE_S)  # reports an unreachable store
    try:
        cas_store = SqlCasStore(database)
        with Client(transport=transport) as client, _breakers(settings, cas_store) as breakers:
            records = SourceHealth(cas_store, clock)
            live = LiveFetcher(
                client,
                FleetState(cas_store, breakers),
                clock,
                secrets=settings.of_sources(names),
                plans=free | bought,
                patience=patience,
                keep=replies.keep if settings.keep_replies_mb else keep_none,
                elsewhere=elsewhere,
                news=partial(_announce, records),
            )
            yield Sources(declared, live, records, clock, replies)
    finally:
        database.close()


@contextmanager
def open_job_context(
    settings: Settings,
    clock: Clock,
    kind: DataKind = "real",
    *,
    patience: RetryPolicy | None = None,
    elsewhere: Mapping[str, str] | None = None,
    transport: BaseTransport | None = None,
) -> Iterator[JobContext]:
    """The context of jobs. Simulated matches are never mixed with facts of live sources.

    A shared data folder is downloaded first and uploaded at the end, unless the work failed.

    ``elsewhere`` sends calls to other servers, and ``transport`` replaces the network; with either, sources
    are asked about simulated matches too.
    """
    # A bootstrap that follows no bucket: a folder must not be replaced while a job writes to it.
    bootstrap, sync = Bootstrap(settings, clock), sync_of(settings, warn)
    with sync_session(sync), ExitStack() as stack:
        stack.callback(flush_metrics_at_end, bootstrap)  # what the job counted, whatever became of it
        store = stack.enter_context(Store.open(settings.database_url, settings.archive))
        if sync is not None:
            sync.archives(store.archive.folder.name, sorted(store.archived().values()))
        cas_store = SqlCasStore(store.database)
        if kind == "real" or elsewhere is not None or transport is not None:
            live = stack.enter_context(
                open_sources(settings, clock, patience=patience, elsewhere=elsewhere, transport=transport)
            )
            sources: FactSources = live
            source_states: Callable[[], Sequence[SourceState]] = live.states
            site = (elsewhere or {}).get("football-data.co.uk")
            client = stack.enter_context(Client(transport=transport))
            news = partial(_announce, SourceHealth(cas_store, clock), "football-data.co.uk")
            files: Callable[[date], Sequence[Path]] = FootballDataFiles(
                settings.data_dir / "seasons", store, client, news, site
            )
        else:
            sources, files, source_states = NullSources(cas_store, clock), no_files, tuple
        shared = settings.cache_url or settings.edge_url
        invalidate = partial(_push_and_invalidate, sync, bootstrap) if shared else None
        outbox = outbox_publisher(
            settings, clock, database=store.database, kind=kind, edge=bootstrap.edge, tell=invalidate
        )
        learning = settings.data_dir / "learning"
        yield JobContext(
            clock=clock,
            kind=kind,
            store=store,
            snapshots=Snapshots(store.database),
            observations=Observations(store.database),
            standings=StandingStore(store.database),
            expected_goals=ExpectedGoalsStore(store.database),
            feature_counts=FeatureCountStore(store.database),
            ledger=Ledger(store.database),
            bets=BetStore(store.database),
            jobs=Jobs(store.database),
            cas_store=cas_store,
            sources=sources,
            insights=bootstrap.insights,
            publication_dir=settings.publication,
            models=settings.registry,
            cold_storage=settings.data_dir / "away",
            backups=settings.data_dir / "backups",
            checkpoints=settings.data_dir / "checkpoints",
            learning=learning,
            ledger_reader=LedgerReader(learning / SETTLED_FILE),
            challenger_share=settings.challenger_share,
            sweep_cache=bootstrap.sweep_cache,
            fetch_files=files,
            invalidate=invalidate,
            outbox=outbox,
            source_states=source_states,
            catch_up=sync.catch_up if sync is not None else _no_sync,
            push=sync.push if sync is not None else _no_sync,
            upload_edge_model=bootstrap.upload_edge_model,
        )


def _push_and_invalidate(
    sync: DataDirSync | None, bootstrap: Bootstrap, targets: Targets
) -> RevalidationResult:
    """Pushes first: readers ask again at once, and the bucket must hold what is new by then."""
    if sync is not None:
        sync.push()
    return bootstrap.tell(targets)


def _no_sync() -> None:
    """Does nothing: the data folder is not shared."""


def known_matches(settings: Settings, league: League) -> list[Match]:
    """The matches of the newest seasons of ``league`` in the store, played or to come."""
    with Store.open(settings.database_url, settings.archive) as store:
        return store.recent(league)


def _announce(records: SourceHealth, provider: str, sentence: str) -> None:
    """Makes known that a provider's hosts changed: in its record, and in the log for whoever watches that."""
    from sabiscore.observability.log import log  # Powertools, only when there is something to say

    records.news(provider, sentence)
    log().warning("a source moved", extra={"source": provider, "news": sentence})


@contextmanager
def _breakers(settings: Settings, store: CasStore) -> Iterator[CasStore]:
    """The fleet's Redis, with the store in its place while it is unreachable or where there is none."""
    if settings.cache_url is None:
        yield store
        return
    calls = BlockingUpstashCalls(
        settings.cache_url, settings.cache_token, CAS_DEADLINE_S, headers=trace_headers
    )
    with closing(calls):
        yield FallbackCasStore(UpstashCasStore(calls), store)


def _refuse_unknown(quotas: Iterable[str], names: Sequence[str]) -> None:
    unknown = set(quotas) - set(names)
    if unknown:
        raise BadSetting(
            f"SABISCORE_QUOTAS names {min(unknown)!r}, which is no source.",
            hint=f"Known: {', '.join(names)}.",
            setting="SABISCORE_QUOTAS",
        )
