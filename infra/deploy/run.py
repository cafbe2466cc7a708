"""A deployment: its steps one after the other, each only where it changes something."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from infra.deploy.steps import Step
from sabiscore.errors import Unavailable

Outcome = Literal["changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step that ended well, and what it took in seconds."""

    step: str
    outcome: Outcome
    took_s: float


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step and whether it is done: None, with the reason, where that cannot be seen now."""

    step: str
    is_done: bool | None
    changes: str
    reason: str | None


Report = Callable[[StepDone], None]


def run(steps: Sequence[Step], begun: Callable[[Step], None], ended: Report) -> tuple[StepDone, ...]:
    """Runs what is not done, in order. ``begun`` hears of each step that runs, ``ended`` of each step.

    Raises the first error of a step: what ended before it stays, and is not done again.
    """
    done: list[StepDone] = []
    for step in steps:
        started = time.monotonic()
        outcome: Outcome = "unchanged"
        if not step.is_done():
            begun(step)
            step.run()
            outcome = "changed"
        done.append(StepDone(step.name, outcome, round(time.monotonic() - started, 2)))
        ended(done[-1])
    return tuple(done)


def plan(steps: Sequence[Step]) -> tuple[PlannedStep, ...]:
    """What ``run`` would do now; nothing is changed."""
    return tuple(_planned(step) for step in steps)


def _planned(step: Step) -> PlannedStep:
    try:
        return PlannedStep(step.name, step.is_done(), step.changes, None)
    except Unavailable as error:
        return PlannedStep(step.name, None, step.changes, str(error))
