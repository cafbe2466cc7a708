"""Season files from football-data.co.uk into a folder, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sabiscore.domain.league import LEAGUES, League
from sabiscore.domain.match import season_start_year
from sabiscore.errors import BadAnswer, BadSeasonFile, NotFound, NotPublishedYet, SourceUnavailable
from sabiscore.files import write_atomically
from sabiscore.history import season_name
from sabiscore.net.client import Client
from sabiscore.net.hosts import Hosts
from sabiscore.seasons.content import content_of
from sabiscore.sources.base import Request
from sabiscore.sources.football_data import SITE, FootballData
from sabiscore.sources.football_data_names import is_fixtures
from sabiscore.sources.football_data_times import season_of
from sabiscore.sources.hosts import HOSTS

DOWNLOADS_AT_ONCE = 4
"""Requests in flight; a courtesy to a site that one person runs."""
REACHABLE_S = 4.0
FETCHED, NOT_THERE = "fetched", "not there"

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Download:
    """File names by what became of them; ``failed`` says why, and an older file then stays.

    ``not_there`` are not published yet. ``news`` tells of hosts that sent elsewhere, or stood in for another.
    """

    fetched: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    news: tuple[str, ...] = ()


def seasons_until(day: date, count: int) -> list[str]:
    """The ``count`` seasons up to the one ``day`` lies in, the oldest first.

    >>> seasons_until(date(2025, 8, 1), 3)
    ['2324', '2425', '2526']
    """
    start = season_start_year(season_of(day))
    return [season_name(year) for year in range(start - count + 1, start + 1)]


def download(
    folder: Path,
    seasons: Sequence[str],
    client: Client,
    *,
    leagues: Sequence[League] = LEAGUES,
    on_progress: Progress | None = None,
    site: str | None = None,
    without: Collection[str] = (),
) -> Download:
    """Brings the season files of ``seasons`` and fixtures.csv into ``folder``.

    The newest season and fixtures.csv are fetched anew; an older season that is there is kept, since
    it no longer changes, and the files named in ``without`` are not asked for. ``site`` is a server of this
    machine that stands in for the real one. Raises SourceUnavailable within a few seconds when no host of
    the provider answers.
    """
    hosts, news = Hosts((site,) if site else HOSTS[FootballData.name]), dict[str, None]()
    folder.mkdir(parents=True, exist_ok=True)
    fixtures, *files = _requests(seasons, leagues, site)
    newest = max(seasons, key=season_start_year)
    kept = [file for file in files if newest not in file.name and (folder / file.name).exists()]
    todo = [file for file in files if file not in kept and file.name not in without]

    def fetch(file: Request, deadline_s: float | None = None) -> str:
        return hosts.first_answer(
            file.url, lambda url: _fetch(folder, replace(file, url=url), client, deadline_s), news.setdefault
        )

    outcomes = {fixtures.name: _first(lambda: fetch(fixtures, REACHABLE_S))}
    with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        results = pool.map(lambda file: _outcome(lambda: fetch(file)), todo)
        for done, (file, outcome) in enumerate(zip(todo, results, strict=True), 1):
            outcomes[file.name] = outcome
            if on_progress is not None:
                on_progress(done, len(todo), file.name)
    return Download(
        fetched=tuple(name for name, outcome in outcomes.items() if outcome == FETCHED),
        kept=tuple(file.name for file in kept),
        not_there=tuple(name for name, outcome in outcomes.items() if outcome == NOT_THERE),
        failed={name: text for name, text in outcomes.items() if text not in (FETCHED, NOT_THERE)},
        news=tuple(news),
    )


def _requests(seasons: Sequence[str], leagues: Sequence[League], site: str | None) -> list[Request]:
    source = FootballData()
    asked = [source.fixtures(), *source.seasons(seasons, leagues)]
    return [replace(request, url=request.url.replace(SITE, site, 1)) for request in asked] if site else asked


def _first(fetch: Callable[[], str]) -> str:
    """What became of the first file; raises SourceUnavailable when nobody answered at all."""
    try:
        return fetch()
    except NotFound:
        return NOT_THERE
    except BadAnswer as error:
        return str(error)


def _outcome(fetch: Callable[[], str]) -> str:
    try:
        return _first(fetch)
    except SourceUnavailable as error:
        return str(error)


def _fetch(folder: Path, request: Request, client: Client, deadline_s: float | None = None) -> str:
    """FETCHED, NOT_THERE, or why the answer is of no use; raises SourceUnavailable for no answer.

    What is sent before a season's first match is no season file: NOT_THERE, unless there was one already.
    """
    path = folder / request.name
    try:
        data = client.fetch(request.url, max_bytes=request.max_bytes, deadline_s=deadline_s)
        if _is(path, data):
            os.utime(path)  # its age is that of what it says
            return FETCHED
        _require_readable(request.name, data)
    except NotPublishedYet as error:
        return str(error) if path.exists() else NOT_THERE
    except BadSeasonFile as error:
        raise BadAnswer(str(error), hint=error.hint) from error
    write_atomically(path, data)
    return FETCHED


def _require_readable(name: str, data: bytes) -> None:
    """Raises BadSeasonFile for what cannot be read: an error page never takes a good file's place."""
    if is_fixtures(name):
        FootballData().parse(name, data)
    else:
        content_of(name, data)


def _is(path: Path, data: bytes) -> bool:
    """Whether the file at ``path`` holds ``data``: most files are again as they were the last time."""
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False
