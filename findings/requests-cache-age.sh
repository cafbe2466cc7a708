#!/usr/bin/env bash
# requests-cache 1.3.3 counts freshness from the moment of receipt: Age and an old Date are ignored.
#
# Expected: with cache_control=True "Cache-Control and other response headers" set the expiration (documentation).
#   RFC 9111, section 4.2.3: the age of an answer starts at the larger of its Age field and now - Date, so an answer
#   with max-age=60 and Age: 600 is stale on arrival and must be validated (section 4.2.4).
# Seen: both kinds are served from the cache for another 60 seconds.
# Cost: behind a CDN every copy may live twice as long as its provider says; odds that were a minute old when they
#   came are shown as fresh for a minute more.
# Instead: subtract the age yourself, or set expire_after per URL to what you can bear and forget max-age.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check requests-cache==1.3.3 requests==2.34.2
cat > "$work/finding.py" <<'PY'
import http.server
import sys
import threading
import time
from email.utils import formatdate
from importlib.metadata import version

from requests_cache import CachedSession

HEADERS = {
    "/no-cache": lambda: {"Cache-Control": "no-cache"},
    "/fresh": lambda: {"Cache-Control": "max-age=60"},
    "/age": lambda: {"Cache-Control": "max-age=60", "Age": "600"},
    "/date": lambda: {"Cache-Control": "max-age=60", "Date": formatdate(time.time() - 600, usegmt=True)},
}


class Provider(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response_only(200)
        for name, value in (HEADERS[self.path]() | {"Content-Length": "2"}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Provider)
threading.Thread(target=server.serve_forever, daemon=True).start()
session = CachedSession(backend="memory", cache_control=True)
seen = {}
for path in HEADERS:
    session.get(f"http://127.0.0.1:{server.server_port}{path}")
    seen[path] = session.get(f"http://127.0.0.1:{server.server_port}{path}").from_cache
server.shutdown()

print(f"requests-cache {version('requests-cache')}: was the second answer the cached one?")
for path, expected in {"/no-cache": False, "/fresh": True, "/age": False, "/date": False}.items():
    print(f"{path}: expected {expected}, seen {seen[path]}")
still = seen == {"/no-cache": False, "/fresh": True, "/age": True, "/date": True}
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
