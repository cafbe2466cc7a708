"""``cron/stats``: results and fixtures, and all that follows from a new result.

Season files → store; live sources → observations → states of the day → publication → forecasts →
caches; sealed predictions and bets are settled with the results that are known. Last, once a day a league,
standings and expected goals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sabiscore.errors import SabiScoreError
from sabiscore.ingest import ingest
from sabiscore.net.register import change
from sabiscore.schedules import odds
from sabiscore.schedules.background import gather_background
from sabiscore.schedules.calendar import known
from sabiscore.schedules.checkpoints import states_at
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Turn
from sabiscore.schedules.observing import observe
from sabiscore.schedules.publication import HORIZON
from sabiscore.schedules.renewal import published, renew
from sabiscore.schedules.report import Done
from sabiscore.schedules.settling import settle
from sabiscore.sources.base import Wanted

FILES_READ = "schedules:files"
FILES_EVERY = timedelta(hours=6)
"""One person keeps the site and brings it up to date twice a week."""
BACK = timedelta(days=3)
"""Results are asked for until they are this old; season files bring later ones."""
WORKERS = 1


@dataclass(slots=True)
class News:
    """What one run heard besides prices."""

    changed_matches: int = 0
    observations: int = 0
    sources: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)


def work(desk: Desk, turn: Turn) -> Done:
    """Reads what is new, advances the states, and publishes and settles by what is known then."""
    now = desk.now()
    news = News()
    _read_files(desk, now, news)
    _observe(desk, now, news)
    now = desk.now()  # what was heard is known from now on, and not from when the run began
    states = states_at(desk, now)
    before = published(desk)
    calendar = known(desk, odds.LEAGUES, now)
    renewed = renew(desk, turn, before, calendar.matches, states, now, sorted(news.sources))
    predictions, bets = settle(desk)
    heard = odds.Heard(sources=news.sources, problems=news.problems)
    done = odds.follow(desk, renewed, before.digest if before else None, heard)
    background, problems = gather_background(desk, odds.LEAGUES, calendar, now)
    figures = {
        "changed_in_files": news.changed_matches,
        "observed": news.observations,
        "settled": predictions,
        "bets_settled": bets,
        **{name: done.figures[name] for name in ("matches", "touched")},
        "sealed": done.figures.get("sealed", 0),
        **background,
    }
    return Done(sentence(figures), figures, (*done.problems, *problems))


def files_read_at(desk: Desk) -> datetime | None:
    """When the season files were fetched and stored last; None before the first time."""
    told = desk.register.read(FILES_READ)
    return None if told is None else datetime.fromisoformat(told)


def _files_due(desk: Desk, now: datetime) -> bool:
    last = files_read_at(desk)
    return last is None or not timedelta(0) <= now - last < FILES_EVERY


def _read_files(desk: Desk, now: datetime, news: News) -> None:
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
    change(desk.register, FILES_READ, lambda _: now.isoformat())


def _observe(desk: Desk, now: datetime, news: News) -> None:
    """Asks for results and fixtures of the served leagues, and keeps what is new."""
    calendar = known(desk, odds.LEAGUES, now)
    first, last = (now - BACK).date(), (now + HORIZON).date()
    wanted = Wanted(frozenset({"results", "fixtures"}), odds.LEAGUES, first, last)
    told = observe(desk, calendar, wanted)
    news.observations = told.new
    news.sources |= told.sources
    news.problems += told.problems


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
    )
    words += [f"{figures[name]} {what}" for name, what in optional if figures.get(name)]
    return ", ".join(words) + "."
