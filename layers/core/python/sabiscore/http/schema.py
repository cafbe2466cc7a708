"""Models of the answers that are not made from models, so that the API document can tell of them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from sabiscore.insights.document import Document


class ProblemPart(Document):
    """One value that cannot be used."""

    where: str = Field(examples=["query.from"])
    message: str


class Problem(Document):
    """An error (RFC 9457). Every member is always there."""

    type: str = Field(description="Where the kind of problem is explained.")
    title: str
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="What happened this time.")
    instance: str = Field(description="The path that was asked for.")
    request_id: str
    hint: str = Field(description="What to do; may be empty.")
    candidates: tuple[str, ...] = Field(description="The best guesses at a name that is not known.")
    errors: tuple[ProblemPart, ...]


class Live(Document):
    """The process runs."""

    status: Literal["ok"]


class CheckView(Document):
    """One thing that answers are made from."""

    name: str
    status: Literal["pass", "warn", "fail"]
    detail: str


class HealthReport(Document):
    """What answers are made from now."""

    status: Literal["ok", "degraded", "unavailable"]
    checks: tuple[CheckView, ...]
    bundle: str | None = Field(description="Version of the bundle that predicts.")
    as_of: datetime | None
    age_s: int | None = Field(ge=0)


class EdgeTold(Document):
    """Whether the cache in front of us knows."""

    purged: bool = Field(validation_alias="told", serialization_alias="told")
    reason: str | None = Field(description="Why it was not purged: there is none.")


class Revalidated(Document):
    """What was put out of date. Callers that send their secret in the body get the first three members."""

    revalidated: Literal[True]
    path: str | None = Field(default=None, description="The path, where one was named.")
    timestamp: datetime
    tags: tuple[str, ...] = Field(default=(), description="Answers about these were forgotten.")
    hot: int = Field(default=0, ge=0, description="Answers that readers will ask for next.")
    recomputed: int = Field(default=0, ge=0, description="Those of them that were made anew already.")
    edge: EdgeTold | None = None


class RevalidationState(Document):
    """Whether calls are taken."""

    status: Literal["ready", "closed"] = Field(description="`closed`: no secret is set.")
    edge: bool = Field(description="Whether there is an edge to tell.")


class LastRun(Document):
    """The newest run of a schedule."""

    started_at: datetime
    finished_at: datetime | None = Field(description="`null` while it is under way.")
    outcome: Literal["running", "done", "failed", "died"] = Field(
        description="`died`: it gave no sign of life for two minutes, and the next one went on."
    )


class ScheduleView(Document):
    """One schedule."""

    name: Literal["odds", "stats", "calibrate", "cleanup"]
    due_at: datetime = Field(description="When the clock calls it next.")
    last: LastRun | None = Field(description="`null`: it never ran.")


class ScheduleList(Document):
    """Every schedule, and whether calls for a run are taken."""

    status: Literal["ready", "closed"] = Field(description="`closed`: no secret is set.")
    schedules: tuple[ScheduleView, ...]


class RunReport(Document):
    """What a run did."""

    job: Literal["odds", "stats", "calibrate", "cleanup"]
    outcome: Literal["done"]
    started_at: datetime
    took_s: float = Field(ge=0)
    sentence: str
    figures: dict[str, int] = Field(description="What was counted, by the schedule's own names.")
    problems: tuple[str, ...] = Field(description="What went wrong without stopping the run.")


class RunUnderWay(Document):
    """A run that outlasts the wait for it. The same call again, signed anew, gets its outcome."""

    job: Literal["odds", "stats", "calibrate", "cleanup"]
    outcome: Literal["running"]


class PushState(Document):
    """What a browser subscribes with."""

    status: Literal["ready", "closed"] = Field(description="`closed`: no messages are sent from here.")
    public_key: str | None = Field(description="The `applicationServerKey`; `null` where there is none.")
    reason: str | None = Field(description="Why there is none.")


class Subscribed(Document):
    """What a browser hears of from now on."""

    topics: tuple[str, ...]
