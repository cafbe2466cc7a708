"""Season files from football-data.co.uk into a folder, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

from sabiscore.domain.league import LEAGUES, League
from sabiscore.domain.match import season_start_year
from sabiscore.errors import NotThere, SourceUnavailable
from sabiscore.history import season_name
from sabiscore.net.client import Client
from sabiscore.sources.base import Request
from sabiscore.sources.football_data import FootballData
from sabiscore.sources.football_data_times import season_of

AT_ONCE = 4
"""Requests in flight; a courtesy to a site that one person runs."""
REACHABLE_S = 4.0

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Download:
    """File names by what became of them: fetched, kept from before, not published, or failed."""

    fetched: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


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
) -> Download:
    """Brings the season files of ``seasons`` and fixtures.csv into ``folder``.

    The newest season and fixtures.csv are fetched anew; an older season that is there is kept, since
    it no longer changes. Raises SourceUnavailable within a few seconds when the site is away.
    """
    source = FootballData()
    folder.mkdir(parents=True, exist_ok=True)
    newest = max(seasons, key=season_start_year)
    wanted = [source.fixtures(), *source.seasons(seasons, leagues)]
    kept = [
        request
        for request in wanted
        if newest not in request.name and request != wanted[0] and (folder / request.name).exists()
    ]
    todo = [request for request in wanted if request not in kept]
    outcomes = {todo[0].name: _save(folder, todo[0], client, REACHABLE_S)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(lambda request: _outcome(folder, request, client), todo[1:])
        for done, (request, outcome) in enumerate(zip(todo[1:], results, strict=True), 2):
            outcomes[request.name] = outcome
            if on_progress is not None:
                on_progress(done, len(todo), request.name)
    named = {kind: tuple(name for name, outcome in outcomes.items() if outcome == kind) for kind in _KINDS}
    return Download(**named, kept=tuple(request.name for request in kept))


_KINDS = ("fetched", "not_there", "failed")


def _outcome(folder: Path, request: Request, client: Client) -> str:
    try:
        return _save(folder, request, client)
    except SourceUnavailable:
        return "failed"


def _save(folder: Path, request: Request, client: Client, deadline_s: float | None = None) -> str:
    try:
        data = client.fetch(request.url, max_bytes=request.max_bytes, deadline_s=deadline_s)
    except NotThere:
        return "not_there"
    temporary = folder / f".{uuid4().hex}.tmp"
    try:
        temporary.write_bytes(data)
        temporary.replace(folder / request.name)
    finally:
        temporary.unlink(missing_ok=True)
    return "fetched"
