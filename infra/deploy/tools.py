"""The programs that deploy, as they are pinned: osls for the functions, wrangler for the Worker."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.packaging import OSLS
from infra.project import ROOT
from sabiscore.errors import Unavailable
from sabiscore.net.redact import Redactor, Secret

EDGE = ROOT / "functions/edge"
DEADLINE_S = 1800
"""CloudFormation may take minutes; what takes longer hangs."""
LAST_LINES = 12
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "NODE_EXTRA_CA_CERTS", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY")
"""Of this process's environment. Its secrets are none of these programs' business."""


_SECRET = ("_SECRET_ACCESS_KEY", "_SESSION_TOKEN", "_API_TOKEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """How each program is started, and the folder of serverless.yml."""

    osls: Sequence[str | Path] = (OSLS,)
    wrangler: Sequence[str | Path] = (
        EDGE / "node_modules/.bin/node",
        EDGE / "node_modules/wrangler/bin/wrangler.js",
    )
    service: Path = ROOT

    def run_osls(self, *words: str, environ: Mapping[str, str]) -> str:
        """What osls wrote, without secrets. Raises Unavailable with its last lines where it failed."""
        quiet = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off"}
        return _run("osls", [*self.osls, *words], self.service, {**environ, **quiet}, {})

    def run_wrangler(
        self, *words: str, environ: Mapping[str, str], secrets: Mapping[str, str] | None = None
    ) -> str:
        """The same of wrangler, which reads ``secrets`` from its standard input.

        Its success says little: read back what is deployed.
        """
        quiet = {"WRANGLER_SEND_METRICS": "false", "WRANGLER_WRITE_LOGS": "false"}
        return _run("wrangler", [*self.wrangler, *words], EDGE, {**environ, **quiet}, secrets or {})


def _run(
    name: str,
    command: Sequence[str | Path],
    folder: Path,
    environ: Mapping[str, str],
    secrets: Mapping[str, str],
) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=_environ(environ),
            input=json.dumps(secrets) if secrets else "",
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )
    except FileNotFoundError as error:
        raise Unavailable(f"{name} is not installed.", hint="Run: make setup") from error
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"{name} did not end within {DEADLINE_S} s.", hint="Run it again.") from error
    said = Redactor([*_secrets_of(environ), *map(Secret, secrets.values())])(done.stdout)
    if done.returncode:
        last = "\n".join(said.strip().splitlines()[-LAST_LINES:])
        raise Unavailable(f"{name} failed ({done.returncode}):\n{last}", hint="Mend that, then run it again.")
    return said


def _secrets_of(environ: Mapping[str, str]) -> Iterator[Secret]:
    """The values in ``environ`` that no text may hold."""
    yield from (Secret(value) for name, value in environ.items() if name.endswith(_SECRET))


def _environ(added: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in _KEPT}
    return {**kept, **added, "NODE_NO_WARNINGS": "1", "CI": "1"}
