"""Sealed predictions and value bets settled with the results that are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES, OutcomeProbabilities
from sabiscore.ledger.entry import LedgerEntry, SettledOutcome
from sabiscore.pipeline.calendar import overlaid
from sabiscore.pipeline.market_probabilities import market_probabilities
from sabiscore.sources.registry import PREFERENCE
from sabiscore.store.bets import Bet, BetStore
from sabiscore.store.database import Store
from sabiscore.store.ledger import Ledger
from sabiscore.store.observations import Observations
from sabiscore.store.snapshots import Snapshots

FILES = "football-data.co.uk"


def settle(
    now: datetime,
    *,
    ledger: Ledger,
    bets: BetStore,
    store: Store,
    observations: Observations,
    snapshots: Snapshots,
) -> tuple[int, int]:
    """How many predictions and how many bets were settled with the results known at ``now``.

    Awarded results settle nothing: they were decided off the pitch, and no model predicts them. A prediction
    that was sealed under an id that its match no longer has, since a club of it is known by its right name,
    is settled by that match's result.
    """
    open_seals, open_bets = _open_seals(now, ledger, store), bets.unsettled()
    wanted = sorted({*open_seals.values()} | {bet.match_id for bet in open_bets})
    if not wanted:
        return 0, 0
    observed = observations.of(wanted, PREFERENCE["results"])
    in_files = store.of(wanted)
    known = {key: observation for key, observation in observed.items() if observation.known_at <= now}
    finished = {
        match.id: match for match in overlaid(in_files, known) if match.goals is not None and match.rated
    }
    close = closing_probabilities(snapshots, list(finished.values()))
    filed = {match.id for match in in_files if match.goals is not None}
    sources = {key: FILES if key in filed else observed[key].source for key in finished}
    outcomes = [
        _outcome(
            entry,
            match_id,
            bundle=bundle,
            match=finished[played],
            close=close.get(played),
            source=sources[played],
        )
        for (match_id, bundle, entry), played in open_seals.items()
        if played in finished
    ]
    results = {
        bet.key: _result(bet, finished[bet.match_id], close.get(bet.match_id))
        for bet in open_bets
        if bet.match_id in finished
    }
    return ledger.settle(outcomes, now), bets.settle(results, now)


def _open_seals(now: datetime, ledger: Ledger, store: Store) -> dict[tuple[str, str, LedgerEntry], str]:
    """The match, bundle and last seal of each match that has kicked off and is not settled → its id today.

    Of a match that was sealed under both its ids, the seal under today's counts.
    """
    unsettled = ledger.unsettled(now)
    renamed = store.renamed() if unsettled else {}
    today = ledger.sealed(renamed[match_id] for match_id, _ in unsettled if match_id in renamed)
    return {
        (match_id, bundle, entry): renamed.get(match_id, match_id)
        for (match_id, bundle), entry in unsettled.items()
        if match_id not in renamed or (renamed[match_id], bundle) not in today
    }


def _outcome(
    seal: LedgerEntry,
    match_id: str,
    *,
    bundle: str,
    match: Match,
    close: OutcomeProbabilities | None,
    source: str,
) -> SettledOutcome:
    return SettledOutcome(
        match_id=match_id,
        bundle=bundle,
        kickoff_at=datetime.fromisoformat(seal.content["kickoff_at"]),
        seal=seal.hash,
        goals=cast("tuple[int, int]", match.goals),
        close=close,
        source=source,
    )


def _result(bet: Bet, match: Match, close: OutcomeProbabilities | None) -> tuple[bool, float | None]:
    """Whether ``bet`` is won, and the fair closing probability of its outcome."""
    place = OUTCOMES.index(bet.outcome)
    return _outcome_of(match) == place, close[place] if close else None


def closing_probabilities(
    snapshots: Snapshots, matches: Sequence[Match]
) -> Mapping[str, OutcomeProbabilities]:
    """The fair closing probabilities of ``matches`` by id, from the last prices seen before kick-off.

    A match without a kick-off or without prices is left out.
    """
    kickoffs = {match.id: match.kickoff_at for match in matches if match.kickoff_at is not None}
    probabilities = {}
    for match_id, closing in snapshots.closing(kickoffs).items():
        p = market_probabilities(
            {snapshot.book: snapshot.odds for snapshot in closing if snapshot.market == "1x2"}
        )
        if p is not None:
            probabilities[match_id] = p
    return probabilities


def _outcome_of(match: Match) -> int:
    """0, 1 or 2 for a home win, a draw or an away win."""
    home, away = match.goals or (0, 0)
    return 0 if home > away else 1 if home == away else 2
