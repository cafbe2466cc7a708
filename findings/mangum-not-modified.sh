#!/usr/bin/env bash
# Mangum 0.22.0 adds `content-type: application/json` to a 304 and a 204 that have no body and no type.
#
# Expected: the adapter hands on the headers that the ASGI application sent. A 304 describes the stored answer, and a
#   cache takes over the fields that it carries (RFC 9110, section 15.4.5; RFC 9111, section 3.2).
# Seen: every answer without a Content-Type is given application/json, whatever its status. Uvicorn adds none,
#   so the same application is right locally and wrong on Lambda.
# Cost: the first validation turns a stored HTML page, calendar or picture into JSON for every later reader of the
#   shared cache; browsers then show its source.
# Instead: set Content-Type on the 304 as on the 200, or drop it from 204 and 304 around the Mangum handler.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check mangum==0.22.0
cat > "$work/finding.py" <<'PY'
import sys
from importlib.metadata import version

from mangum import Mangum

EVENT = {
    "version": "2.0",
    "routeKey": "$default",
    "rawPath": "/calendar.ics",
    "rawQueryString": "",
    "headers": {"host": "example.test", "if-none-match": '"v1"'},
    "requestContext": {
        "http": {"method": "GET", "path": "/calendar.ics", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
        "stage": "$default",
    },
    "isBase64Encoded": False,
}


def headers(status):
    async def application(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": [(b"etag", b'"v1"')]})
        await send({"type": "http.response.body", "body": b""})

    return Mangum(application, lifespan="off")(EVENT, None)["headers"]


print(f"mangum {version('mangum')}: the application sends only an ETag")
still = True
for status in (304, 204):
    seen = headers(status)
    print(f"{status}: expected {{'etag': '\"v1\"'}}, seen {seen}")
    still = still and seen.get("content-type") == "application/json"
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
