"""The days of the public record in pages, one a season: running figures, and anchors of the ledger.

A page is a file among the supplements, named by what is in it, that the record names. That of a season which
is over changes only when a result of it comes late.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from sabiscore.domain.match import season_on
from sabiscore.errors import BadPublication
from sabiscore.publication.supplements import (
    SEASON,
    SUPPLEMENTS_DIR,
    Supplement,
    forget_unnamed,
    put_file,
    supplement_files,
)
from sabiscore.untrusted import json_object, untrusted

PAGES_FORMAT = "seasons-1"
"""How a record is laid out in files: one of another layout is written anew."""
PAGES_AGAIN = "Run: sabiscore cron calibrate"

Days = Sequence[Mapping[str, Any]]
"""Plain members by name, ``day`` among them, oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """The days of ``season``: how many have figures, how many an anchor, and where both lie.

    ``entries`` is how many entries the ledger had at the newest anchor; 0 without one.
    """

    season: str
    points: int
    anchors: int
    entries: int
    file: Supplement

    def read(self) -> Mapping[str, Days]:
        """Its ``timeline`` and ``anchors``. Raises BadPublication."""
        with untrusted(BadPublication, f"{self.file.path.name} is no page of the record", hint=PAGES_AGAIN):
            whole = json_object(self.file.read())
            return {"timeline": whole["timeline"], "anchors": whole["anchors"]}


def put_pages(folder: Path, timeline: Days, anchors: Days) -> tuple[RecordPage, ...]:
    """The pages of ``timeline`` and ``anchors``, oldest first. Raises DiskUnavailable."""
    figures, heads = _by_season(timeline), _by_season(anchors)
    seasons = sorted({*figures, *heads}, key=lambda season: (figures.get(season) or heads[season])[0]["day"])
    return tuple(_put(folder, season, figures.get(season, []), heads.get(season, [])) for season in seasons)


def forget_pages(folder: Path, named: Sequence[RecordPage]) -> None:
    """Removes files of pages that are not ``named`` any more, but for the newest of them."""
    forget_unnamed(folder, SEASON, [page.file for page in named])


def plain_pages(pages: Sequence[RecordPage]) -> list[dict[str, Any]]:
    """How a record names its pages."""
    return [
        {
            "season": page.season,
            "points": page.points,
            "anchors": page.anchors,
            "entries": page.entries,
            "file": page.file.path.name,
            "sha256": page.file.sha256,
            "bytes": page.file.size,
        }
        for page in pages
    ]


def pages_in(folder: Path, plain: Sequence[Mapping[str, Any]]) -> tuple[RecordPage, ...]:
    """The pages that a record in ``folder`` names.

    Raises whatever goes wrong: for use inside ``untrusted``.
    """
    return tuple(_page(folder, fields) for fields in plain)


def page_files(folder: Path) -> list[Path]:
    """The files of pages in ``folder``, those of older records among them."""
    return sorted((folder / SUPPLEMENTS_DIR).glob(f"{SEASON}-*.json"))


def _by_season(days: Days) -> dict[str, list[Mapping[str, Any]]]:
    return {
        season: list(group)
        for season, group in groupby(days, key=lambda day: season_on(date.fromisoformat(day["day"])))
    }


def _put(folder: Path, season: str, timeline: Days, anchors: Days) -> RecordPage:
    content = json.dumps({"timeline": timeline, "anchors": anchors}, separators=(",", ":"))
    file = put_file(folder, SEASON, content.encode(), "json")
    entries = anchors[-1]["entries"] if anchors else 0
    return RecordPage(season=season, points=len(timeline), anchors=len(anchors), entries=entries, file=file)


def _page(folder: Path, fields: Mapping[str, Any]) -> RecordPage:
    ((name, sha256),) = supplement_files({"": fields}).items()
    return RecordPage(
        season=str(fields["season"]),
        points=int(fields["points"]),
        anchors=int(fields["anchors"]),
        entries=int(fields["entries"]),
        file=Supplement(folder / SUPPLEMENTS_DIR / name, sha256, int(fields["bytes"])),
    )
