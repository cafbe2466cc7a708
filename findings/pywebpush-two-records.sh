#!/usr/bin/env bash
# pywebpush 2.5.0 splits a long message into two records, which no browser has to read.
#
# Expected: a push message is encrypted as a single record, and a push service need not take bodies of more than 4,096
#   octets, which is 3,993 octets of text (RFC 8291, section 4; RFC 8030, section 7.2). A sender should refuse more.
# Seen: with 4,080 octets of text and more the body holds a second record of RFC 8188, no exception, no warning.
#   From 3,994 on the body is longer than 4,096 octets already, likewise without a word.
# Cost: the library's own decoder reads both, so a round trip in a test passes; the push service answers 413 or, if it
#   takes the body, the browser drops the message where nobody sees it.
# Instead: measure len(payload.encode()) <= 3993 before the call, and send a link where there is more to say.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3.11}" -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check \
  pywebpush==2.5.0 http-ece==1.2.1 cryptography==50.0.2
cat > "$work/finding.py" <<'PY'
import base64
import os
import sys
from importlib.metadata import version

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pywebpush import WebPusher

browser = ec.generate_private_key(ec.SECP256R1())
point = browser.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
)
auth = os.urandom(16)
subscription = {
    "endpoint": "https://push.example.test/1",
    "keys": {name: base64.urlsafe_b64encode(key).decode() for name, key in (("p256dh", point), ("auth", auth))},
}


def encoded(octets):
    """Octets of the body, records in it, octets read back. Header: 16 salt, 4 record size, 1 length of the key id."""
    body = WebPusher(subscription).encode(b"x" * octets)["body"]
    record_size, header = int.from_bytes(body[16:20], "big"), 21 + body[20]
    read = http_ece.decrypt(body, private_key=browser, auth_secret=auth, version="aes128gcm")
    return len(body), -(-(len(body) - header) // record_size), len(read)


print(f"pywebpush {version('pywebpush')}")
seen = {octets: encoded(octets) for octets in (3993, 3994, 4079, 4080)}
for octets, (body, records, _) in seen.items():
    expected = "4096 octets in 1 record" if octets == 3993 else "refused"
    print(f"{octets} octets of text: expected {expected}, seen a body of {body} octets in {records} record(s)")
still = (
    seen[3993][:2] == (4096, 1)
    and seen[3994][:2] == (4097, 1)
    and [seen[4079][1], seen[4080][1]] == [1, 2]
    and all(octets == read for octets, (_, _, read) in seen.items())
)
sys.exit(None if still else "Changed: this finding no longer holds.")
PY
"$work/venv/bin/python" "$work/finding.py"
