"""The calls that the docs show for curl are signed as we want them."""

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
    ("page", "secret", "path"),
    [
        ("docs/revalidation.md", "SABISCORE_REVALIDATE_SECRET", "/api/revalidate"),
        ("docs/schedules.md", "SABISCORE_CRON_SECRET", "/api/cron/odds"),
    ],
)
def test_the_call_in_the_docs_is_signed_as_the_functions_want_it(page, secret, path):
    block = (ROOT / page).read_text(encoding="utf-8").split("```")[1]
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
