"""``cron/calibrate``: live calibration and the public record, both made anew from the ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sabiscore.cache import tags
from sabiscore.insights.live_calibration import Learned, put_calibrations
from sabiscore.insights.record import put_record
from sabiscore.learning.calibrate import learn
from sabiscore.learning.performance import record
from sabiscore.learning.settled import Settled, SettledBet, columns, in_order
from sabiscore.ledger.entry import Entry, Three
from sabiscore.revalidation import of_tags
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Turn
from sabiscore.schedules.report import Done
from sabiscore.store.bets import Bet

DONE = "calibrated"


def work(desk: Desk, turn: Turn) -> Done:
    """Learns from every settled prediction and publishes what all of them came to; idle when none is new."""
    head = desk.ledger.head()
    bets = [bet_of(bet) for bet in desk.bets.settled()]
    mark = f"{head} {len(bets)}"
    before = desk.register.read(DONE)
    if head is None or mark == before:
        return Done("nothing was sealed or settled since.")
    settled = settled_of(desk.ledger.settled())
    learned = learn_all(settled)
    turn.require()
    changed = put_calibrations(desk.folder, learned)
    waiting = desk.ledger.unsettled_count()
    put_record(desk.folder, record(settled, bets, sealed=waiting, head=head))
    desk.register.swap(DONE, before, mark)
    if changed:
        desk.tell(of_tags([tags.ODDS]))
    adopted = sorted(version for version, one in learned.items() if not one.calibration.is_identity)
    sentence = f"{len(settled)} settled predictions; live calibration of {', '.join(adopted) or 'no bundle'}."
    return Done(sentence, {"settled": len(settled), "adopted": len(adopted), "changed": int(changed)})


def learn_all(settled: Sequence[Settled]) -> dict[str, Learned]:
    """By bundle version, what its settled predictions taught."""
    by_bundle: defaultdict[str, list[Settled]] = defaultdict(list)
    for one in in_order(settled):
        by_bundle[one.bundle].append(one)
    found = {}
    for bundle, ones in sorted(by_bundle.items()):
        table = columns(ones)
        learnt = learn(table.raw, table.y)
        found[bundle] = Learned(learnt.calibration, learnt.n, learnt.gain_nats)
    return found


def settled_of(pairs: Sequence[tuple[Entry, Entry]]) -> list[Settled]:
    """What the ledger says of every settled prediction."""
    return [_settled(seal.told, result.told) for seal, result in pairs]


def _settled(seal: dict[str, Any], result: dict[str, Any]) -> Settled:
    return Settled(
        match_id=seal["match"],
        league=seal["league"],
        bundle=seal["bundle"],
        kickoff_at=datetime.fromisoformat(seal["kickoff_at"]),
        sealed_at=datetime.fromisoformat(seal["sealed_at"]),
        settled_at=datetime.fromisoformat(result["settled_at"]),
        p=_three(seal["p"]),
        raw=_three(seal["raw"]),
        outcome=int(result["outcome"]),
        early=_three(seal["market"]) if seal["market"] else None,
        close=_three(result["close"]) if result["close"] else None,
    )


def _three(values: Sequence[float]) -> Three:
    home, draw, away = values
    return home, draw, away


def bet_of(bet: Bet) -> SettledBet:
    """A bet whose match is over, as the record counts it."""
    return SettledBet(
        bet.match_id,
        bet.league,
        bet.bundle,
        bet.opened_at,
        bet.outcome,
        bet.odds,
        bet.stake_fraction,
        bool(bet.won),
        bet.close,
    )
