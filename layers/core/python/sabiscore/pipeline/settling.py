"""Sealed predictions and value bets settled with the results that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES, OutcomeProbabilities
from sabiscore.jobs.context import JobContext
from sabiscore.ledger.entry import LedgerEntry, SettledOutcome
from sabiscore.pipeline.calendar import overlaid
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.bets import Key

FILES = "football-data.co.uk"


def settle(desk: JobContext) -> tuple[int, int]:
    """(predictions, bets) settled now. Awarded results settle nothing: nobody foretold them.

    A prediction that was sealed under the id of a match that has another now, since a club of it is known by
    its right name, is settled by that match's result.
    """
    now = desk.now()
    open_seals, open_bets = _open_seals(desk, now), desk.bets.unsettled()
    wanted = {*open_seals.values()} | {bet.match_id for bet in open_bets}
    if not wanted:
        return 0, 0
    seen = desk.observations.of(sorted(wanted), PREFERENCE["results"])
    in_files = desk.store.of(sorted(wanted))
    told = {key: one for key, one in seen.items() if one.known_at <= now}
    over = {match.id: match for match in overlaid(in_files, told) if match.goals is not None and match.rated}
    close = closing(desk, list(over.values()))
    filed = {match.id for match in in_files if match.goals is not None}
    outcomes = [
        SettledOutcome(
            match_id=match_id,
            bundle=bundle,
            kickoff_at=datetime.fromisoformat(entry.told["kickoff_at"]),
            seal=entry.hash,
            goals=cast("tuple[int, int]", over[played].goals),
            close=close.get(played),
            source=FILES if played in filed else seen[played].source,
        )
        for (match_id, bundle, entry), played in open_seals.items()
        if played in over
    ]
    results: dict[Key, tuple[bool, float | None]] = {}
    for bet in open_bets:
        if bet.match_id in over:
            fair_close = close.get(bet.match_id)
            place = OUTCOMES.index(bet.outcome)
            results[bet.key] = _came(over[bet.match_id]) == place, fair_close[place] if fair_close else None
    return desk.ledger.settle(outcomes, now), desk.bets.settle(results, now)


def _open_seals(desk: JobContext, now: datetime) -> dict[tuple[str, str, LedgerEntry], str]:
    """Match, bundle and last seal of what has kicked off and is not settled → the match's id today.

    Of a match that was sealed under both its ids the one under today's counts.
    """
    unsettled = desk.ledger.unsettled(now)
    called = desk.store.renamed() if unsettled else {}
    today = desk.ledger.sealed(called[match_id] for match_id, _ in unsettled if match_id in called)
    return {
        (match_id, bundle, entry): called.get(match_id, match_id)
        for (match_id, bundle), entry in unsettled.items()
        if match_id not in called or (called[match_id], bundle) not in today
    }


def closing(desk: JobContext, matches: Sequence[Match]) -> Mapping[str, OutcomeProbabilities]:
    """The fair closing probabilities of ``matches``, of the last prices seen before kick-off."""
    kickoffs = {match.id: match.kickoff_at for match in matches if match.kickoff_at is not None}
    found = {}
    for match_id, snapshots in desk.snapshots.closing(kickoffs).items():
        p = market_probabilities({one.book: one.odds for one in snapshots if one.market == "1x2"})
        if p is not None:
            found[match_id] = p
    return found


def _came(match: Match) -> int:
    """0, 1 or 2 for a home win, a draw or an away win."""
    home, away = match.goals or (0, 0)
    return 0 if home > away else 1 if home == away else 2
