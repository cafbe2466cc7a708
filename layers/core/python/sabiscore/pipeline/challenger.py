"""The bundle on trial: it foretells a share of the matches beside production, sealed and never served."""

from __future__ import annotations

from collections.abc import Sequence

from sabiscore.errors import SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import read_changes, standing
from sabiscore.inference.predict import OnnxModel
from sabiscore.insights.production import NO_VERSION, ServedModel, open_states
from sabiscore.insights.scored_publication import ScoredPublication
from sabiscore.insights.track_record import TrialView
from sabiscore.jobs.context import JobContext
from sabiscore.learning.settled import Settled
from sabiscore.learning.shadow_evaluation import compare, in_shadow_evaluation
from sabiscore.ledger.entry import Role
from sabiscore.pipeline.sealing import due, seal
from sabiscore.publication.corrections import read_corrections

CHALLENGER: Role = "challenger"


def seal_trial(desk: JobContext, production: ScoredPublication) -> tuple[int, str | None]:
    """How many predictions of the challenger were sealed, and why there is no trial if there should be.

    It reads the very publication that ``production`` reads, at the same instant.
    """
    try:
        version = challenger(desk)
        matches = [
            match
            for match in due(production, desk.now())
            if in_shadow_evaluation(match.id, desk.challenger_share)
        ]
        if version is None or version == production.model.version or not matches:
            return 0, None
        model = ServedModel(OnnxModel(read_bundle(desk.models / version, SCHEMA)))
        calibration = read_corrections(desk.folder).of(version).calibration
        edition = ScoredPublication(production.publication, model, open_states, calibration)
        return seal(desk, edition, matches, CHALLENGER), None
    except SabiScoreError as error:
        return 0, f"The challenger is not on trial: {error}"


def challenger(desk: JobContext) -> str | None:
    """The version on trial; None when there is none. Raises BadBundle for a pointer that is none."""
    return (standing(read_changes(desk.models / CHALLENGER)) or (None,))[-1]


def trial(
    desk: JobContext, production: str, settled: Sequence[Settled], trialled: Sequence[Settled]
) -> tuple[TrialView | None, tuple[str, ...]]:
    """How the challenger does against bundle ``production``, and what went wrong; None without one."""
    try:
        version = challenger(desk)
    except SabiScoreError as error:
        return None, (f"Which bundle is on trial cannot be read: {error}",)
    if version is None or production in (version, NO_VERSION):
        return None, ()
    found = compare(
        [one for one in settled if one.bundle == production],
        [one for one in trialled if one.bundle == version],
    )
    view = TrialView(
        challenger=version,
        production=production,
        n=found.n,
        difference=found.difference,
        low=found.low,
        high=found.high,
        verdict=found.verdict,
    )
    return view, ()
