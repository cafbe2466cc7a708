"""Which deployment is meant, and how everything of it is named: by stage and region."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sabiscore.errors import BadSetting

_STAGE = re.compile(r"[a-z][a-z0-9-]{0,13}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2}(-[a-z]{2,10}){1,2}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stage in a region. Two of them share no name.

    >>> Deployment("production", "eu-west-1").name
    'sabiscore-edge-production-eu-west-1'
    """

    stage: str
    region: str

    def __post_init__(self) -> None:
        if not _STAGE.fullmatch(self.stage):
            raise BadSetting(
                f"The stage is {self.stage[:20]!r}.",
                hint="Write --stage with 2 to 15 small letters, digits and hyphens, like production.",
            )
        if not _REGION.fullmatch(self.region):
            raise BadSetting(
                f"The region is {self.region[:20]!r}.", hint="Write --region like eu-west-1, as AWS names it."
            )

    @property
    def name(self) -> str:
        """Of the stack and of the Worker; names of functions, bucket and bus begin with it."""
        return f"sabiscore-edge-{self.stage}-{self.region}"

    @property
    def parameters(self) -> str:
        """Where parameters lie that functions read."""
        return f"/sabiscore/{self.stage}"

    @property
    def records(self) -> str:
        """Where it is kept what was deployed; functions never read it."""
        return f"/sabiscore-deploy/{self.stage}"
