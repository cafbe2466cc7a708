"""The bundle of a rehearsal: fitted on earlier seasons only, exactly as ``sabiscore evaluate`` fits."""

from __future__ import annotations

from dataclasses import replace

from infra.cli.progress import Report
from sabiscore.clock import Clock
from sabiscore.domain.data_kind import DataKind
from sabiscore.history import History
from sabiscore.settings import Settings

TESTS = 1
"""One held-out season for the bundle's own promise: the head needs the seasons before it anyway."""


def fit_bundle(
    past: History,
    settings: Settings,
    kind: DataKind,
    report: Report,
    *,
    clock: Clock,
    distort: float = 1.0,
) -> str:
    """The version of a registered bundle that learnt from ``past``; not promoted.

    Members learn from the seasons before the one that follows ``past``, the head from what members
    predicted for the last of those: the very ensemble that an evaluation of that season tests, fitted on
    all leagues served whichever are played.
    ``distort`` is a temperature put on the graph's output: over 1 softens it, 1 leaves it alone.
    """
    from model_export.ensemble import Ensemble
    from model_export.registry import Registry
    from model_export.train import train
    from sabiscore.features.vector import SCHEMA

    def finish(ensemble: Ensemble) -> Ensemble:
        head = ensemble.head
        return replace(ensemble, head=replace(head, weights=head.weights / distort, bias=head.bias / distort))

    registry = Registry(settings.registry, SCHEMA, clock)
    return train(past, registry, kind=kind, report=report, tests=TESTS, finish=finish).version
