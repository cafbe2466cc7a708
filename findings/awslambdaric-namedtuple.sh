#!/usr/bin/env bash
# awslambdaric 4.2.2 (Lambda's Python runtime) writes a namedtuple as an object; the json module writes a list.
#
# Expected: AWS's page on the Python handler names json.dumps as the measure of what a handler can return, and the
#   json module writes every tuple as an array (conversion table of json.JSONEncoder).
# Seen: the runtime uses simplejson, whose namedtuple_as_object is on by default: Price(1.8, 3.5, 4.4) arrives as
#   {"home": 1.8, "draw": 3.5, "away": 4.4} on Lambda and as [1.8, 3.5, 4.4] in every local test. Decimal, which the
#   json module refuses, is written as a number; NaN is written as NaN, which is no JSON.
# Cost: a handler that is called directly (Step Functions, an authorizer, a cron) answers in another shape in
#   production than in its tests, and a consumer that indexes by position breaks.
# Instead: return the text of json.dumps in a body of your own, or tuple(price) and price._asdict() explicitly.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check awslambdaric==4.2.2 simplejson==4.3.0
cat > "$work/finding.py" <<'PY'
import json
import sys
from collections import namedtuple
from importlib.metadata import version

from awslambdaric.lambda_runtime_marshaller import to_json

Price = namedtuple("Price", "home draw away")
answer = {"price": Price(1.8, 3.5, 4.4), "plain": (1.8, 3.5, 4.4)}
local, on_lambda = json.loads(json.dumps(answer)), json.loads(to_json(answer))
print(f"awslambdaric {version('awslambdaric')}, simplejson {version('simplejson')}")
print(f"expected: {local['price']}")
print(f"seen:     {on_lambda['price']}, while a plain tuple is {on_lambda['plain']}")
still = local["price"] == [1.8, 3.5, 4.4] == on_lambda["plain"] and on_lambda["price"] == answer["price"]._asdict()
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
