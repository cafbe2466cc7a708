"""What CloudWatch counts of a handler: its cold starts, answers and failures."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sabiscore.observability.embedded_metrics import Counts, write
from sabiscore.observability.log import SERVICE, log

Handler = Callable[[Any, Any], Any]


def measured(handler: Handler, function: str) -> Handler:
    """``handler`` with its cold starts, answers and failures as metrics of CloudWatch, a line a call."""
    cold = True

    def handle(event: Any, context: Any) -> Any:
        nonlocal cold
        counts: Counts = {"ColdStart": int(cold)}
        cold = False
        try:
            answer = handler(event, context)
            counts |= {"Answers": 1, "ServerErrors": int(answer.get("statusCode", 200) >= 500)}
            return answer
        except Exception:
            counts["Uncaught"] = 1
            log().exception("the event could not be handled")
            raise
        finally:
            # By its name in AWS, which says stage and region: those of two stages are not one.
            name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", function)
            write(counts, {"function": name, "service": SERVICE})

    return handle
