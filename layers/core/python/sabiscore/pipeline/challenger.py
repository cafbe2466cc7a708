"""The challenger: a bundle in shadow evaluation, sealed on a share of the matches and never served."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from sabiscore.errors import SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import read_changes, standing
from sabiscore.inference.predict import OnnxModel
from sabiscore.insights.production import NO_VERSION, ServedModel, open_states
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.insights.track_record import TrialView
from sabiscore.learning.settled import Settled
from sabiscore.learning.settled_table import SettledTable
from sabiscore.learning.shadow_evaluation import compare, in_shadow_evaluation
from sabiscore.ledger.entry import Role
from sabiscore.pipeline.sealing import Sealer, due
from sabiscore.publication.corrections import read_corrections

CHALLENGER: Role = "challenger"


def seal_challenger(
    production: ScoredPublication, sealer: Sealer, *, publication_dir: Path, share: float
) -> tuple[int, str | None]:
    """How many predictions of the challenger were sealed, and the problem that prevented it.

    The challenger reads the same publication as ``production`` at the same instant, corrected by its own
    calibration in ``publication_dir``. It predicts the ``share`` of matches that is in the evaluation.
    """
    try:
        version = challenger(sealer.models)
        matches = [
            match for match in due(production, sealer.clock.now()) if in_shadow_evaluation(match.id, share)
        ]
        if version is None or version == production.model.version or not matches:
            return 0, None
        model = ServedModel(OnnxModel(read_bundle(sealer.models / version, SCHEMA)))
        calibration = read_corrections(publication_dir).of(version).calibration
        scored = ScoredPublication(
            production.publication, model, open_states=open_states, calibration=calibration
        )
        return sealer.seal(scored, matches, CHALLENGER), None
    except SabiScoreError as error:
        return 0, f"The challenger is not on trial: {error}"


def challenger(models: Path) -> str | None:
    """The challenger's version among ``models``; None without one. Raises BadBundle for a bad pointer."""
    return (standing(read_changes(models / CHALLENGER)) or (None,))[-1]


def evaluate_challenger(
    production: str, *, settled: Iterable[Settled], challenged: Iterable[Settled], models: Path
) -> tuple[TrialView | None, tuple[str, ...]]:
    """How the challenger does against the bundle ``production``, and problems; None without a challenger.

    ``settled`` are the predictions that were served, ``challenged`` those of challengers.
    """
    try:
        version = challenger(models)
    except SabiScoreError as error:
        return None, (f"Which bundle is on trial cannot be read: {error}",)
    if version is None or production in (version, NO_VERSION):
        return None, ()
    served, tried = SettledTable.of(settled), SettledTable.of(challenged)
    theirs = tried.rows(tried.bundle == version.encode())
    both = (served.bundle == production.encode()) & np.isin(served.match_id, theirs.match_id)
    evaluation = compare(list(served.rows(both)), list(theirs))
    view = TrialView(
        challenger=version,
        production=production,
        n=evaluation.n,
        difference=evaluation.difference,
        low=evaluation.low,
        high=evaluation.high,
        verdict=evaluation.verdict,
    )
    return view, ()
