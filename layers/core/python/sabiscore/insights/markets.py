"""What the bookmakers say of a match, and which of their prices are worth more than they cost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache

from sabiscore.domain.margin import power
from sabiscore.domain.match import BOOKS, Market, Match, Phase
from sabiscore.domain.odds import OUTCOMES, are_decimal, implausible, overround
from sabiscore.domain.scoreline import Grid
from sabiscore.domain.value import PRICE_LIFE, THRESHOLD, assess, edge, unusable
from sabiscore.insights.document import Freshness, MarketView, Price, Side, ValueBet

BOOK_NAMES = {
    "avg": "market average", "max": "best of the market", "b365": "Bet365", "ps": "Pinnacle",
    "bfe": "Betfair Exchange", "bw": "Bet&Win", "wh": "William Hill", "iw": "Interwetten",
    "vc": "BetVictor", "lb": "Ladbrokes", "1xb": "1xBet", "bf": "Betfair", "gb": "Gamebookers",
    "sb": "Sportingbet", "sj": "Stan James", "bs": "Blue Square", "so": "Sporting Odds",
    "sy": "Stanleybet",
}  # fmt: skip

NOT_FOR_SALE = frozenset({"avg"})
"""Nobody sells the average price."""

_SIDES: dict[Market, tuple[Side, ...]] = {"1x2": OUTCOMES, "ou25": ("over", "under"), "ah": ("home", "away")}
_fair = lru_cache(maxsize=4_096)(power)  # a price is looked at again and again until it moves
_ORDER = {book: index for index, book in enumerate(BOOKS)}


def markets(
    match: Match, p: Sequence[float], grid: Grid | None, at: datetime, source: str
) -> tuple[MarketView, ...]:
    """Every market of ``match`` that is known, in order of market and book, seen at ``at``.

    What is not decimal odds is no price and is left out.
    """
    over = grid.over_2_5 if grid else None
    ours: dict[Market, Sequence[float | None]] = {
        "1x2": p,
        "ou25": (over, None if over is None else 1 - over),
        "ah": (None, None),
    }
    known = [key for key, odds in match.prices.items() if are_decimal(odds)]
    keys = sorted(known, key=lambda key: (list(_SIDES).index(key[0]), key[2] != "pre", _ORDER[key[1]]))
    return tuple(_view(match, key, ours[key[0]], at, source) for key in keys)


def is_offer(key: tuple[Market, str, Phase]) -> bool:
    """Whether a price can be a value bet's: an early one of the match's outcome, for sale.

    >>> is_offer(("1x2", "b365", "pre")), is_offer(("1x2", "avg", "pre")), is_offer(("ah", "b365", "pre"))
    (True, False, False)
    """
    market, book, phase = key
    return market == "1x2" and phase == "pre" and book not in NOT_FOR_SALE


def value_bets(views: Sequence[MarketView], p: Sequence[float]) -> tuple[ValueBet, ...]:
    """The best usable 1X2 price of each outcome that is a value bet, best edge first."""
    usable = [view for view in views if view.market == "1x2" and view.usable]
    bets = [bet for outcome, q in enumerate(p) for bet in _best(usable, outcome, q)]
    return tuple(sorted(bets, key=lambda bet: -bet.edge))


def why_no_bets(views: Sequence[MarketView]) -> str:
    """The sentence that stands where value bets would."""
    for_sale = [view for view in views if view.market == "1x2" and view.book not in NOT_FOR_SALE]
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
    match: Match, key: tuple[Market, str, Phase], ours: Sequence[float | None], at: datetime, source: str
) -> MarketView:
    market, book, phase = key
    odds = match.prices[key]
    wrong = implausible(odds, best_price=book == "max")
    fair: Sequence[float | None] = _fair(odds) if wrong is None else [None] * len(odds)
    priced_at = match.priced_at if phase == "pre" else None
    because = wrong or _not_for_sale(book) or unusable(priced_at, match.kickoff_at, at)
    prices = [
        Price(outcome=outcome, odds=o, fair_probability=f, edge=None if q is None else edge(q, o))
        for outcome, o, f, q in zip(_SIDES[market], odds, fair, ours, strict=True)
    ]
    return MarketView(
        market=market,
        book=book,
        book_name=BOOK_NAMES[book],
        phase=phase,
        line=match.lines.get(phase) if market == "ah" else None,
        prices=tuple(prices),
        overround=overround(odds),
        margin_method="power",
        usable=because is None,
        unusable_because=because,
        freshness=price_freshness(priced_at, at, source),
    )


def _not_for_sale(book: str) -> str | None:
    return "nobody sells at this price" if book in NOT_FOR_SALE else None


def _best(views: Sequence[MarketView], outcome: int, p: float) -> Iterator[ValueBet]:
    """The value bet on ``outcome`` at the highest price, if it is one; a named book wins a tie."""
    if not views:
        return
    view = max(views, key=lambda view: (view.prices[outcome].odds, view.book != "max"))
    price = view.prices[outcome]
    worth = assess(p, price.odds)
    if worth.quality not in ("PREMIUM", "VALUE") or price.fair_probability is None:
        return
    yield ValueBet(
        outcome=OUTCOMES[outcome],
        book=view.book,
        book_name=view.book_name,
        odds=price.odds,
        probability=p,
        fair_probability=price.fair_probability,
        edge=worth.edge,
        quality=worth.quality,
        stake_fraction=worth.stake_fraction,
        freshness=view.freshness,
    )
