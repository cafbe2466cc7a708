"""The bundle in production against what its own evaluation promised; one that fails is taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from sabiscore.errors import BadBundle, SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.manifest import MANIFEST, Manifest, parse_manifest
from sabiscore.inference.pointer import PointerChange, read_changes, standing
from sabiscore.inference.promotion import roll_back
from sabiscore.insights.track_record import DriftView, Rollback
from sabiscore.jobs.context import JobContext
from sabiscore.learning.drift import Drift, Promise, drift
from sabiscore.learning.settled import Settled
from sabiscore.observability.log import log

PRODUCTION = "production"
Variant = Literal["with_odds", "past_odds"]


@dataclass(frozen=True, slots=True)
class DriftVerdict:
    """What the look came to: ``drift`` of the bundle it found in production, None where there is none."""

    drift: DriftView | None
    rolled_back: bool = False
    problems: tuple[str, ...] = ()


def guard_against_drift(desk: JobContext, settled: Sequence[Settled]) -> DriftVerdict:
    """Compares, and rolls production back when its accuracy fell beyond chance."""
    moves = read_changes(desk.models / PRODUCTION)
    stack = standing(moves)
    if not stack:
        return DriftVerdict(None)
    version = stack[-1]
    try:
        manifest = parse_manifest((desk.models / version / MANIFEST).read_bytes())
    except (OSError, BadBundle) as error:
        return DriftVerdict(None, problems=(f"What bundle {version} promises cannot be read: {error}",))
    mine = _told_by(version, settled, moves[-1])
    chosen, variant = _alike(mine)
    promise = promise_of(manifest, variant)
    if promise is None or not chosen:
        return DriftVerdict(None)
    found = drift(chosen, promise)
    view = _view(version, found, promise)
    return _go_back(desk, version, view) if found.failing else DriftVerdict(view)


def _told_by(version: str, settled: Sequence[Settled], last: PointerChange) -> list[Settled]:
    """Its predictions; after a rollback to it only newer ones, since the older were judged in their time."""
    since = datetime.fromisoformat(last.moved_at) if last.why == "rollback" else None
    return [one for one in settled if one.bundle == version and (since is None or one.sealed_at >= since)]


def _alike(settled: Sequence[Settled]) -> tuple[list[Settled], Variant]:
    """Those with prices, or those without, whichever are more: each kind was promised something else."""
    priced = [one for one in settled if one.early is not None]
    if 2 * len(priced) >= len(settled):
        return priced, "with_odds"
    return [one for one in settled if one.early is None], "past_odds"


def promise_of(manifest: Manifest, variant: Variant = "with_odds") -> Promise | None:
    """What the evaluation in ``manifest`` says of all matches; None where it says nothing."""
    try:
        score: dict[str, Any] = manifest.metrics["scores"]["all"][variant]
        early = score.get("early")
        accuracy = float(score["accuracy"])
        loss = score.get("log_loss")
        return (
            Promise(
                accuracy,
                float(early["difference"]) if early else None,
                None if loss is None else float(loss),
            )
            if 0 < accuracy < 1
            else None
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _go_back(desk: JobContext, version: str, view: DriftView) -> DriftVerdict:
    try:
        older = roll_back(desk.models, PRODUCTION, SCHEMA, desk.now(), off=version, because=view.because)
    except SabiScoreError as error:
        said = f"Bundle {version} fails ({view.because}), and nothing takes its place: {error}"
        log().error(said)
        return DriftVerdict(view, problems=(said,))
    said = f"Bundle {version} was taken back and {older} is production again: {view.because}."
    log().error(said)
    return DriftVerdict(view, rolled_back=True, problems=(said,))


def rollbacks(models: Path) -> tuple[Rollback, ...]:
    """Every rollback of production that the system itself decided, oldest first."""
    moves = read_changes(models / PRODUCTION)
    stands = [standing(moves[: n + 1])[-1:] for n in range(len(moves))]
    return tuple(
        Rollback(
            at=datetime.fromisoformat(move.moved_at), off=before[0], to=move.version, because=move.because
        )
        for (before, _), move in zip(pairwise(stands), moves[1:], strict=True)
        if move.why == "rollback" and move.because and before
    )


def _view(version: str, found: Drift, promise: Promise) -> DriftView:
    return DriftView(
        bundle=version,
        n=found.n,
        accuracy=found.accuracy,
        promised_accuracy=promise.accuracy,
        accuracy_z=found.accuracy_z,
        log_loss=found.log_loss,
        promised_log_loss=promise.log_loss,
        log_loss_z=found.log_loss_z,
        against_market=found.against_market,
        promised_against_market=promise.against_market,
        market_z=found.market_z,
        failing=found.failing,
        because=found.because,
    )
