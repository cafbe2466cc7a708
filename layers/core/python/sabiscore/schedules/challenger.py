"""The bundle on trial: it foretells a share of the matches beside production, sealed and never served."""

from __future__ import annotations

from collections.abc import Sequence

from sabiscore.errors import SabiScoreError
from sabiscore.features.vector import SCHEMA
from sabiscore.inference.bundle import read_bundle
from sabiscore.inference.pointer import read_moves, standing
from sabiscore.inference.predict import Model
from sabiscore.insights.edition import Edition
from sabiscore.insights.live_calibration import read_corrections
from sabiscore.insights.performance import TrialView
from sabiscore.insights.production import NO_VERSION, ServedModel, open_states
from sabiscore.learning.settled import Settled
from sabiscore.learning.trial import compare, in_trial
from sabiscore.ledger.entry import Role
from sabiscore.schedules.desk import Desk
from sabiscore.schedules.sealing import due, seal

CHALLENGER: Role = "challenger"


def seal_trial(desk: Desk, production: Edition) -> tuple[int, str | None]:
    """How many predictions of the challenger were sealed, and why there is no trial if there should be.

    It reads the very publication that ``production`` reads, at the same instant.
    """
    try:
        version = challenger(desk)
        matches = [
            match for match in due(production, desk.now()) if in_trial(match.id, desk.challenger_share)
        ]
        if version is None or version == production.model.version or not matches:
            return 0, None
        model = ServedModel(Model(read_bundle(desk.models / version, SCHEMA)))
        calibration = read_corrections(desk.folder).of(version).calibration
        edition = Edition(production.publication, model, open_states, calibration)
        return seal(desk, edition, matches, CHALLENGER), None
    except SabiScoreError as error:
        return 0, f"The challenger is not on trial: {error}"


def challenger(desk: Desk) -> str | None:
    """The version on trial; None when there is none. Raises BadBundle for a pointer that is none."""
    return (standing(read_moves(desk.models / CHALLENGER)) or (None,))[-1]


def trial(
    desk: Desk, production: str, settled: Sequence[Settled], trialled: Sequence[Settled]
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
