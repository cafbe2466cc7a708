"""What a browser says of how a page was for its reader."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LONGEST_MS = 600_000
MOST_SHIFT = 100

Milliseconds = Annotated[float, Field(ge=0, le=LONGEST_MS, allow_inf_nan=False)]
Shift = Annotated[float, Field(ge=0, le=MOST_SHIFT, allow_inf_nan=False)]


class VitalsReport(BaseModel):
    """The web vitals of one view of a page, those that its browser could measure."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    page: str = Field(pattern="^[a-z]{1,20}$", description="Which kind of page it was.")
    lcp: Milliseconds | None = Field(default=None, description="Largest contentful paint.")
    fcp: Milliseconds | None = Field(default=None, description="First contentful paint.")
    ttfb: Milliseconds | None = Field(default=None, description="Time to the first byte.")
    inp: Milliseconds | None = Field(default=None, description="Interaction to next paint.")
    cls: Shift | None = Field(default=None, description="Cumulative layout shift, without a unit.")
