"""What a call for a schedule's run says: which one, and nothing else."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Job = Literal["odds", "stats", "calibrate", "cleanup"]


class CronCall(BaseModel):
    """`job` is that of the path, so that it is signed; `secret` is for callers that do not sign."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    job: Job | None = Field(
        default=None, description="The schedule in the path; needed where the call is signed."
    )
    secret: str | None = Field(
        default=None, max_length=128, repr=False, description="Instead of a signature; for old callers."
    )
