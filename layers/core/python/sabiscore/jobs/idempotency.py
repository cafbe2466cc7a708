"""Why a run is asked for: an event or a call, each delivered at least once and worked for once.

What came of the last causes of each job is kept in the store, under the lock of the job; so a second
delivery gets the first one's answer, whichever process takes it. A run that failed or died is not kept.
"""

from __future__ import annotations

import json
from typing import Any

from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun, Work
from sabiscore.net.cas_store import compare_and_swap

KEPT = 32
"""Causes remembered for each job: EventBridge gives up on an event long before so many others came."""


def once_for(cause: str, job: str, work: Work) -> Work:
    """``work``, or what it came to when it was done for ``cause`` before."""

    def worked(desk: JobContext, turn: JobRun) -> JobResult:
        before = _kept(desk.register.read(_name(job))).get(cause)
        if before is not None:
            return JobResult(before["sentence"], before["figures"], tuple(before["problems"]))
        done = work(desk, turn)
        told = {"sentence": done.sentence, "figures": dict(done.figures), "problems": list(done.problems)}
        compare_and_swap(desk.register, _name(job), lambda text: _with(text, cause, told))
        return done

    return worked


def _name(job: str) -> str:
    return f"schedules:causes:{job}"


def _kept(text: str | None) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(text) if text else {}
    return kept


def _with(text: str | None, cause: str, told: dict[str, Any]) -> str:
    """
    >>> _with('{"a": {}}', "b", {"sentence": "Done."})
    '{"a": {}, "b": {"sentence": "Done."}}'
    """
    newest = [*_kept(text).items(), (cause, told)][-KEPT:]
    return json.dumps(dict(newest))
