"""How the prices of coming matches moved: a part a match, thinned to what a chart can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sabiscore.domain.match import Market
from sabiscore.errors import BadPublication
from sabiscore.publication.supplements import HINT, PRICES, Supplements, part_of
from sabiscore.untrusted import untrusted

MOST_POINTS = 200
"""Of a match, over all markets and books."""


@dataclass(frozen=True, slots=True)
class PricePoint:
    """Decimal odds in the market's order, as ``source`` gave them of ``at``."""

    at: datetime
    odds: tuple[float, ...]
    source: str


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """What one book quoted in one market, at one ``line`` of the handicap; ``points`` oldest first."""

    market: Market
    book: str
    line: float | None
    points: tuple[PricePoint, ...]


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The series of a match; ``seen`` prices in all, ``basis`` differs for every other set of them."""

    series: tuple[PriceSeries, ...]
    seen: int
    basis: str = ""


def thinned(series: Sequence[PriceSeries], most: int = MOST_POINTS) -> tuple[PriceSeries, ...]:
    """``series`` with at most ``most`` points together: the first and last of each, the others evenly.

    A price that was only seen again is left out first. Where even first and last are too many, the last
    series are left out.
    """
    moved = [_moves(each) for each in series[: most // 2]]
    if sum(len(each.points) for each in moved) <= most:
        return tuple(moved)
    share = max(2, most // max(1, len(moved)))
    return tuple(_evenly(each, share) for each in moved)


def plain_history(history: PriceHistory) -> dict[str, Any]:
    """``history`` as a part of the published file."""
    return {
        "basis": history.basis,
        "seen": history.seen,
        "series": [
            [
                each.market,
                each.book,
                each.line,
                [[point.at.isoformat(), point.source, *point.odds] for point in each.points],
            ]
            for each in history.series
        ],
    }


def history_in(plain: Mapping[str, Any]) -> PriceHistory:
    """The history that ``plain_history`` wrote. Raises BadPublication."""
    with untrusted(BadPublication, "A published price history cannot be read", hint=HINT):
        series = tuple(
            PriceSeries(market, book, line, tuple(_point(*point) for point in points))
            for market, book, line, points in plain["series"]
        )
        return PriceHistory(series, int(plain["seen"]), str(plain["basis"]))


def read_history(supplements: Supplements, match_id: str) -> PriceHistory | None:
    """What is published of one match; None where nothing is. Raises BadPublication."""
    file = supplements.file(PRICES)
    plain = part_of(file.read(), match_id) if file is not None else None
    return history_in(plain) if plain is not None else None


def _moves(series: PriceSeries) -> PriceSeries:
    """``series`` without the points between two that have the same odds."""
    points = series.points
    kept = [
        point
        for place, point in enumerate(points)
        if place in (0, len(points) - 1) or point.odds != points[place - 1].odds
    ]
    return PriceSeries(series.market, series.book, series.line, tuple(kept))


def _evenly(series: PriceSeries, most: int) -> PriceSeries:
    points, last = series.points, len(series.points) - 1
    if len(points) <= most:
        return series
    places = sorted({round(step * last / (most - 1)) for step in range(most)})
    return PriceSeries(series.market, series.book, series.line, tuple(points[place] for place in places))


def _point(at: str, source: str, *odds: float) -> PricePoint:
    instant = datetime.fromisoformat(at)
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone")
    return PricePoint(instant, tuple(odds), source)
