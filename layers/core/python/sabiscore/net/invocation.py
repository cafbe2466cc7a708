"""Lambda functions of ours, invoked by name and waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sabiscore.errors import Unavailable

LAMBDA_CONNECT_S = 2.0
_HINT = "See the function's log; try again when it is well."


def invoke(function: str, event: Mapping[str, Any], *, wait_s: float) -> Mapping[str, Any] | None:
    """What ``function`` answers to ``event``; None when it takes longer than ``wait_s``: Lambda carries on.

    Raises Unavailable when it cannot be invoked or breaks off.
    """
    # Brought by Lambda's own runtime, to the one function that invokes others.
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError

    # No second attempt: the first may be running, and the caller's own retry is safe.
    config = Config(connect_timeout=LAMBDA_CONNECT_S, read_timeout=wait_s, retries={"total_max_attempts": 1})
    try:
        answer = boto3.client("lambda", config=config).invoke(
            FunctionName=function, Payload=json.dumps(event)
        )
        payload = json.loads(answer["Payload"].read())
    except ReadTimeoutError:
        return None
    except (BotoCoreError, ClientError, OSError, ValueError) as error:
        raise Unavailable(f"{function} gave no answer ({type(error).__name__}).", hint=_HINT) from error
    if "FunctionError" in answer or not isinstance(payload, dict):
        raise Unavailable(f"{function} broke off.", hint=_HINT)
    return payload
