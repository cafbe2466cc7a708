"""The page of how a match's prices moved: each book from its first price to now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sabiscore.insights.price_history import BookHistory, MarketHistory, PriceList
from sabiscore.pages.charts import GridLine, Scale, across, path, upwards
from sabiscore.pages.frame import Frame
from sabiscore.pages.match import MARKET_TITLES, line_of, outcome_name
from sabiscore.pages.numbers import fixed
from sabiscore.pages.rendering import render

CLASSES = ("ours", "middle-line", "theirs")
"""Of the lines of a market's outcomes, in their order; a market of two uses the first and the last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceChart:
    """The lines of one book's odds over time, each with its class and the outcome it is of."""

    x: Scale
    y: Scale
    x_ticks: tuple[GridLine, ...]
    y_ticks: tuple[GridLine, ...]
    lines: tuple[tuple[str, str, str], ...]
    book_name: str


@dataclass(frozen=True, slots=True)
class MovingMarket:
    """A market with the names of its outcomes, and the chart of its longest series, if one moved."""

    title: str
    outcomes: tuple[str, ...]
    market: MarketHistory
    chart: PriceChart | None


def prices_page(document: PriceList) -> bytes:
    """The page of ``document``."""
    match = document.match
    title = f"Prices of {match.home.name} – {match.away.name}"
    values = {
        "frame": Frame(
            page="prices",
            title=title,
            description=f"{document.seen} prices, from the first seen to now.",
            dated=document,
        ),
        "document": document,
        "match": match,
        "markets": [_moving(market, document) for market in document.markets],
    }
    return render("prices.html", values)


def _moving(market: MarketHistory, document: PriceList) -> MovingMarket:
    names = tuple(outcome_name(outcome, document.match) for outcome in market.outcomes)
    title = MARKET_TITLES[market.market] + (f" {line_of(market.line)}" if market.line is not None else "")
    longest = max(market.books, key=lambda book: len(book.points))
    return MovingMarket(title, names, market, _chart(longest, names))


def _chart(book: BookHistory, names: Sequence[str]) -> PriceChart | None:
    """The odds of ``book`` over time; None while it has quoted once."""
    times = [point.at.timestamp() for point in book.points]
    if len(times) < 2:
        return None
    x, y = across(times), upwards([odds for point in book.points for odds in point.odds])
    kinds = CLASSES if len(names) == len(CLASSES) else (CLASSES[0], CLASSES[-1])
    lines = tuple(
        (kind, name, path([(x(at), y(point.odds[k])) for at, point in zip(times, book.points, strict=True)]))
        for k, (kind, name) in enumerate(zip(kinds, names, strict=True))
    )

    def hours(at: float) -> str:
        return f"{fixed((at - times[-1]) / 3600, 0)} h"

    return PriceChart(
        x=x, y=y, x_ticks=x.ticks(hours), y_ticks=y.ticks(fixed), lines=lines, book_name=book.book_name
    )
