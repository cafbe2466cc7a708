"""``cron/calibrate``: live calibration and the public record, both made anew from what is settled.

Both are functions of the ledger and the bets alone, so a run that dies is made good by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sabiscore.cache.tags import ODDS
from sabiscore.errors import BadBundle, BadPublication, SabiScoreError
from sabiscore.inference.pointer import read_moves, standing
from sabiscore.insights.live_calibration import Live, put_corrections, read_corrections
from sabiscore.insights.performance import LiveCalibration
from sabiscore.insights.production import NO_VERSION
from sabiscore.insights.record import put_record, read_record
from sabiscore.learning.calibrate import Learner
from sabiscore.learning.performance import record
from sabiscore.learning.settled import Settled, columns, in_order
from sabiscore.net.register import change
from sabiscore.revalidation import of_tags
from sabiscore.schedules.challenger import challenger, trial
from sabiscore.schedules.days import read_days
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.job import Turn
from sabiscore.schedules.population import shifted
from sabiscore.schedules.put_away import BETS, bets_in, unique
from sabiscore.schedules.report import Done
from sabiscore.schedules.settled import bet_of
from sabiscore.schedules.watch import PRODUCTION, rollbacks, watch

MADE = "schedules:calibrated"
TOLD = "schedules:calibration-told"


def work(desk: Desk, turn: Turn) -> Done:
    """Learns from all that is settled and publishes it; nothing is written while nothing is new."""
    head, days = desk.ledger.head(), read_days(desk.folder)
    bets = unique([*bets_in(desk.away / BETS), *desk.bets.settled()])
    if head is None:
        return Done("Nothing is sealed yet.")
    if desk.register.read(MADE) == _made(desk, head, len(bets), len(days)):
        return Done("Nothing is new.", problems=_tell(desk))
    ledgered = desk.reader.read(desk.ledger.entries)
    live = learn_each((*ledgered.settled, *ledgered.trial), desk.learners)
    turn.require()
    served = production(desk)
    watched = watch(desk, ledgered.settled)
    moved, odd = shifted(desk, served) if served != NO_VERSION else (None, ())
    tried, wrong = trial(desk, served, ledgered.settled, ledgered.trial)
    told = record(
        ledgered.settled,
        [bet_of(bet) for bet in bets],
        sealed=ledgered.waiting,
        head=ledgered.head,
        live=_views(live),
        drift=watched.drift,
        population=moved,
        trial=tried,
        rollbacks=rollbacks(desk.models),
        anchors=tuple(day.anchor for day in days),
    )
    put_corrections(desk.folder, live)
    put_record(desk.folder, told)
    made = _made(desk, ledgered.head, len(bets), len(days))
    change(desk.register, MADE, lambda _: made)
    figures = {
        "settled": len(ledgered.settled),
        "waiting": ledgered.waiting,
        "bets": len(bets),
        "adopted": sum(not one.calibration.is_identity for one in live.values()),
        "rolled_back": int(watched.rolled_back),
        "on_trial": len(ledgered.trial),
    }
    return Done(_sentence(figures), figures, (*watched.problems, *odd, *wrong, *_tell(desk)))


def learn_each(settled: Sequence[Settled], learners: Mapping[str, Learner]) -> dict[str, Live]:
    """By bundle version, what its settled predictions taught; a challenger learns as production does."""
    of_bundle: defaultdict[str, list[Settled]] = defaultdict(list)
    for one in in_order(settled):
        of_bundle[one.bundle].append(one)
    return {bundle: _learn(ones, learners[bundle]) for bundle, ones in sorted(of_bundle.items())}


def _learn(settled: Sequence[Settled], learner: Learner) -> Live:
    matches = columns(settled)
    learnt = learner.learn(matches.raw, matches.y)
    return Live(learnt.calibration, learnt.n, learnt.judged, learnt.gain_nats)


def _views(live: Mapping[str, Live]) -> dict[str, LiveCalibration]:
    return {
        version: LiveCalibration(
            n=one.n, judged=one.judged, gain_nats=one.gain_nats, in_use=not one.calibration.is_identity
        )
        for version, one in live.items()
    }


def _made(desk: Desk, head: str | None, bets: int, days: int) -> str:
    """What was published and from what: differs too when the files are gone or not what was written."""
    basis = f"{head} {bets} {days} {production(desk)} {_on_trial(desk)}"
    try:
        return f"{basis} {read_corrections(desk.folder).digest} {read_record(desk.folder).digest}"
    except BadPublication:
        return f"{basis} unreadable"


def _tell(desk: Desk) -> tuple[str, ...]:
    """Puts out of date what another calibration or bundle made, until it was told once; what went wrong."""
    if desk.tell is None:
        return ()
    try:
        mark = f"{read_corrections(desk.folder).mark} {production(desk)}"
    except BadPublication as error:
        return (str(error),)
    if desk.register.read(TOLD) == mark:
        return ()
    try:
        desk.tell(of_tags([ODDS]))
    except SabiScoreError as error:
        return (f"Not everybody was told of the new calibration: {error}",)
    change(desk.register, TOLD, lambda _: mark)
    return ()


def _on_trial(desk: Desk) -> str:
    try:
        return challenger(desk) or NO_VERSION
    except BadBundle:
        return "unreadable"


def production(desk: Desk) -> str:
    """The version in production; "none" before the first."""
    return (standing(read_moves(desk.models / PRODUCTION)) or (NO_VERSION,))[-1]


def _sentence(figures: Mapping[str, int]) -> str:
    """
    >>> _sentence({"settled": 300, "waiting": 12, "bets": 40, "adopted": 1})
    '300 settled predictions and 40 bets on record, 12 to come; live calibration in use for 1 bundle.'
    """
    adopted = figures["adopted"]
    use = f"in use for {adopted} bundle{'s' * (adopted != 1)}" if adopted else "not in use"
    settled, bets, waiting = figures["settled"], figures["bets"], figures["waiting"]
    return (
        f"{settled} settled predictions and {bets} bets on record, {waiting} to come; live calibration {use}."
    )
