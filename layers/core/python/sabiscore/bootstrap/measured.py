"""What CloudWatch counts of a handler: its cold starts, answers and failures."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

from sabiscore.observability.log import SERVICE, log

Handler = Callable[[Any, Any], Any]

NAMESPACE = "SabiScore"


def measured(handler: Handler, function: str) -> Handler:
    """``handler`` with its cold starts, answers and failures as metrics of CloudWatch.

    A cold start that went well is told with the call after it, so that its reader does not wait for the
    import of what tells; of an instance that has no second call it is not told.
    """
    cold = True
    held: Counter[str] = Counter()

    def handle(event: Any, context: Any) -> Any:
        nonlocal cold
        counts = Counter({"ColdStart": int(cold)})
        try:
            answer = handler(event, context)
            counts += Counter({"Answers": 1, "ServerErrors": int(answer.get("statusCode", 200) >= 500)})
            return answer
        except Exception:
            counts["Uncaught"] = 1
            log().exception("the event could not be handled")
            raise
        finally:
            failed = counts["Uncaught"] or counts["ServerErrors"]
            held.update(counts)
            if not cold or failed:
                _tell(held, function)
                held.clear()
            cold = False

    return handle


def _tell(counts: Counter[str], function: str) -> None:
    # Nothing else of a good cold start needs it.
    from aws_lambda_powertools import Metrics
    from aws_lambda_powertools.metrics import MetricUnit

    metrics = Metrics(namespace=NAMESPACE, service=SERVICE)
    # By its name in AWS, which says stage and region: those of two stages are not one.
    metrics.add_dimension("function", os.environ.get("AWS_LAMBDA_FUNCTION_NAME", function))
    for name in ("ColdStart", "Answers", "ServerErrors", *(["Uncaught"] if counts["Uncaught"] else [])):
        metrics.add_metric(name, MetricUnit.Count, counts[name])
    metrics.flush_metrics()
