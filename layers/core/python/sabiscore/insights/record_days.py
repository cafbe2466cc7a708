"""The public record day by day: which page has a season, an anchor, or all that a chart is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sabiscore.errors import BadPublication, UnknownSeason
from sabiscore.insights.compose import freshness
from sabiscore.insights.track_record import Anchor, Point, RecordDays, RecordSeason
from sabiscore.publication.publish import Publication
from sabiscore.publication.record_pages import PAGES_AGAIN, RecordPage
from sabiscore.untrusted import untrusted

PERFORMANCE = "/api/v1/performance"


def season_refs(pages: Sequence[RecordPage]) -> tuple[RecordSeason, ...]:
    """Where the days of each season are."""
    return tuple(
        RecordSeason(season=page.season, points=page.points, anchors=page.anchors, href=_href(page.season))
        for page in pages
    )


def page_of(season: str, pages: Sequence[RecordPage]) -> RecordPage:
    """The page of ``season``. Raises UnknownSeason."""
    for page in pages:
        if page.season == season:
            return page
    known = f"Those on record are {pages[0].season} to {pages[-1].season}" if pages else "None is on record"
    raise UnknownSeason(f"The record has no season {season[:20]!r}.", hint=f"{known}; see {PERFORMANCE}.")


def record_days(
    season: str, pages: Sequence[RecordPage], publication: Publication, at: datetime
) -> RecordDays:
    """Every day of ``season``. Raises UnknownSeason, and BadPublication where its page cannot be read."""
    page = page_of(season, pages)
    place, (timeline, anchors) = pages.index(page), _days(page)
    earlier, later = pages[:place][-1:], pages[place + 1 :][:1]
    unknown = {
        "timeline": None if timeline else "Nothing that kicked off in it is settled.",
        "anchors": None if anchors else "No head of the ledger was published in it.",
        "previous": None if earlier else "It is the first on record.",
        "next": None if later else "It is the newest on record.",
    }
    return RecordDays(
        season=season,
        timeline=timeline,
        anchors=anchors,
        previous=_href(earlier[0].season) if earlier else None,
        next=_href(later[0].season) if later else None,
        freshness=freshness(publication, at),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown={path: why for path, why in unknown.items() if why is not None},
    )


def whole_timeline(pages: Sequence[RecordPage]) -> tuple[Point, ...]:
    """The running figures of every day on ``pages``. Raises BadPublication where one cannot be read."""
    return tuple(point for page in pages for point in _days(page)[0])


def anchor_after(seq: int, newest: Sequence[Anchor], pages: Sequence[RecordPage]) -> Anchor | None:
    """The first anchor with entry ``seq`` of the ledger behind it; None while no day ended since then.

    ``newest`` are looked through where there are no pages. Raises BadPublication.
    """
    page = anchor_page(seq, pages)
    anchors = newest if page is None else _days(page)[1]
    return next((anchor for anchor in anchors if anchor.entries >= seq), None)


def anchor_page(seq: int, pages: Sequence[RecordPage]) -> RecordPage | None:
    """The page with the first anchor that has entry ``seq`` behind it."""
    return next((page for page in pages if page.entries >= seq), None)


def _days(page: RecordPage) -> tuple[tuple[Point, ...], tuple[Anchor, ...]]:
    found = page.read()
    with untrusted(BadPublication, f"{page.file.path.name} is no page of the record", hint=PAGES_AGAIN):
        timeline = tuple(Point.model_validate(plain) for plain in found["timeline"])
        return timeline, tuple(Anchor.model_validate(plain) for plain in found["anchors"])


def _href(season: str) -> str:
    return f"{PERFORMANCE}/{season}"
