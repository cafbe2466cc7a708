"""Guards production against drift: a bundle whose accuracy fell beyond chance is rolled back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sabiscore.errors import BadBundle, SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.manifest import MANIFEST, Manifest, parse_manifest
from sabiscore.inference.pointer import PointerChange, read_changes, standing
from sabiscore.inference.promotion import roll_back
from sabiscore.insights.track_record import DriftView, Rollback
from sabiscore.learning.drift import Drift, Promise, drift
from sabiscore.learning.settled import Settled
from sabiscore.learning.settled_table import SettledTable, microseconds_of
from sabiscore.observability.log import log

PRODUCTION = "production"
Variant = Literal["with_odds", "past_odds"]


@dataclass(frozen=True, slots=True)
class DriftVerdict:
    """The drift of the bundle in production and what was done; ``drift`` is None where it is unknown."""

    drift: DriftView | None
    rolled_back: bool = False
    problems: tuple[str, ...] = ()


def guard_against_drift(models: Path, settled: Iterable[Settled], now: datetime) -> DriftVerdict:
    """Measures the drift of the bundle in production among ``models``, and rolls it back when it fails.

    Drift is None without a bundle in production, without settled predictions of it, or where its manifest
    gives no score to compare with.
    """
    changes = read_changes(models / PRODUCTION)
    stack = standing(changes)
    if not stack:
        return DriftVerdict(None)
    version = stack[-1]
    try:
        manifest = parse_manifest((models / version / MANIFEST).read_bytes())
    except (OSError, BadBundle) as error:
        return DriftVerdict(None, problems=(f"The evaluation of bundle {version} cannot be read: {error}",))
    chosen, variant = _comparable(_predicted_by(version, SettledTable.of(settled), changes[-1]))
    promise = promise_of(manifest, variant)
    if promise is None or not len(chosen):
        return DriftVerdict(None)
    measured = drift(chosen, promise)
    view = _view(version, measured, promise)
    return _roll_back(models, version, view, now) if measured.failing else DriftVerdict(view)


def _predicted_by(version: str, settled: SettledTable, last: PointerChange) -> SettledTable:
    """Its predictions; after a rollback to it only newer ones, since older ones were judged already."""
    since = datetime.fromisoformat(last.moved_at) if last.why == "rollback" else None
    of_bundle = settled.bundle == version.encode()
    return settled.rows(
        of_bundle if since is None else of_bundle & (settled.sealed_at >= microseconds_of(since))
    )


def _comparable(settled: SettledTable) -> tuple[SettledTable, Variant]:
    """The predictions with prices or those without, whichever are more, and the variant that scores them."""
    priced = ~np.isnan(settled.early[:, 0])
    if 2 * priced.sum() >= len(settled):
        return settled.rows(priced), "with_odds"
    return settled.rows(~priced), "past_odds"


def promise_of(manifest: Manifest, variant: Variant = "with_odds") -> Promise | None:
    """The scores over all matches in the evaluation of ``manifest``; None where it has none."""
    try:
        score: dict[str, Any] = manifest.metrics["scores"]["all"][variant]
        early = score.get("early")
        accuracy = float(score["accuracy"])
        loss = score.get("log_loss")
        promise = Promise(
            accuracy,
            float(early["difference"]) if early else None,
            None if loss is None else float(loss),
        )
        return promise if 0 < accuracy < 1 else None
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _roll_back(models: Path, version: str, view: DriftView, now: datetime) -> DriftVerdict:
    try:
        older = roll_back(models, PRODUCTION, SCHEMA, now, off=version, because=view.because)
    except SabiScoreError as error:
        problem = f"Bundle {version} fails ({view.because}), and no older one can replace it: {error}"
        log().error(problem)
        return DriftVerdict(view, problems=(problem,))
    problem = f"Bundle {version} was rolled back and {older} is production again: {view.because}."
    log().error(problem)
    return DriftVerdict(view, rolled_back=True, problems=(problem,))


def rollbacks(models: Path) -> tuple[Rollback, ...]:
    """Every rollback of production that the system itself decided, oldest first."""
    changes = read_changes(models / PRODUCTION)
    versions = [standing(changes[: n + 1])[-1:] for n in range(len(changes))]
    return tuple(
        Rollback(
            at=datetime.fromisoformat(change.moved_at),
            off=before[0],
            to=change.version,
            because=change.because,
        )
        for (before, _), change in zip(pairwise(versions), changes[1:], strict=True)
        if change.why == "rollback" and change.because and before
    )


def _view(version: str, measured: Drift, promise: Promise) -> DriftView:
    return DriftView(
        bundle=version,
        n=measured.n,
        accuracy=measured.accuracy,
        promised_accuracy=promise.accuracy,
        accuracy_z=measured.accuracy_z,
        log_loss=measured.log_loss,
        promised_log_loss=promise.log_loss,
        log_loss_z=measured.log_loss_z,
        against_market=measured.against_market,
        promised_against_market=promise.against_market,
        market_z=measured.market_z,
        failing=measured.failing,
        because=measured.because,
    )
