"""The calls that infra/README.md shows for curl are signed as we want them."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from infra.project import ROOT
from sabiscore.http.signatures import verified
from tests.support.served import SECRET

CURL = "curl() { printf '%s\\n' \"$@\"; }\n"


@pytest.mark.parametrize(
    ("section", "secret", "path"),
    [
        ("## Revalidation", "SABISCORE_REVALIDATE_SECRET", "/api/revalidate"),
        ("## Schedules on Lambda and at a call", "SABISCORE_CRON_SECRET", "/api/cron/odds"),
    ],
)
def test_the_call_in_the_readme_is_signed_as_we_want_it(section, secret, path):
    text = (ROOT / "infra" / "README.md").read_text(encoding="utf-8")
    block = text.split(f"{section}\n", 1)[1].split("```")[1]
    environment = {**os.environ, secret: SECRET, "ORIGIN": "https://origin.example"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", CURL + block],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    words = done.stdout.splitlines()
    assert f"https://origin.example{path}" in words
    headers = dict(word.split(": ", 1) for word in words if word.startswith("webhook-"))
    assert verified(headers, words[-1].encode(), [SECRET], datetime.now(UTC)).id == headers["webhook-id"]
