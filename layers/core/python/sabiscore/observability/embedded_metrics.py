"""Counts in CloudWatch's embedded metric format: one line of JSON on standard output a call.

Powertools' metrics write the same, and nothing else in a cold start needs what they import.
Format: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping

NAMESPACE = "SabiScore"

Counts = dict[str, int]


def write(counts: Mapping[str, int], dimensions: Mapping[str, str]) -> None:
    """Writes ``counts`` of now, by name, as one set of metrics with ``dimensions``."""
    metrics = [{"Name": name, "Unit": "Count"} for name in counts]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    # One write, so that lines of two threads never mix.
    sys.stdout.write(json.dumps({"_aws": about, **dimensions, **counts}) + "\n")
    sys.stdout.flush()
