"""What a deployment's public address answered: five reads, each with its headers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx

from sabiscore.errors import BadSetting
from sabiscore.net.probes import LATE

HEALTH, SYSTEM, LIST, PAGE = "/health", "/api/v1/system", "/api/v1/leagues", "/"
PATHS = (HEALTH, SYSTEM, LIST, PAGE)
DEADLINE_S = 15.0
MOST_BYTES = 8 << 20
HEALTH_TRIES, HEALTH_PAUSE_S = 5, 1.0
"""Health asks its parts in the background, and tells what they said when it is asked again."""
FOREIGN_ORIGIN = "https://not-ours.example"
"""An origin that no deployment allows by name."""
_BROWSER = {PAGE: "text/html"}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer; ``status`` is 0 and ``reason`` says why where there was none. Headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: str = ""
    reason: str = ""

    def document(self) -> dict[str, Any]:
        """The JSON object of the body; an empty one where it is none."""
        try:
            found = json.loads(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Answers:
    """Every answer by its path, one to a script of ``origin`` at LIST, and when they were asked for."""

    of: Mapping[str, Answered]
    to_script: Answered
    origin: str
    at: datetime


def ask(url: str, origin: str | None = None, transport: httpx.BaseTransport | None = None) -> Answers:
    """What ``url`` answers now; ``origin`` is a site whose scripts should be let read.

    Raises BadSetting for what is no address. A path that does not answer is an answer of its own kind.
    """
    base, origin = url.rstrip("/"), origin or FOREIGN_ORIGIN
    if not base.startswith(("https://", "http://")):
        raise BadSetting(f"{url[:80]!r} is no address.", hint="Write it like https://edge.example.com.")
    # No cookie, no redirect, and nothing of the environment: what a stranger gets.
    with httpx.Client(timeout=DEADLINE_S, transport=transport, trust_env=False) as client:
        found = {path: _get(client, base, path, {"accept": _BROWSER.get(path, "*/*")}) for path in PATHS}
        found[HEALTH] = _settled_health(client, base, found[HEALTH])
        to_script = _get(client, base, LIST, {"origin": origin})
    return Answers(found, to_script, origin, datetime.now(UTC))


def _settled_health(client: httpx.Client, base: str, first: Answered) -> Answered:
    """The health once every part that it asks in the background was heard of, or after some tries."""
    health = first
    for _ in range(HEALTH_TRIES):
        if not any(LATE in str(check) for check in health.document().get("checks", ())):
            break
        time.sleep(HEALTH_PAUSE_S)
        health = _get(client, base, HEALTH, {})
    return health


def _get(client: httpx.Client, base: str, path: str, headers: Mapping[str, str]) -> Answered:
    try:
        with client.stream("GET", base + path, headers=headers) as answer:
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    return Answered(0, {}, reason=f"sent more than {MOST_BYTES} bytes")
            return Answered(answer.status_code, dict(answer.headers), body.decode("utf-8", "replace"))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answered(0, {}, reason=f"did not answer ({type(error).__name__})")
