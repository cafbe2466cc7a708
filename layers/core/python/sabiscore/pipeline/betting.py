"""Value bets taken on paper at the price that stood when they were seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sabiscore.insights.compose import bets_on
from sabiscore.insights.document import ValueBet
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.jobs.context import JobContext
from sabiscore.store.bets import Bet, Key


@dataclass(frozen=True, slots=True)
class BetChanges:
    """What became of value bets in this run: those that are new, and those whose edge is gone."""

    opened: tuple[Bet, ...]
    died: tuple[Bet, ...]


def see_bets(desk: JobContext, edition: ScoredPublication) -> BetChanges:
    """Opens the value bets that are new, and notes the price of those that are open."""
    now, told = desk.now(), edition.forecasts()
    publication, version = edition.publication, edition.model.version
    found: dict[Key, Bet] = {}
    for match in publication.served.values():
        if match.kickoff_at is None or match.kickoff_at <= now:
            continue
        for bet in bets_on(match, told[match.id], now, publication.source, edition.commission):
            kept = _bet(match.id, match.league, version, bet, match.kickoff_at, now)
            found[kept.key] = kept
    before = desk.bets.unsettled()
    there = {bet.key for bet in before}
    opened = desk.bets.open([bet for key, bet in found.items() if key not in there])
    running = [bet for bet in before if bet.kickoff_at > now and bet.bundle == version]
    best: Mapping[Key, float | None] = {
        bet.key: found[bet.key].odds if bet.key in found else None for bet in running
    }
    desk.bets.see({bet.key: best[bet.key] for bet in running if bet.seen_odds != best[bet.key]}, now)
    died = [bet for bet in running if bet.seen_odds is not None and best[bet.key] is None]
    return BetChanges(tuple(opened), tuple(died))


def _bet(match_id: str, league: str, bundle: str, bet: ValueBet, kickoff_at: datetime, now: datetime) -> Bet:
    return Bet(
        match_id=match_id,
        outcome=bet.outcome,
        bundle=bundle,
        league=league,
        kickoff_at=kickoff_at,
        opened_at=now,
        book=bet.book,
        odds=bet.odds,
        probability=bet.probability,
        quality=bet.quality,
        stake_fraction=bet.stake_fraction,
        seen_odds=bet.odds,
    )
