"""What the bookmakers say of a match, and which of their prices are worth more than they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sabiscore.domain.book import BY_CODE, Book, PriceKind
from sabiscore.domain.kelly import shrinkage, stake_fractions
from sabiscore.domain.margin import power
from sabiscore.domain.match import BOOKS, Market, Match, Phase
from sabiscore.domain.odds import OUTCOMES, Outcome, are_decimal, implausible, net_odds, overround
from sabiscore.domain.scoreline import Grid
from sabiscore.domain.value import (
    EXCHANGE_COMMISSION,
    PRICE_LIFE,
    PROBABLE_ERROR,
    THRESHOLD,
    Assessment,
    assess,
    edge,
    unusable,
)
from sabiscore.insights.divergence import Divergence, range_of
from sabiscore.insights.document import Freshness, MarketView, Price, Side, ValueBet

_NOT_FOR_SALE: Mapping[PriceKind, str] = {
    "average": "it is the mean of several books, which nobody sells",
    "best": "it is the best of several books, and nobody says whose it is",
    "unlisted": "the feed does not say whose price it is",
}

SIDES: dict[Market, tuple[Side, ...]] = {"1x2": OUTCOMES, "ou25": ("over", "under"), "ah": ("home", "away")}
_fair = lru_cache(maxsize=4_096)(power)  # a price is looked at again and again until it moves
_ORDER = {book: index for index, book in enumerate(BOOKS)}


def markets(
    match: Match,
    p: Sequence[float],
    *,
    grid: Grid | None,
    at: datetime,
    source: str,
    commission: float = EXCHANGE_COMMISSION,
) -> tuple[MarketView, ...]:
    """Every market of ``match`` that is known, in order of market and book, seen at ``at``.

    ``commission`` is what exchanges keep of what is won. What is not decimal odds is no price and is left
    out.
    """
    over = grid.over_2_5 if grid else None
    ours: dict[Market, Sequence[float | None]] = {
        "1x2": p,
        "ou25": (over, None if over is None else 1 - over),
        "ah": (None, None),
    }
    known = [key for key, odds in match.prices.items() if are_decimal(odds)]
    keys = sorted(known, key=lambda key: (list(SIDES).index(key[0]), key[2] != "pre", _ORDER[key[1]]))
    return tuple(
        _view(match, key, ours=ours[key[0]], at=at, source=source, commission=commission) for key in keys
    )


def is_offer(key: tuple[Market, str, Phase]) -> bool:
    """Whether a price can be a value bet's: an early one of the match's outcome, to be had at a named book.

    >>> is_offer(("1x2", "b365", "pre")), is_offer(("1x2", "max", "pre")), is_offer(("ah", "b365", "pre"))
    (True, False, False)
    """
    market, book, phase = key
    return market == "1x2" and phase == "pre" and BY_CODE[book].takeable


@dataclass(frozen=True, slots=True)
class _Offer:
    """The best price of an outcome, what its book says of it, and what it is worth."""

    outcome: Outcome
    view: MarketView
    quoted_odds: float
    fair_probability: float
    worth: Assessment


def value_bets(
    views: Sequence[MarketView], p: Sequence[float], uncertainty: Divergence
) -> tuple[ValueBet, ...]:
    """The best usable 1X2 price of each outcome that is a value bet, best edge first; each names its book.

    Stakes are those of all of them together, since at most one can win, and shrink with the ``uncertainty``
    of ``p``.
    """
    usable = [view for view in views if view.market == "1x2" and view.usable]
    offers = [offer for outcome, q in enumerate(p) for offer in _best(usable, outcome, q, uncertainty.nats)]
    chances, odds = [offer.worth.p for offer in offers], [offer.worth.odds for offer in offers]
    stakes = stake_fractions(chances, odds, divergence=uncertainty.nats)
    factor = shrinkage(chances, odds, uncertainty.nats)
    bets = [
        _value_bet(offer, stake, factor, uncertainty) for offer, stake in zip(offers, stakes, strict=True)
    ]
    return tuple(sorted(bets, key=lambda bet: -bet.edge))


def why_no_bets(views: Sequence[MarketView]) -> str:
    """The sentence that stands where value bets would."""
    for_sale = [view for view in views if view.market == "1x2" and BY_CODE[view.book].takeable]
    if not for_sale:
        return "No price that could be bought is known."
    if not any(view.usable for view in for_sale):
        because = dict.fromkeys(str(view.unusable_because) for view in for_sale)
        return f"No price may be used: {'; '.join(because)}."
    return f"No usable price has an edge of {THRESHOLD:g} or more that is also credible."


def price_freshness(priced_at: datetime | None, at: datetime, source: str) -> Freshness:
    """The age of a price; one from the future is as good as undated."""
    if priced_at is None or priced_at > at:
        return Freshness(as_of=priced_at, age_s=None, source=source, stale=True)
    age = at - priced_at
    return Freshness(as_of=priced_at, age_s=int(age.total_seconds()), source=source, stale=age > PRICE_LIFE)


def _view(
    match: Match,
    key: tuple[Market, str, Phase],
    *,
    ours: Sequence[float | None],
    at: datetime,
    source: str,
    commission: float,
) -> MarketView:
    market, code, phase = key
    odds, book = match.prices[key], BY_CODE[code]
    kept = commission if book.kind == "exchange" else 0.0
    wrong = implausible(odds, best_price=book.kind == "best")
    fair: Sequence[float | None] = _fair(odds) if wrong is None else [None] * len(odds)
    priced_at = match.priced_at if phase == "pre" else None
    because = wrong or _NOT_FOR_SALE.get(book.kind) or unusable(priced_at, match.kickoff_at, at)
    prices = [
        Price(outcome=outcome, odds=o, fair_probability=f, edge=_edge(book, q, o, kept))
        for outcome, o, f, q in zip(SIDES[market], odds, fair, ours, strict=True)
    ]
    return MarketView(
        market=market,
        book=code,
        book_name=book.name,
        price_kind=book.kind,
        commission=kept,
        phase=phase,
        line=match.lines.get(phase) if market == "ah" else None,
        prices=tuple(prices),
        overround=overround(odds),
        margin_method="power",
        usable=because is None,
        unusable_because=because,
        freshness=price_freshness(priced_at, at, source),
    )


def _edge(book: Book, p: float | None, odds: float, commission: float) -> float | None:
    """The expected value at a price that somebody can have, after ``commission``."""
    return edge(p, net_odds(odds, commission)) if p is not None and book.takeable else None


def _best(views: Sequence[MarketView], outcome: int, p: float, divergence: float) -> Iterator[_Offer]:
    """The price of ``outcome`` that pays most after commission, if it makes a value bet."""
    if not views:
        return
    view = max(views, key=lambda view: _pays(view, outcome))
    price, odds = view.prices[outcome], _pays(view, outcome)
    worth = assess(p, odds, divergence)
    if worth.quality not in ("PREMIUM", "VALUE") or price.fair_probability is None:
        return
    yield _Offer(OUTCOMES[outcome], view, price.odds, price.fair_probability, worth)


def _value_bet(offer: _Offer, stake: float, factor: float, uncertainty: Divergence) -> ValueBet:
    view, worth = offer.view, offer.worth
    low, high = range_of(worth.p, uncertainty.nats)
    return ValueBet(
        outcome=offer.outcome,
        book=view.book,
        book_name=view.book_name,
        quoted_odds=offer.quoted_odds,
        commission=view.commission,
        odds=worth.odds,
        probability=worth.p,
        fair_probability=offer.fair_probability,
        edge=worth.edge,
        edge_low=edge(low, worth.odds),
        edge_high=edge(high, worth.odds),
        suspect=worth.edge > PROBABLE_ERROR,
        quality=worth.quality,
        stake_fraction=stake,
        stake_shrinkage=factor,
        divergence=uncertainty.nats,
        divergence_of=uncertainty.of,
        freshness=view.freshness,
    )


def _pays(view: MarketView, outcome: int) -> float:
    """The odds of ``outcome`` after the commission; a bookmaker's are as they stand."""
    odds = view.prices[outcome].odds
    return net_odds(odds, view.commission) if view.commission else odds
