"""Value bets taken on paper, at the price that stood when they were first seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sabiscore.domain.match import Match
from sabiscore.insights.compose import bets_on
from sabiscore.insights.document import ValueBet
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.store.bets import Bet, BetStore, Key


@dataclass(frozen=True, slots=True)
class BetChanges:
    """The value bets that are new in this run, and those whose edge is gone since the run before."""

    opened: tuple[Bet, ...]
    died: tuple[Bet, ...]


def update_bets(scored: ScoredPublication, bets: BetStore, now: datetime) -> BetChanges:
    """Opens the value bets that are new in ``bets`` and notes the current price of those that are open.

    A bet of another bundle, or on a match that has kicked off, is left as it is.
    """
    current = _current(scored, now)
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


def _current(scored: ScoredPublication, now: datetime) -> dict[Key, Bet]:
    """The value bets at the prices of the publication, on matches that have not kicked off at ``now``."""
    forecasts, publication = scored.forecasts(), scored.publication
    found: dict[Key, Bet] = {}
    for match in publication.served.values():
        if match.kickoff_at is None or match.kickoff_at <= now:
            continue
        for value_bet in bets_on(
            match,
            forecasts[match.id],
            now,
            publication.source,
            scored.commission,
            metrics=scored.model.metrics,
        ):
            bet = _bet(match, match.kickoff_at, scored.model.version, value_bet, now)
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
