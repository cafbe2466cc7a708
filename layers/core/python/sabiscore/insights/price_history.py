"""The prices of a coming match: what each book opened at and quotes now, and how it got there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal

from pydantic import Field

from sabiscore.domain.book import BY_CODE, PriceKind
from sabiscore.domain.match import Match
from sabiscore.domain.odds import are_decimal, overround
from sabiscore.domain.value import PRICE_LIFE
from sabiscore.insights.compose import summary
from sabiscore.insights.document import Document, Freshness, MatchSummary, Side
from sabiscore.insights.markets import SIDES, price_freshness
from sabiscore.publication.price_history import PriceHistory, PricePoint, PriceSeries
from sabiscore.publication.publish import Publication


class PointView(Document):
    """Odds in the order of the market's `outcomes`, as a source gave them."""

    at: datetime
    odds: tuple[float, ...]
    source: str


class BookHistory(Document):
    """One book's prices in one market."""

    book: str = Field(examples=["b365"])
    book_name: str = Field(examples=["Bet365"])
    price_kind: PriceKind
    opening: PointView
    now: PointView
    margin: float = Field(description="Of `now`: the sum of the inverse odds, minus 1.")
    best: tuple[Side, ...] = Field(description="Outcomes at which no other book pays more now.")
    stale: bool = Field(description="Whether `now` is too old to bet on.")
    points: tuple[PointView, ...] = Field(description="From `opening` to `now`, thinned evenly.")


class BestPrice(Document):
    """The highest price now of an outcome, among those that can be had at a named book."""

    outcome: Side
    odds: float = Field(gt=1)
    book: str
    book_name: str
    at: datetime


class MarketHistory(Document):
    """The books of one market; each line of the Asian handicap is a market of its own."""

    market: Literal["1x2", "ou25", "ah"]
    line: float | None = Field(description="Goals given to home in the Asian handicap; null elsewhere.")
    outcomes: tuple[Side, ...]
    best: tuple[BestPrice, ...] = Field(description="Before commission; empty where every price is stale.")
    books: tuple[BookHistory, ...]


class PriceList(Document):
    """The prices of a match that has not kicked off, over time."""

    match: MatchSummary
    markets: tuple[MarketHistory, ...]
    points: int = Field(ge=0, le=200, description="Points in this answer.")
    seen: int = Field(ge=0, description="Prices that were ever seen of the match.")
    freshness: Freshness = Field(description="Of the newest price.")
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


def price_list(
    match: Match, history: PriceHistory | str, publication: Publication, at: datetime
) -> PriceList:
    """The prices of ``match`` at ``at``; ``history`` may be the reason why there is none.

    Without one the prices of the publication stand alone.
    """
    found = _only_now(match, publication) if isinstance(history, str) else history
    series = [each for each in found.series if are_decimal(each.points[-1].odds)]
    markets = tuple(_markets(series, at))
    newest = max((each.points[-1] for each in series), key=lambda point: point.at, default=None)
    unknown = {}
    if not series:
        unknown["markets"] = "No price of this match is known."
    elif isinstance(history, str):
        unknown["markets.books.points"] = history
    return PriceList(
        match=summary(match),
        markets=markets,
        points=sum(len(each.points) for each in series),
        seen=found.seen,
        freshness=price_freshness(
            newest.at if newest else None, at, newest.source if newest else publication.source
        ),
        generated_at=at,
        simulated=publication.kind == "simulated",
        rehearsal=publication.rehearsal,
        unknown=unknown,
    )


def _markets(series: Sequence[PriceSeries], at: datetime) -> Iterator[MarketHistory]:
    order = list(SIDES)
    by_line = sorted(series, key=lambda each: (order.index(each.market), each.line or 0.0))
    for (market, line), group in groupby(by_line, key=lambda each: (each.market, each.line)):
        of_market = list(group)
        best = _best(of_market, SIDES[market], at)
        yield MarketHistory(
            market=market,
            line=line,
            outcomes=SIDES[market],
            best=best,
            books=tuple(_book(each, best, at) for each in of_market),
        )


def _best(series: Sequence[PriceSeries], sides: Sequence[Side], at: datetime) -> tuple[BestPrice, ...]:
    offers = [each for each in series if BY_CODE[each.book].takeable and not _is_stale(each, at)]
    if not offers:
        return ()
    highest = [max(offers, key=lambda each: each.points[-1].odds[place]) for place in range(len(sides))]
    return tuple(
        BestPrice(
            outcome=side,
            odds=each.points[-1].odds[place],
            book=each.book,
            book_name=BY_CODE[each.book].name,
            at=each.points[-1].at,
        )
        for place, (side, each) in enumerate(zip(sides, highest, strict=True))
    )


def _book(series: PriceSeries, best: Sequence[BestPrice], at: datetime) -> BookHistory:
    book, now = BY_CODE[series.book], series.points[-1]
    takes_part = book.takeable and not _is_stale(series, at)
    return BookHistory(
        book=series.book,
        book_name=book.name,
        price_kind=book.kind,
        opening=_point(series.points[0]),
        now=_point(now),
        margin=overround(now.odds) - 1,
        best=tuple(
            each.outcome
            for each, odds in zip(best, now.odds, strict=False)
            if takes_part and odds == each.odds
        ),
        stale=_is_stale(series, at),
        points=tuple(map(_point, series.points)),
    )


def _is_stale(series: PriceSeries, at: datetime) -> bool:
    return not series.points[-1].at <= at <= series.points[-1].at + PRICE_LIFE


def _point(point: PricePoint) -> PointView:
    return PointView(at=point.at, odds=point.odds, source=point.source)


def _only_now(match: Match, publication: Publication) -> PriceHistory:
    """The early prices of ``match`` as the publication has them; none where they are undated."""
    if match.priced_at is None:
        return PriceHistory((), 0)
    series = [
        PriceSeries(
            market,
            book,
            match.lines.get(phase) if market == "ah" else None,
            (PricePoint(match.priced_at, tuple(odds), publication.source),),
        )
        for (market, book, phase), odds in match.prices.items()
        if phase == "pre"
    ]
    series.sort(key=lambda each: (list(SIDES).index(each.market), list(BY_CODE).index(each.book)))
    return PriceHistory(tuple(series), len(series))
