#!/usr/bin/env bash
# penaltyblog 1.13.1: Flow(optimize=True) answers other rows and columns than the same Flow without it.
#
# Expected: `optimize` is described as "whether to optimize the flow", the optimizer as making "conservative
#   optimizations ... only when provably safe" (docstrings of penaltyblog.matchflow). The rows must stay the same.
# Seen: of two `dropna` or two `drop` in a row the second is removed, though it names other fields; of two `limit`
#   likewise; a `select` that is not the first step is removed altogether.
# Cost: matches without a price reach the next step, or columns that were to be dropped (the result, in a table of
#   features) stay in. Nothing is raised or logged.
# Instead: leave `optimize` at its default (False); name all fields in one `dropna(...)` or `drop(...)`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  penaltyblog==1.13.1 numpy==2.4.6 pandas==3.1.1
cat > "$work/finding.py" <<'PY'
import sys
from importlib.metadata import version

from penaltyblog.matchflow import Flow

MATCHES = [
    {"match": 1, "odds": 2.10, "xg": 1.4, "result": "H"},
    {"match": 2, "odds": None, "xg": 0.9, "result": "D"},
    {"match": 3, "odds": 3.25, "xg": None, "result": "A"},
]
STEPS = {
    'dropna("odds").dropna("xg")': lambda flow: flow.dropna("odds").dropna("xg"),
    'drop("odds").drop("result")': lambda flow: flow.drop("odds").drop("result"),
    "limit(2).limit(1)": lambda flow: flow.limit(2).limit(1),
    'sort_by("match").select("match")': lambda flow: flow.sort_by("match").select("match"),
}


def shape(steps, optimize):
    rows = steps(Flow.from_records(MATCHES, optimize=optimize)).collect()
    return f"{len(rows)} rows of {', '.join(rows[0])}"


print(f"penaltyblog {version('penaltyblog')}")
still = True
for name, steps in STEPS.items():
    plain, optimized = shape(steps, False), shape(steps, True)
    print(f"{name}\n  expected: {plain}\n  seen:     {optimized}")
    still = still and plain != optimized
sys.exit(None if still else "Changed: this finding no longer holds for every step.")
PY
"$work/venv/bin/python" "$work/finding.py"
