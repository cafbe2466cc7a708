"""The routes of the cron function: when schedules run, and a run at a signed call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from secrets import token_hex
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.errors import JobNotDone, Refused
from sabiscore.http import parameters, queries, signatures
from sabiscore.http.cron_body import CronCall, Job
from sabiscore.http.problems import problem
from sabiscore.http.schema import RunReport, RunUnderWay, ScheduleList, ScheduleView
from sabiscore.http.webhooks import SignedCalls, secret_in
from sabiscore.observability.log import log

RUN_PATIENCE_S = 22.0
"""How long a caller waits for a report. API Gateway gives up after 30 s, a cold start included."""
BUSY_S = 60

JOBS: Sequence[str] = get_args(Job)
_NO_STORE = {"Cache-Control": "no-store"}
_PATH = "/api/cron"

Told = Mapping[str, Any] | None
Run = Callable[[str, str], Told]
"""(job, id of the call) → the report of its run, None where it goes on elsewhere. Called in a thread."""


def cron_routes(
    run: Callable[[], Run],
    calls: Callable[[], SignedCalls],
    schedules: Callable[[], Sequence[ScheduleView]],
    patience_s: float = RUN_PATIENCE_S,
) -> list[Route]:
    """Routes whose names are the operation ids of the API; what is called is first called by a request."""

    async def get_schedules(request: Request) -> Response:
        parameters.no_query(request)
        views = await run_in_threadpool(schedules)
        state = ScheduleList(status="ready" if calls().are_taken else "closed", schedules=tuple(views))
        return _json(state.model_dump_json())

    async def post_cron(request: Request) -> Response:
        parameters.no_query(request)
        job = request.path_params["name"]
        if job not in JOBS:
            raise HTTPException(404)
        try:
            return _json(await _done(request, job))
        except JobNotDone as error:
            return _not_done(request, error.report)
        except Refused as error:
            log().warning("a call was set aside", extra={"job": job, "reason": str(error)})
            raise

    async def _done(request: Request, job: str) -> bytes:
        content = await request.body()
        if signatures.SIGNATURE not in request.headers and calls().knows(secret_in(content)):
            _require(job, await queries.body(request, CronCall), signed=False)
            return await report(job, f"call_{token_hex(16)}")
        call = await calls().admit(request.headers, content)
        _require(job, await queries.body(request, CronCall), signed=True)
        return await calls().once(call, lambda: report(job, call.id))

    async def report(job: str, call_id: str) -> bytes:
        return await _report(run(), job, call_id, patience_s)

    return [
        Route(_PATH, get_schedules, name="get_schedules"),
        Route(f"{_PATH}/{{name}}", post_cron, name="post_cron", methods=["POST"]),
    ]


async def _report(run: Run, job: str, call_id: str, patience_s: float) -> bytes:
    """The report of a run that was done in time. Raises JobNotDone for any other."""
    running = asyncio.ensure_future(asyncio.to_thread(run, job, call_id))
    await asyncio.wait({running}, timeout=patience_s)
    if not running.done():
        running.add_done_callback(_forgotten)
    report = running.result() if running.done() else None
    if report is None:
        raise JobNotDone({"job": job, "outcome": "running", "sentence": "The run is still under way."})
    if report["outcome"] != "done":
        raise JobNotDone(report)
    members = {name: report[name] for name in RunReport.model_fields}
    return RunReport.model_validate(members).model_dump_json().encode()


def _require(job: str, asked: CronCall, *, signed: bool) -> None:
    """The body speaks of no other schedule, and a signed one of this: paths are not signed."""
    if asked.job != job and (signed or asked.job is not None):
        raise parameters.InvalidParameters(
            [{"where": "body.job", "message": f"the schedule of the path: {job}"}]
        )


def _not_done(request: Request, report: Mapping[str, Any]) -> Response:
    """What the sender should do: look later, try again when the other run is over, or mend something."""
    if report["outcome"] == "running":
        body = RunUnderWay(job=report["job"], outcome="running").model_dump_json()
        return Response(body, 202, {**_NO_STORE, "Location": _PATH}, media_type="application/json")
    if report["outcome"] == "busy":
        detail = "Another run of this schedule is under way; nothing was done for this call."
        later = {"Retry-After": str(BUSY_S)}
        return problem(request.scope, 409, "busy", detail, hint="Make the call again.", headers=later)
    log().error("a run that was called for failed", extra={"report": dict(report)})
    errors = [{"where": report["job"], "message": text} for text in (report["sentence"], *report["problems"])]
    if report["retry"]:
        hint = "Make the call again."
        return problem(request.scope, 503, "unavailable", "The run failed.", hint=hint, errors=errors)
    hint = "Mend what `errors` tells of: as things are, a run would fail again."
    return problem(request.scope, 500, "unexpected", "The run failed.", hint=hint, errors=errors)


def _forgotten(running: asyncio.Future[Told]) -> None:
    """Nobody waits for it any more: that it broke is logged, what it did is on record."""
    if not running.cancelled() and (error := running.exception()) is not None:
        log().error("a run that outlasted its caller broke: %s", error)


def _json(document: str | bytes) -> Response:
    return Response(document, headers=_NO_STORE, media_type="application/json")
