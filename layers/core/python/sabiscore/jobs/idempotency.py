"""Idempotency of runs: an event or a call is delivered at least once, and its work is done once.

The results of the last causes of each job are stored, under the lock of the job. So a second delivery gets
the result of the first, in whichever process. A run that failed or died is not stored: it is done again.
"""

from __future__ import annotations

import json
from typing import Any

from sabiscore.jobs.context import JobContext
from sabiscore.jobs.report import JobResult
from sabiscore.jobs.run import JobRun, Work
from sabiscore.net.cas_store import compare_and_swap

RESULTS_STORED = 32
"""For each job; EventBridge gives up on an event long before so many others came."""


def once_for(cause: str, job: str, work: Work) -> Work:
    """``work``, or the stored result where it was done for ``cause`` before."""

    def worked(context: JobContext, run: JobRun) -> JobResult:
        before = _results(context.cas_store.read(_key(job))).get(cause)
        if before is not None:
            return JobResult(before["sentence"], before["figures"], tuple(before["problems"]))
        result = work(context, run)
        entry = {
            "sentence": result.sentence,
            "figures": dict(result.figures),
            "problems": list(result.problems),
        }
        compare_and_swap(context.cas_store, _key(job), lambda text: _with(text, cause, entry))
        return result

    return worked


def _key(job: str) -> str:
    return f"schedules:causes:{job}"


def _results(text: str | None) -> dict[str, Any]:
    results: dict[str, Any] = json.loads(text) if text else {}
    return results


def _with(text: str | None, cause: str, entry: dict[str, Any]) -> str:
    """
    >>> _with('{"a": {}}', "b", {"sentence": "Done."})
    '{"a": {}, "b": {"sentence": "Done."}}'
    """
    newest = [*_results(text).items(), (cause, entry)][-RESULTS_STORED:]
    return json.dumps(dict(newest))
