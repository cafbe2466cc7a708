#!/usr/bin/env bash
# standardwebhooks 1.1.0 (Python): sign() takes an aware datetime of any zone for UTC.
#
# Expected: Standard Webhooks signs "id.timestamp.body" with the timestamp in Unix seconds. An aware datetime names one
#   instant whatever its zone, so two equal datetimes must give equal signatures.
# Seen: sign() replaces the zone by UTC instead of converting to it. 15:00+02:00 is signed as 15:00 UTC, two hours
#   later than the header webhook-timestamp says, and verify() of the very same object refuses the call.
# Cost: everything works for whoever uses UTC, in winter in London too; the calls of a server in any other zone, and
#   London's in summer, are refused as forged.
# Instead: sign(id, datetime.fromtimestamp(seconds, timezone.utc), body) with the seconds that go into the header.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check standardwebhooks==1.1.0
cat > "$work/finding.py" <<'PY'
import base64
import sys
from datetime import datetime, timedelta, timezone
from importlib.metadata import version

from standardwebhooks import Webhook, WebhookVerificationError

webhook = Webhook(base64.b64encode(b"a key made for this script only.").decode())


def verdict(sent_at):
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": webhook.sign("msg_1", sent_at, "{}"),
    }
    try:
        webhook.verify("{}", headers)
    except WebhookVerificationError as error:
        return f"refused ({error})"
    return "accepted"


now = datetime.now(timezone.utc)
madrid = now.astimezone(timezone(timedelta(hours=2)))
print(f"standardwebhooks {version('standardwebhooks')}: the two datetimes are equal: {madrid == now}")
seen = verdict(now), verdict(madrid)
print("expected: UTC accepted, +02:00 accepted")
print(f"seen:     UTC {seen[0]}, +02:00 {seen[1]}")
still = seen[0] == "accepted" and seen[1].startswith("refused")
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
