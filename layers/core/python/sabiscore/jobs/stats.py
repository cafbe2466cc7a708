"""``cron/stats``: results and fixtures, and all that follows from a new result.

Season files → store; live sources → observations → states of the day → publication. Then sealed predictions
and bets are settled with the results that are known, and what follows from a publication is done: forecasts,
caches, value bets, seals. Last come standings and expected goals, once a day for each league.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sabiscore.errors import NothingStored, SabiScoreError
from sabiscore.jobs import publishing
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.jobs.supplements import publish_clubs, publish_matchday, publish_sealed, publish_system
from sabiscore.net.cas_store import CasStore, compare_and_swap
from sabiscore.pipeline.background_facts import gather_background
from sabiscore.pipeline.coming_matches import HORIZON
from sabiscore.pipeline.observing import observe
from sabiscore.pipeline.settling import settle
from sabiscore.seasons.ingest import ingest
from sabiscore.sources.base import Wanted
from sabiscore.store.connection import FILL

FILES_KEY = "schedules:files"
"""The key of the CAS store that holds when season files were stored last."""
FILES_EVERY = timedelta(hours=6)
"""The site is kept by one person, who updates it twice a week."""
RESULTS_BACK = timedelta(days=3)
"""How far back results are asked for; season files have the older ones."""
INGEST_WORKERS = 1


@dataclass(slots=True)
class StatsNews:
    """What a run learnt: changed matches in season files, new observations, who answered, and problems."""

    changed_matches: int = 0
    observations: int = 0
    not_yet: int = 0
    sources: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def work(context: JobContext, run: JobRun) -> JobResult:
    """Ingests and observes what is new, republishes, settles, and does what follows from a publication.

    Raises NothingStored, with what hindered it, where the store has no match even then.
    """
    now = context.now()
    news = StatsNews()
    _ingest_files(context, now, news)
    _observe(context, now, news)
    now = context.now()  # observations are dated by when their source answered, which is later
    calendar = publishing.served_calendar(context, now)
    if publishing.nothing_known(context, calendar):
        raise NothingStored(" ".join(("The store has no matches yet.", *news.problems[:1])), hint=FILL)
    states = publishing.current_states(context, now)
    old = publishing.published(context)
    republished = publishing.publish_current(
        context, run, calendar, now, old=old, states=states, answered=sorted(news.sources)
    )
    predictions, bets = settle(
        context.now(),
        ledger=context.ledger,
        bets=context.bets,
        store=context.store,
        observations=context.observations,
        snapshots=context.snapshots,
    )
    followed = publishing.follow_up(context, republished, old.digest if old else None)
    publish_sealed(context)
    publish_system(context)
    publish_clubs(context, calendar, states, republished.publication.rosters)
    unsent = publish_matchday(context, calendar, context.now())
    background, problems = gather_background(
        publishing.LEAGUES,
        calendar,
        now,
        sources=context.sources,
        standings=context.standings,
        expected_goals=context.expected_goals,
        cas_store=context.cas_store,
        clock=context.clock,
    )
    figures = {
        "changed_in_files": news.changed_matches,
        "observed": news.observations,
        "settled": predictions,
        "bets_settled": bets,
        **{name: followed.figures[name] for name in ("matches", "touched")},
        "sealed": followed.figures.get("sealed", 0),
        "not_yet": news.not_yet,
        **background,
    }
    return JobResult(sentence(figures), figures, (*news.problems, *followed.problems, *unsent, *problems))


def files_read_at(cas_store: CasStore) -> datetime | None:
    """When the season files were downloaded and stored last; None before the first time."""
    text = cas_store.read(FILES_KEY)
    return None if text is None else datetime.fromisoformat(text)


def _files_due(cas_store: CasStore, now: datetime) -> bool:
    last = files_read_at(cas_store)
    return last is None or not timedelta(0) <= now - last < FILES_EVERY


def _ingest_files(context: JobContext, now: datetime, news: StatsNews) -> None:
    """Downloads the season files when they are due, and stores their content."""
    if not _files_due(context.cas_store, now):
        return
    try:
        files = context.fetch_files(now.date())
        if not files:
            return
        report = ingest(files, context.store, kind=context.kind, workers=INGEST_WORKERS)
    except SabiScoreError as error:
        news.problems.append(f"Season files: {error}")
        return
    news.problems += [f"{file.name}: {file.error}" for file in report.failed]
    news.changed_matches = sum(file.new + file.changed + file.gone for file in report.files)
    news.sources.add("football-data.co.uk")
    compare_and_swap(context.cas_store, FILES_KEY, lambda _: now.isoformat())


def _observe(context: JobContext, now: datetime, news: StatsNews) -> None:
    """Asks for results and fixtures of the served leagues, and stores what is new."""
    first, last = (now - RESULTS_BACK).date(), (now + HORIZON).date()
    counts = observe(
        Wanted(frozenset({"results", "fixtures"}), publishing.LEAGUES, first, last),
        publishing.served_calendar(context, now),
        sources=context.sources,
        observations=context.observations,
        clock=context.clock,
    )
    news.observations = counts.new
    news.sources |= counts.sources
    news.problems += counts.problems
    news.not_yet += len(counts.not_yet)


def sentence(figures: Mapping[str, int]) -> str:
    """What a run did, in words.

    >>> sentence({"changed_in_files": 9, "observed": 4, "settled": 3, "matches": 5, "touched": 1})
    '9 matches changed in files, 4 observations, 5 matches published (1 changed), 3 predictions settled.'
    """
    words = [
        f"{figures['changed_in_files']} matches changed in files",
        f"{figures['observed']} observations",
        f"{figures['matches']} matches published ({figures['touched']} changed)",
        f"{figures['settled']} predictions settled",
    ]
    optional = (
        ("bets_settled", "bets settled"),
        ("standings", "rows of tables"),
        ("expected_goals", "expected goals"),
        ("sides_exchanged", "matches whose source exchanged home and away"),
        ("other_kickoffs", "matches whose source has another kick-off"),
        ("not_yet", "sources with nothing published yet"),
    )
    words += [f"{figures[name]} {what}" for name, what in optional if figures.get(name)]
    return ", ".join(words) + "."
