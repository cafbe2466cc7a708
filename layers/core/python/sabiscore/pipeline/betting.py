"""Value bets taken on paper, at the price that stood when they were first seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sabiscore.domain.match import Match
from sabiscore.domain.value import unusable
from sabiscore.insights.compose import bets_on
from sabiscore.insights.document import ValueBet
from sabiscore.insights.forecast import Forecast
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.pipeline.memo import MemoEach
from sabiscore.store.bets import Bet, BetStore, Key


@dataclass(frozen=True, slots=True)
class BetChanges:
    """The value bets that are new in this run, and those whose edge is gone since the run before."""

    opened: tuple[Bet, ...]
    died: tuple[Bet, ...]


BetsOfMatch = tuple[ValueBet, ...]


def update_bets(
    scored: ScoredPublication, bets: BetStore, now: datetime, memo: MemoEach[BetsOfMatch]
) -> BetChanges:
    """Opens the value bets that are new in ``bets`` and notes the current price of those that are open.

    A bet of another bundle, or on a match that has kicked off, is left as it is. ``memo`` gives the bets on
    a match again while its prices, its forecast and whether it may be bet on are what they were.
    """
    current = _current(scored, now, memo)
    before = bets.unsettled()
    open_keys = {bet.key for bet in before}
    opened = bets.open([bet for key, bet in current.items() if key not in open_keys])
    version = scored.model.version
    running = [bet for bet in before if bet.kickoff_at > now and bet.bundle == version]
    prices: Mapping[Key, float | None] = {
        bet.key: current[bet.key].odds if bet.key in current else None for bet in running
    }
    bets.see({bet.key: prices[bet.key] for bet in running if bet.seen_odds != prices[bet.key]}, now)
    died = [bet for bet in running if bet.seen_odds is not None and prices[bet.key] is None]
    return BetChanges(tuple(opened), tuple(died))


def _current(scored: ScoredPublication, now: datetime, memo: MemoEach[BetsOfMatch]) -> dict[Key, Bet]:
    """The value bets at the prices of the publication, on matches that have not kicked off at ``now``."""
    forecasts, publication = scored.forecasts(), scored.publication
    coming = {
        match.id: (match, match.kickoff_at)
        for match in publication.served.values()
        if match.kickoff_at is not None and match.kickoff_at > now
    }

    def make(match: Match, forecast: Forecast, source: str, commission: float, *_: object) -> BetsOfMatch:
        return bets_on(match, forecast, now, source, commission, metrics=scored.model.metrics)

    # All that bets depend on, but for the age of their prices, which no row of the store has.
    facts = {
        key: (
            match,
            forecasts[key],
            publication.source,
            scored.commission,
            scored.model.version,
            unusable(match.priced_at, kickoff_at, now),
        )
        for key, (match, kickoff_at) in coming.items()
    }
    found: dict[Key, Bet] = {}
    for (match, kickoff_at), of_match in zip(coming.values(), memo.all(facts, make), strict=True):
        for value_bet in of_match:
            bet = _bet(match, kickoff_at, scored.model.version, value_bet, now)
            found[bet.key] = bet
    return found


def _bet(match: Match, kickoff_at: datetime, bundle: str, bet: ValueBet, now: datetime) -> Bet:
    return Bet(
        match_id=match.id,
        outcome=bet.outcome,
        bundle=bundle,
        league=match.league,
        kickoff_at=kickoff_at,
        opened_at=now,
        book=bet.book,
        odds=bet.odds,
        probability=bet.probability,
        quality=bet.quality,
        stake_fraction=bet.stake_fraction,
        seen_odds=bet.odds,
    )
