"""The training that a local run and ``sabiscore train`` use."""

from __future__ import annotations

from collections.abc import Sequence

from infra.cli.progress import Report
from sabiscore.domain.data_kind import DataKind
from sabiscore.domain.league import SERVED, League
from sabiscore.history import History
from sabiscore.settings import Settings


def train(
    past: History,
    settings: Settings,
    *,
    kind: DataKind,
    report: Report,
    leagues: Sequence[League] | None = None,
    forced: str | None = None,
) -> str:
    """The version of a bundle fitted on ``past``, evaluated, verified and registered; not promoted.

    ``forced`` is the reason to release it in spite of what the gates say.
    """
    # Brings scikit-learn, XGBoost, LightGBM and onnx with it: only those who train wait for them.
    from model_export.registry import Registry
    from model_export.train import train as fit_and_register
    from sabiscore.features.vector import SCHEMA

    registry = Registry(settings.registry, SCHEMA)
    return fit_and_register(
        past, registry, kind=kind, report=report, leagues=tuple(leagues or SERVED), forced=forced
    ).version
