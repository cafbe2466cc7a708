"""Goals, from what sources say of a score one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sabiscore.events.event import Goal, ScoreCorrected

Score = tuple[int, int]


@dataclass(frozen=True, slots=True)
class AcceptedScore:
    """The score of the last event, and how often a score had been taken back by then."""

    score: Score
    corrections: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedScore:
    """What ``source`` says of a match at ``at``; ``before`` is what it said last, None where it did not."""

    match_id: str
    source: str
    at: datetime
    score: Score
    before: Score | None = None
    is_final: bool = False


def scored(believed: AcceptedScore, seen: Sequence[ReportedScore]) -> list[Goal | ScoreCorrected]:
    """What changed, in the order of ``seen``, which is all of one match.

    One source may be minutes behind another, so a score falls only where the source that now tells the
    lower one reported a higher one itself, or where the match is over.

    >>> from datetime import UTC
    >>> at = datetime(2026, 3, 14, 15, tzinfo=UTC)
    >>> late = ReportedScore(
    ...     match_id="epl-2526-arsenal-chelsea", source="slow.example", at=at, score=(1, 0), before=(0, 0)
    ... )
    >>> scored(AcceptedScore((2, 0)), [late])
    []
    >>> [event.kind for event in scored(AcceptedScore((0, 0)), [late])]
    ['goal']
    """
    found: list[Goal | ScoreCorrected] = []
    for report in seen:
        if report.score == believed.score:
            continue
        if _rose(believed.score, report.score):
            found.append(
                Goal(
                    match_id=report.match_id,
                    at=report.at,
                    before=believed.score,
                    score=report.score,
                    corrections=believed.corrections,
                    source=report.source,
                )
            )
            believed = AcceptedScore(report.score, believed.corrections)
        elif report.is_final or (report.before is not None and not _rose(report.before, report.score)):
            found.append(
                ScoreCorrected(
                    match_id=report.match_id,
                    at=report.at,
                    before=believed.score,
                    score=report.score,
                    corrections=believed.corrections,
                    source=report.source,
                )
            )
            believed = AcceptedScore(report.score, believed.corrections + 1)
    return found


def _rose(before: Score, score: Score) -> bool:
    """Whether no side has fewer goals than before."""
    return score[0] >= before[0] and score[1] >= before[1]


def after(event: Goal | ScoreCorrected) -> AcceptedScore:
    """What is believed once ``event`` was sent.

    >>> from datetime import UTC
    >>> after(ScoreCorrected(match_id="epl-2526-a-b", at=datetime(2026, 3, 14, tzinfo=UTC),
    ...                      before=(1, 0), score=(0, 0), source="espn.com"))
    AcceptedScore(score=(0, 0), corrections=1)
    """
    is_correction: Literal[0, 1] = 1 if event.kind == "score_corrected" else 0
    return AcceptedScore(event.score, event.corrections + is_correction)
