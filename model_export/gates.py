"""What must hold before a bundle is released."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

from model_export.against import Against
from model_export.evaluate import Evaluation
from model_export.held_out import pair, read_held_out
from sabiscore.errors import BadBundle, Refused

LEAST_CLOSES = 1000
"""Fewer held-out closes judge no KL: its interval is so narrow that it would refuse what little history
allows, and says nothing of the seasons that so few matches are not of."""

LEAST_KL = 1e-6
"""A smaller difference in KL is rounding: the same recipe fitted anew, and kept as float32, moves by 1e-8."""

OVER = "over/under 2.5"


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """What the gates found: ``objections``, and how the bundle stands ``beside_production`` in a sentence."""

    objections: tuple[str, ...]
    beside_production: str


def judge(evaluation: Evaluation, production: Path | None) -> GateVerdict:
    """What the gates say of ``evaluation``; ``production`` is the folder of the bundle that serves now."""
    note, worse = _beside(evaluation, production)
    return GateVerdict((*_against_odds(evaluation), *worse), note)


def refuse(verdict: GateVerdict, forced: str | None) -> None:
    """Raises Refused when a gate objects and no reason is given to release the bundle all the same."""
    if verdict.objections and not forced:
        raise Refused(
            f"{' '.join(verdict.objections)} It is not released.",
            hint="See sabiscore evaluate; train --force REASON releases it all the same, and records why.",
        )


def _against_odds(evaluation: Evaluation) -> Iterator[str]:
    """With odds, never worse beyond chance than the average price fed in, by outcomes or by closes."""
    score = evaluation.scores["all"]["with_odds"]
    if score.early is not None and score.early.low > 0.0:
        yield f"With odds the ensemble is worse than the odds themselves by {_shown(score.early)} log loss."
    beyond = score.beyond_early
    if _farther(beyond):
        yield f"With odds the ensemble is farther from the close than the odds by {_shown(beyond)} KL."
    goals = evaluation.goals["all"]["with_odds"].beyond_early
    if _farther(goals):
        yield f"With odds {OVER} is farther from the close than the odds by {_shown(goals)} KL."


def _beside(evaluation: Evaluation, production: Path | None) -> tuple[str, list[str]]:
    """(a sentence, objections): never farther from the close, beyond chance, than what serves now."""
    if production is None:
        return "No bundle was in production to compare with.", []
    try:
        paired = pair(evaluation, read_held_out(production))
    except (Refused, BadBundle) as error:
        return f"Not compared with the bundle in production. {error}", []
    outcome = {variant: both.divergence for variant, both in paired.items()}
    over = {f"{OVER} {variant}": both.over_divergence for variant, both in paired.items()}
    known = {what: against for what, against in (outcome | over).items() if against is not None}
    shown = ", ".join(f"{what} {_shown(against)}" for what, against in known.items())
    worse = [
        f"{what} is farther from the close than bundle {production.name} in production, {_shown(against)}."
        for what, against in known.items()
        if _farther(against)
    ]
    said = f"KL to the close less that of bundle {production.name}: {shown or 'no close is known'}."
    if all(both.over_log_loss is None for both in paired.values()):
        said += f" It keeps no forecasts of {OVER}."
    return said, worse


def _farther(against: Against | None) -> TypeGuard[Against]:
    """Whether ``against``, a difference in KL, is above LEAST_KL beyond chance on enough closes."""
    return against is not None and against.n >= LEAST_CLOSES and against.low > LEAST_KL


def _shown(against: Against) -> str:
    return f"{against.difference:+.5f} [{against.low:+.5f}, {against.high:+.5f}] on {against.n} matches"
