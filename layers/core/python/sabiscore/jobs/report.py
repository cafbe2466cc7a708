"""What a run of a job did, for a person, a program and the store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sabiscore.events.outbox_publisher import PublishedCounts

Outcome = Literal["done", "busy", "failed"]
"""``busy``: another run of the job was alive, so nothing was done."""


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job's work: a sentence, its figures, and problems that did not stop it."""

    sentence: str
    figures: Mapping[str, int] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def with_events(result: JobResult, published: PublishedCounts) -> JobResult:
    """``result`` with the events that were published.

    >>> with_events(JobResult("3 new prices.", {"prices": 3}), PublishedCounts(sent=2)).sentence
    '3 new prices. 2 events sent.'
    """
    return JobResult(
        f"{result.sentence} {published.sentence}".rstrip(),
        {**result.figures, **published.figures},
        (*result.problems, *published.problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobReport:
    """One run of the job ``job``, which took ``took_s`` seconds by the context's clock.

    ``retry`` says that it failed for a reason that may be over soon.
    """

    job: str
    outcome: Outcome
    started_at: datetime
    took_s: float
    done: JobResult
    retry: bool = False

    def __str__(self) -> str:
        """
        >>> result = JobResult("3 new prices.", {"prices": 3})
        >>> print(JobReport(
        ...     job="odds", outcome="done", started_at=datetime(2026, 4, 16), took_s=1.25, done=result
        ... ))
        odds: 3 new prices.
        """
        problems = "".join(f"\n  {problem}" for problem in self.done.problems)
        return f"{self.job}: {self.done.sentence}{problems}"

    def as_json(self) -> dict[str, Any]:
        """The report for a program: plain values only."""
        return {
            "job": self.job,
            "outcome": self.outcome,
            "started_at": self.started_at.isoformat(),
            "took_s": round(self.took_s, 3),
            "sentence": self.done.sentence,
            "figures": dict(self.done.figures),
            "problems": list(self.done.problems),
            "retry": self.retry,
        }
