"""How the system stands: health, data, sources and schedules."""

from __future__ import annotations

from collections.abc import Callable

from sabiscore.cache import tags
from sabiscore.errors import BadPublication
from sabiscore.insights.answers.cacheable_document import CacheableDocument
from sabiscore.insights.answers.inputs import AnswerInputs
from sabiscore.insights.document import Document
from sabiscore.insights.health import HealthResult
from sabiscore.insights.system_board import system_board
from sabiscore.insights.time_bucket import TimeBucket, time_bucket
from sabiscore.observability.metrics import METRICS
from sabiscore.publication.supplements import SYSTEM, Supplements
from sabiscore.publication.system_state import SystemState, read_system

SYSTEM_LIFE_S = 10


def system(inputs: AnswerInputs, report: Callable[[], HealthResult]) -> CacheableDocument:
    """How the system stands by the health ``report``, data, sources and schedules."""
    supplements, matchday = inputs.supplements.get(), inputs.matchday.get()

    def make(when: TimeBucket) -> Document:
        return system_board(
            report(),
            publication=inputs.publication_or_none(),
            matchday=matchday,
            state=_system_state(supplements),
            metrics=METRICS,
            at=when.at,
        )

    made_of = tags.system_tag(supplements.sha256_of(SYSTEM))
    return CacheableDocument(
        "system", (made_of,), lambda: time_bucket(inputs.clock.now(), SYSTEM_LIFE_S), make
    )


def _system_state(supplements: Supplements) -> SystemState | str:
    """What schedules saw last, or why it is not known."""
    try:
        return read_system(supplements) or "No schedule has looked yet."
    except BadPublication:
        return "What schedules saw last cannot be read."
