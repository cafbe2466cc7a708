#!/usr/bin/env bash
# prometheus_client 0.26.0 takes the labels `source.id` and `source_id` together and writes a page nobody can read.
#
# Expected: names may be any UTF-8 by now, so dots in labels are legal. For scrapers that do not ask for them the
#   library escapes what it writes (Prometheus, "Content negotiation": escaping=underscores). A label name must be
#   unique within a sample, so two that become one should be refused when the metric is made.
# Seen: both turn into source_id, and the sample has it twice. The library's own parser refuses the line, and promtool
#   2.42 says "duplicate label names". A scrape is all or nothing: every metric of the process is lost, not this one.
# Cost: one metric named after OpenTelemetry's habit (dots) beside an older one takes down the whole target, and only
#   for a Prometheus 2; a Prometheus 3 asks for UTF-8 and is content.
# Instead: one spelling, underscores, and a test that reads generate_latest() back with the parser.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check prometheus-client==0.26.0
cat > "$work/finding.py" <<'PY'
import sys
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import choose_encoder
from prometheus_client.parser import text_string_to_metric_families

registry = CollectorRegistry()
Gauge("build", "An innocent neighbour.", registry=registry).set(1)
Gauge("answer_age_s", "Age.", ["source.id", "source_id"], registry=registry).labels("a", "b").set(3)


def scraped(accept):
    text = choose_encoder(accept)[0](registry).decode()
    line = next(line for line in text.splitlines() if line.startswith("answer_age_s"))
    try:
        return line, f"{len(list(text_string_to_metric_families(text)))} metrics"
    except ValueError as error:
        return line, f"unreadable: {error}"


print(f"prometheus_client {version('prometheus_client')}: expected 2 metrics, or an error when the labels were named")
older = scraped("text/plain;version=0.0.4")
newer = scraped("text/plain;version=1.0.0;escaping=allow-utf-8")
print(f"seen by Prometheus 2: {older[0]} ({older[1]})")
print(f"seen by Prometheus 3: {newer[0]} ({newer[1]})")
still = older[0].count("source_id=") == 2 and older[1].startswith("unreadable") and newer[1] == "2 metrics"
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
