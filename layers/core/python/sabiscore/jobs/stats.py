"""``cron/stats``: results and fixtures, and all that follows from a new result.

Season files → store; live sources → observations → states of the day → publication → forecasts →
caches; sealed predictions and bets are settled with the results that are known. Last, once a day a league,
standings and expected goals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sabiscore.errors import SabiScoreError
from sabiscore.jobs import odds
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.pipeline.background_facts import gather_background
from sabiscore.pipeline.calendar import known
from sabiscore.pipeline.checkpoints import states_at
from sabiscore.pipeline.coming_matches import HORIZON
from sabiscore.pipeline.observing import observe
from sabiscore.pipeline.republish import published, republish
from sabiscore.pipeline.settling import settle
from sabiscore.seasons.ingest import ingest
from sabiscore.sources.base import Wanted

FILES_READ = "schedules:files"
FILES_EVERY = timedelta(hours=6)
"""One person keeps the site and brings it up to date twice a week."""
BACK = timedelta(days=3)
"""Results are asked for until they are this old; season files bring later ones."""
WORKERS = 1


@dataclass(slots=True)
class StatsNews:
    """What one run heard besides prices."""

    changed_matches: int = 0
    observations: int = 0
    not_yet: int = 0
    sources: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def work(desk: JobContext, turn: JobRun) -> JobResult:
    """Reads what is new, advances the states, and publishes and settles by what is known then."""
    now = desk.now()
    news = StatsNews()
    _read_files(desk, now, news)
    _observe(desk, now, news)
    now = desk.now()  # what was heard is known from now on, and not from when the run began
    states = states_at(desk, now)
    before = published(desk)
    calendar = known(desk, odds.LEAGUES, now)
    renewed = republish(desk, turn, before, calendar, states, now, sorted(news.sources))
    predictions, bets = settle(desk)
    heard = odds.OddsNews(sources=news.sources, problems=news.problems)
    done = odds.follow(desk, renewed, before.digest if before else None, heard)
    background, problems = gather_background(desk, odds.LEAGUES, calendar, now)
    figures = {
        "changed_in_files": news.changed_matches,
        "observed": news.observations,
        "settled": predictions,
        "bets_settled": bets,
        **{name: done.figures[name] for name in ("matches", "touched")},
        "sealed": done.figures.get("sealed", 0),
        "not_yet": news.not_yet,
        **background,
    }
    return JobResult(sentence(figures), figures, (*done.problems, *problems))


def files_read_at(desk: JobContext) -> datetime | None:
    """When the season files were fetched and stored last; None before the first time."""
    told = desk.register.read(FILES_READ)
    return None if told is None else datetime.fromisoformat(told)


def _files_due(desk: JobContext, now: datetime) -> bool:
    last = files_read_at(desk)
    return last is None or not timedelta(0) <= now - last < FILES_EVERY


def _read_files(desk: JobContext, now: datetime, news: StatsNews) -> None:
    """Fetches the season files when they are due, and stores what they say."""
    if not _files_due(desk, now):
        return
    try:
        fetched = desk.fetch_files(now.date())
        if not fetched:
            return
        report = ingest(fetched, desk.store, kind=desk.kind, workers=WORKERS)
    except SabiScoreError as error:
        news.problems.append(f"Season files: {error}")
        return
    news.problems += [f"{file.name}: {file.error}" for file in report.failed]
    news.changed_matches = sum(file.new + file.changed + file.gone for file in report.files)
    news.sources.add("football-data.co.uk")
    compare_and_swap(desk.register, FILES_READ, lambda _: now.isoformat())


def _observe(desk: JobContext, now: datetime, news: StatsNews) -> None:
    """Asks for results and fixtures of the served leagues, and keeps what is new."""
    calendar = known(desk, odds.LEAGUES, now)
    first, last = (now - BACK).date(), (now + HORIZON).date()
    wanted = Wanted(frozenset({"results", "fixtures"}), odds.LEAGUES, first, last)
    told = observe(desk, calendar, wanted)
    news.observations = told.new
    news.sources |= told.sources
    news.problems += told.problems
    news.not_yet += len(told.not_yet)


def sentence(figures: dict[str, int]) -> str:
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
