"""Where AWS answers, and with whose credentials it is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Self

from sabiscore.errors import BadSetting
from sabiscore.settings import require_address

AwsService = Literal["s3", "ssm"]

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


@dataclass(frozen=True, slots=True)
class AwsAccount:
    """The region and the credentials of this process; an ``endpoint`` stands in for AWS itself."""

    region: str
    access_id: str
    secret: str = field(repr=False)
    token: str | None = field(default=None, repr=False)
    endpoint: str = ""

    @classmethod
    def read(cls, environ: Mapping[str, str], service: AwsService, needed_by: str) -> Self:
        """What Lambda, or ``aws configure export-credentials``, put into the environment.

        Raises BadSetting for ``needed_by``, the setting that asks for ``service``, when something is missing.
        """
        region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or ""
        access_id, secret = environ.get("AWS_ACCESS_KEY_ID", ""), environ.get("AWS_SECRET_ACCESS_KEY", "")
        if not _REGION.fullmatch(region) or not access_id or not secret:
            raise BadSetting(
                f"{needed_by} is set, but the environment has no AWS credentials or no region.",
                hint='Set AWS_REGION, and: eval "$(aws configure export-credentials --format env)"',
                setting=needed_by,
            )
        endpoint = environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or environ.get("AWS_ENDPOINT_URL") or ""
        if endpoint:
            endpoint = endpoint.rstrip("/")
            require_address("AWS_ENDPOINT_URL", endpoint, "Leave it unset to use AWS itself.")
        return cls(region, access_id, secret, environ.get("AWS_SESSION_TOKEN") or None, endpoint)
