"""The call that infra/README.md shows for curl is signed as we want it."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

from infra.project import ROOT
from sabiscore.http.signatures import verified
from tests.served import SECRET

CURL = "curl() { printf '%s\\n' \"$@\"; }\n"


def test_the_call_in_the_readme_is_signed_as_we_want_it():
    text = (ROOT / "infra" / "README.md").read_text(encoding="utf-8")
    block = text.split("## Revalidation", 1)[1].split("```")[1]
    environment = {**os.environ, "REVALIDATE_SECRET": SECRET, "ORIGIN": "https://origin.example"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", CURL + block],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    words = done.stdout.splitlines()
    assert "https://origin.example/api/revalidate" in words
    headers = dict(word.split(": ", 1) for word in words if word.startswith("webhook-"))
    assert verified(headers, words[-1].encode(), [SECRET], datetime.now(UTC)).id == headers["webhook-id"]
