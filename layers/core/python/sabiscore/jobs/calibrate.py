"""``cron/calibrate``: live calibration and the public record, both made anew from what is settled.

Both are functions of the ledger and the bets alone, so a run that dies is made good by the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sabiscore.cache.tags import ODDS
from sabiscore.cache.targets import of_tags
from sabiscore.errors import BadBundle, BadPublication, SabiScoreError
from sabiscore.inference.pointer import read_changes, standing
from sabiscore.insights.production import NO_VERSION
from sabiscore.insights.stored_track_record import put_track_record, read_track_record
from sabiscore.insights.track_record import Anchor, LiveCalibration
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.learning.calibrate import Learner
from sabiscore.learning.settled import Settled, in_order, settled_columns
from sabiscore.learning.track_record import track_record
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.pipeline.challenger import challenger, trial
from sabiscore.pipeline.cold_storage import BETS, bets_in, unique
from sabiscore.pipeline.drift_guard import PRODUCTION, guard_against_drift, rollbacks
from sabiscore.pipeline.feature_drift import shifted
from sabiscore.pipeline.ledger_reader import bet_of
from sabiscore.publication.corrections import LearnedCorrection, put_corrections, read_corrections
from sabiscore.publication.daily_anchors import read_days

MADE = "schedules:calibrated"
TOLD = "schedules:calibration-told"


def work(desk: JobContext, turn: JobRun) -> JobResult:
    """Learns from all that is settled and publishes it; nothing is written while nothing is new."""
    head, days = desk.ledger.head(), read_days(desk.folder)
    bets = unique([*bets_in(desk.away / BETS), *desk.bets.settled()])
    if head is None:
        return JobResult("Nothing is sealed yet.")
    if desk.register.read(MADE) == _made(desk, head, len(bets), len(days)):
        return JobResult("Nothing is new.", problems=_tell(desk))
    ledgered = desk.reader.read(desk.ledger.entries)
    live = learn_each((*ledgered.settled, *ledgered.trial), desk.learners)
    turn.require()
    served = production(desk)
    watched = guard_against_drift(desk, ledgered.settled)
    moved, odd = shifted(desk, served) if served != NO_VERSION else (None, ())
    tried, wrong = trial(desk, served, ledgered.settled, ledgered.trial)
    told = track_record(
        ledgered.settled,
        [bet_of(bet) for bet in bets],
        sealed=ledgered.waiting,
        head=ledgered.head,
        live=_views(live),
        drift=watched.drift,
        population=moved,
        trial=tried,
        rollbacks=rollbacks(desk.models),
        anchors=tuple(Anchor(day=day.day, entries=day.entries, head=day.head) for day in days),
    )
    put_corrections(desk.folder, live)
    put_track_record(desk.folder, told)
    made = _made(desk, ledgered.head, len(bets), len(days))
    compare_and_swap(desk.register, MADE, lambda _: made)
    figures = {
        "settled": len(ledgered.settled),
        "waiting": ledgered.waiting,
        "bets": len(bets),
        "adopted": sum(not one.calibration.is_identity for one in live.values()),
        "rolled_back": int(watched.rolled_back),
        "on_trial": len(ledgered.trial),
    }
    return JobResult(_sentence(figures), figures, (*watched.problems, *odd, *wrong, *_tell(desk)))


def learn_each(settled: Sequence[Settled], learners: Mapping[str, Learner]) -> dict[str, LearnedCorrection]:
    """By bundle version, what its settled predictions taught; a challenger learns as production does."""
    of_bundle: defaultdict[str, list[Settled]] = defaultdict(list)
    for one in in_order(settled):
        of_bundle[one.bundle].append(one)
    return {bundle: _learn(ones, learners[bundle]) for bundle, ones in sorted(of_bundle.items())}


def _learn(settled: Sequence[Settled], learner: Learner) -> LearnedCorrection:
    matches = settled_columns(settled)
    learnt = learner.learn(matches.raw, matches.y)
    return LearnedCorrection(learnt.calibration, learnt.n, learnt.judged, learnt.gain_nats)


def _views(live: Mapping[str, LearnedCorrection]) -> dict[str, LiveCalibration]:
    return {
        version: LiveCalibration(
            n=one.n, judged=one.judged, gain_nats=one.gain_nats, in_use=not one.calibration.is_identity
        )
        for version, one in live.items()
    }


def _made(desk: JobContext, head: str | None, bets: int, days: int) -> str:
    """What was published and from what: differs too when the files are gone or not what was written."""
    basis = f"{head} {bets} {days} {production(desk)} {_on_trial(desk)}"
    try:
        return f"{basis} {read_corrections(desk.folder).digest} {read_track_record(desk.folder).digest}"
    except BadPublication:
        return f"{basis} unreadable"


def _tell(desk: JobContext) -> tuple[str, ...]:
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
    compare_and_swap(desk.register, TOLD, lambda _: mark)
    return ()


def _on_trial(desk: JobContext) -> str:
    try:
        return challenger(desk) or NO_VERSION
    except BadBundle:
        return "unreadable"


def production(desk: JobContext) -> str:
    """The version in production; "none" before the first."""
    return (standing(read_changes(desk.models / PRODUCTION)) or (NO_VERSION,))[-1]


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
