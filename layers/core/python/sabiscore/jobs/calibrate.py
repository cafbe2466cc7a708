"""``cron/calibrate``: live calibration and the track record, both computed anew from what is settled.

Both are functions of the ledger and the bets alone, so the next run makes up for one that died.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from sabiscore.cache.tags import ODDS
from sabiscore.cache.targets import of_tags
from sabiscore.errors import BadBundle, BadPublication, SabiScoreError
from sabiscore.inference.pointer import read_changes, standing
from sabiscore.insights.production import NO_VERSION
from sabiscore.insights.stored_track_record import put_track_record
from sabiscore.insights.track_record import Anchor, LiveCalibration
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun
from sabiscore.learning.settled_table import SettledTable, names_in
from sabiscore.learning.track_record import track_record
from sabiscore.net.cas_store import compare_and_swap
from sabiscore.pipeline.block_fits import keep_fits, learner_of
from sabiscore.pipeline.challenger import challenger, evaluate_challenger
from sabiscore.pipeline.cold_storage import BETS, archives_in
from sabiscore.pipeline.drift_guard import PRODUCTION, guard_against_drift, rollbacks
from sabiscore.pipeline.feature_drift import measure_shift
from sabiscore.pipeline.kept_means import keep_means, means_in
from sabiscore.pipeline.kept_resamples import keep_resamples, resamples_in
from sabiscore.pipeline.settled_bets import BETS_FILE, read_settled_bets
from sabiscore.publication.corrections import (
    CORRECTIONS_FILE,
    LearnedCorrection,
    put_corrections,
    read_corrections,
)
from sabiscore.publication.daily_anchors import ANCHORS_FILE, read_days
from sabiscore.publication.publish import TRACK_RECORD_FILE
from sabiscore.publication.record_pages import PAGES_FORMAT, page_files

CALIBRATED_KEY = "schedules:calibrated"
"""The key of the CAS store that holds what the published corrections and record were computed from."""
CALIBRATION_INVALIDATED_KEY = "schedules:calibration-told"
"""The key of the CAS store that holds the calibration and bundle for which caches were invalidated last."""


def work(context: JobContext, run: JobRun) -> JobResult:
    """Learns from all that is settled and publishes it; nothing is written while nothing is new."""
    head, settled_bets = context.ledger.head(), _settled_bets(context)
    anchors = _hash_of(context.publication_dir / ANCHORS_FILE)
    if head is None:
        return JobResult("Nothing is sealed yet.")
    if context.cas_store.read(CALIBRATED_KEY) == _basis(context, head, settled_bets, anchors):
        return JobResult("Nothing is new.", problems=_invalidate_caches(context))
    days = read_days(context.publication_dir)
    ledger = context.ledger_reader.read(context.ledger.entries)
    live = _learn_each(context, ledger.settled, ledger.trial)
    run.require_alive()
    served = production(context.models)
    guarded = guard_against_drift(context.models, ledger.settled, context.now())
    shift, shift_problems = (
        measure_shift(served, context.models, context.feature_counts) if served != NO_VERSION else (None, ())
    )
    trial, trial_problems = evaluate_challenger(
        served, settled=ledger.settled, challenged=ledger.trial, models=context.models
    )
    bets = read_settled_bets(
        context.bets, context.cold_storage / BETS, context.store.renamed(), context.learning / BETS_FILE
    )
    resamples, means = resamples_in(context.learning), means_in(context.learning)
    record = track_record(
        ledger.settled,
        bets,
        sealed=ledger.waiting,
        head=ledger.head,
        live=_views(live),
        drift=guarded.drift,
        population=shift,
        trial=trial,
        rollbacks=rollbacks(context.models),
        anchors=tuple(Anchor(day=day.day, entries=day.entries, head=day.head) for day in days),
        resamples=resamples,
        means=means,
    )
    put_corrections(context.publication_dir, live)
    put_track_record(context.publication_dir, record)
    keep_resamples(context.learning, resamples)
    keep_means(context.learning, means)
    basis = _basis(context, ledger.head, settled_bets, anchors)
    compare_and_swap(context.cas_store, CALIBRATED_KEY, lambda _: basis)
    figures = {
        "settled": len(ledger.settled),
        "waiting": ledger.waiting,
        "bets": len(bets),
        "adopted": sum(not correction.calibration.is_identity for correction in live.values()),
        "rolled_back": int(guarded.rolled_back),
        "on_trial": len(ledger.trial),
    }
    problems = (*guarded.problems, *shift_problems, *trial_problems, *_invalidate_caches(context))
    return JobResult(_sentence(figures), figures, problems)


def _learn_each(
    context: JobContext, settled: SettledTable, trial: SettledTable
) -> dict[str, LearnedCorrection]:
    """By bundle version, the correction learnt from its settled predictions; challengers learn too."""
    every = settled.with_more(trial)
    return {bundle: _learn(context, bundle, every) for bundle in names_in(every.bundle)}


def _learn(context: JobContext, bundle: str, every: SettledTable) -> LearnedCorrection:
    """What those of ``bundle`` teach, going on from the fits that a run before kept, in whichever process."""
    if bundle not in context.learners:
        context.learners[bundle] = learner_of(bundle, context.cas_store)
    learner = context.learners[bundle]
    places = every.places_of(bundle)
    learnt = learner.learn(every.raw[places], every.y[places])
    keep_fits(bundle, learner, context.cas_store)
    return LearnedCorrection(learnt.calibration, learnt.n, learnt.judged, learnt.gain_nats)


def _views(live: Mapping[str, LearnedCorrection]) -> dict[str, LiveCalibration]:
    return {
        version: LiveCalibration(
            n=correction.n,
            judged=correction.judged,
            gain_nats=correction.gain_nats,
            in_use=not correction.calibration.is_identity,
        )
        for version, correction in live.items()
    }


def _basis(context: JobContext, head: str | None, settled_bets: str, anchors: str) -> str:
    """From what it was published, and the hashes of the files: another text where one is gone or altered."""
    models = f"{production(context.models)} {_challenger(context.models)}"
    basis = f"{PAGES_FORMAT} {head} {settled_bets} {anchors} {models}"
    return " ".join((basis, *map(_hash_of, _published(context.publication_dir))))


def _published(folder: Path) -> tuple[Path, ...]:
    return folder / CORRECTIONS_FILE, folder / TRACK_RECORD_FILE, *page_files(folder)


def _hash_of(path: Path) -> str:
    try:
        return sha256(path.read_bytes()).hexdigest()
    except OSError:
        return "unreadable"


def _settled_bets(context: JobContext) -> str:
    """Differs whenever a bet was settled or archived, and is known without reading one."""
    archived = [path.name for path in archives_in(context.cold_storage / BETS)]
    return f"{context.bets.settled_name()} {sha256(' '.join(archived).encode()).hexdigest()[:16]}"


def _invalidate_caches(context: JobContext) -> tuple[str, ...]:
    """Invalidates what an older calibration or bundle computed, once; the problem where that failed."""
    if context.invalidate is None:
        return ()
    try:
        mark = f"{read_corrections(context.publication_dir).mark} {production(context.models)}"
    except BadPublication as error:
        return (str(error),)
    if context.cas_store.read(CALIBRATION_INVALIDATED_KEY) == mark:
        return ()
    try:
        context.invalidate(of_tags([ODDS]))
    except SabiScoreError as error:
        return (f"Caches were not invalidated for the new calibration: {error}",)
    compare_and_swap(context.cas_store, CALIBRATION_INVALIDATED_KEY, lambda _: mark)
    return ()


def _challenger(models: Path) -> str:
    try:
        return challenger(models) or NO_VERSION
    except BadBundle:
        return "unreadable"


def production(models: Path) -> str:
    """The version in production among ``models``; "none" before the first."""
    return (standing(read_changes(models / PRODUCTION)) or (NO_VERSION,))[-1]


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
