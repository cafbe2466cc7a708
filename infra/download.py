"""Season files of football-data.co.uk, fetched politely, kept, and asked for again only while they grow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import httpx2

from infra.cli.progress import Report
from sabiscore.errors import SourceUnavailable
from sabiscore.history import season_name
from sabiscore.sources.base import Request
from sabiscore.sources.football_data import FootballData

SEASONS = 12
"""Seasons wanted, the running one included: the ratings need a few years to settle."""

PROBE_S = 4.0
"""Whether the site can be reached at all must be known within this."""
FILE_S = 20.0
AT_ONCE = 6
_HEADERS = {"User-Agent": "sabiscore-edge (season files, once a day)"}


def download(folder: Path, day: date, report: Report, transport: httpx2.BaseTransport | None = None) -> int:
    """Brings ``folder`` up to what the site has for ``day``; how many files were fetched.

    Files of seasons that are over are kept and never asked for again. Raises SourceUnavailable when
    the site cannot be reached within a few seconds, or answers with something else than season files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = FootballData()
    newest = day.year if day.month >= 7 else day.year - 1
    requests = source.seasons([season_name(newest - ago) for ago in range(SEASONS)])
    wanted = list(_missing(folder, requests, season_name(newest)))
    with httpx2.Client(
        transport=transport, headers=_HEADERS, follow_redirects=True, timeout=PROBE_S
    ) as client:
        _fetch(client, source.fixtures(), folder)
        client.timeout = httpx2.Timeout(FILE_S, connect=PROBE_S)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            done = 1
            for done, request in enumerate(pool.map(lambda r: _fetch(client, r, folder), wanted), start=2):
                report(request.name, done / (len(wanted) + 1))
    return done


def _missing(folder: Path, requests: Sequence[Request], running: str) -> Iterable[Request]:
    """Those not kept yet, and those of the running season, whose files still grow."""
    return (r for r in requests if running in r.name or not (folder / r.name).exists())


def _fetch(client: httpx2.Client, request: Request, folder: Path) -> Request:
    """Fetches one file; a file the site does not have (yet) is left out."""
    try:
        answer = client.get(request.url)
    except httpx2.HTTPError as error:
        raise SourceUnavailable(
            f"{FootballData.name} cannot be reached ({type(error).__name__}).",
            hint="Check the network, or name a folder of season files: DATA=DIR make run",
        ) from error
    if answer.status_code == httpx2.codes.NOT_FOUND:
        return request
    content = answer.content
    if answer.status_code != httpx2.codes.OK or not _is_table(content) or len(content) > request.max_bytes:
        raise SourceUnavailable(
            f"{FootballData.name} answered {answer.status_code} and no season file for {request.name}.",
            hint="Try again later, or name a folder of season files: DATA=DIR make run",
        )
    unfinished = folder / f"{request.name}.part"
    unfinished.write_bytes(content)
    unfinished.replace(folder / request.name)
    return request


def _is_table(content: bytes) -> bool:
    """Whether the bytes begin like a season file, and not like an error page."""
    return content.lstrip(b"\xef\xbb\xbf")[:4] == b"Div,"
