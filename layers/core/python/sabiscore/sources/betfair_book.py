"""One market book of the Betfair Exchange → the depth of a market, and its best prices to back at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sabiscore.domain.facts import Depth, Fact, Level, Quote
from sabiscore.domain.match import Market
from sabiscore.sources.prices import validate_odds
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope
from sabiscore.sources.row_collector import ParsedRow, RowCollector

MOST_LEVELS = 3
DELAY = timedelta(minutes=3)
"""Delayed keys show prices up to this old."""
WIDEST = 1.25
"""A best lay price further above the best back price than this factor: nobody trades there yet."""
_ODDS = (1.01, 1000.0)
_MOST_STAKE = 1e9


@dataclass(frozen=True, slots=True)
class Runners:
    """What a catalogue said of one market: its match, and its runners in the market's order."""

    event: str
    market: Market
    numbers: tuple[int, ...]


def read_book(
    row: object, known: Mapping[str, Runners], at: datetime | None, collector: RowCollector
) -> ParsedRow:
    """The depth of one open market before kick-off, and its best back prices as a quote of book ``bfe``."""
    fields = Fields(row)
    market = known.get(fields.identity("marketId"))
    if market is None:
        raise OutOfScope("a market that was not asked for")
    if _flag(fields, "inplay"):
        raise OutOfScope("in play")
    if fields.word("status") != "OPEN":
        raise OutOfScope("not open")
    if _flag(fields, "isMarketDataDelayed") and at is not None:
        at -= DELAY
    ladders = [_ladders(runner) for runner in _in_order(fields, market)]
    back, lay = tuple(pair[0] for pair in ladders), tuple(pair[1] for pair in ladders)
    facts: list[Fact] = [Depth(market.event, market.market, back, lay, at)]
    facts += collector.validated(f"{market.market} bfe", lambda: _back(market, back, lay, at))
    return ParsedRow(facts=tuple(facts))


def _back(
    market: Runners,
    back: Sequence[tuple[Level, ...]],
    lay: Sequence[tuple[Level, ...]],
    at: datetime | None,
) -> Quote:
    """The best price to back at of each outcome: the only one a bettor can have, before commission."""
    prices = []
    for backs, lays in zip(back, lay, strict=True):
        if not backs or not lays:
            raise InvalidRow("an outcome without both sides")
        if not backs[0].odds <= lays[0].odds <= WIDEST * backs[0].odds:
            raise InvalidRow("the sides are too far apart")
        prices.append(backs[0].odds)
    return Quote(
        event=market.event, market=market.market, book="bfe", prices=validate_odds(prices), quoted_at=at
    )


def _in_order(fields: Fields, market: Runners) -> list[Fields]:
    runners = [Fields(row, "runner") for row in fields.rows("runners")]
    by_number = {runner.whole("selectionId", 10**12): runner for runner in runners}
    if set(by_number) != set(market.numbers) or len(by_number) != len(runners):
        raise InvalidRow("the runners are not those of the catalogue")
    ordered = [by_number[number] for number in market.numbers]
    if any(runner.word("status") != "ACTIVE" for runner in ordered):
        raise OutOfScope("a runner was withdrawn")
    return ordered


def _ladders(runner: Fields) -> tuple[tuple[Level, ...], tuple[Level, ...]]:
    offers = runner.at("ex")
    return _ladder(offers, "availableToBack", best=max), _ladder(offers, "availableToLay", best=min)


def _ladder(offers: Fields, name: str, *, best: object) -> tuple[Level, ...]:
    levels = [_level(Fields(row, name)) for row in offers.rows(name)]
    levels.sort(key=lambda level: level.odds, reverse=best is max)
    return tuple(levels[:MOST_LEVELS])


def _level(fields: Fields) -> Level:
    level = Level(fields.number("price"), fields.number("size"))
    if not _ODDS[0] <= level.odds <= _ODDS[1] or not 0 < level.stake <= _MOST_STAKE:
        raise InvalidRow("a level that cannot be")
    return level


def _flag(fields: Fields, name: str) -> bool:
    value = fields.read(name, lambda value: value)
    if not isinstance(value, bool):
        raise InvalidRow(f"{name}: not true or false")
    return value
