"""Cloudflare's API where wrangler does not tell: the Worker's address, and what it really has."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from sabiscore.errors import BadSetting, Refused, Unavailable

API = "https://api.cloudflare.com/client/v4"
DEADLINE_S = 20.0
MOST_BYTES = 4 << 20
_ACCOUNT = re.compile(r"[0-9a-f]{32}")
_ALLOW = "Make an API token with the template “Edit Cloudflare Workers”, and set CLOUDFLARE_API_TOKEN to it."


@dataclass(frozen=True, slots=True)
class DeployedWorker:
    """What a Worker has: its variables, the names of its secrets, and the id of what is deployed now."""

    variables: Mapping[str, str]
    secrets: frozenset[str]
    deployment: str


@dataclass(frozen=True, slots=True)
class Cloudflare:
    """An account. Each call raises Refused where the token may not, Unavailable without an answer."""

    account: str
    token: str = field(repr=False)
    api: str = API
    transport: httpx.BaseTransport | None = field(default=None, repr=False)

    @classmethod
    def read(cls, account: str, environ: Mapping[str, str] | None = None) -> Self:
        """``account`` with the token of the environment. Raises BadSetting, which never quotes the token."""
        environ = os.environ if environ is None else environ
        token = environ.get("CLOUDFLARE_API_TOKEN", "").strip()
        if not token:
            raise BadSetting("CLOUDFLARE_API_TOKEN is not set.", hint=_ALLOW)
        return cls(
            checked_account(account), token, environ.get("CLOUDFLARE_API_BASE_URL", "").rstrip("/") or API
        )

    def environ(self) -> dict[str, str]:
        """What wrangler has to find in its environment to work on this account."""
        found = {"CLOUDFLARE_ACCOUNT_ID": self.account, "CLOUDFLARE_API_TOKEN": self.token}
        return found | ({} if self.api == API else {"CLOUDFLARE_API_BASE_URL": self.api})

    def address(self, worker: str) -> str:
        """Where the Worker is, or will be, below the account's domain. Raises Refused where it has none."""
        found = self._get("/workers/subdomain")
        if found is None or not found.get("subdomain"):
            raise Refused(
                "The Cloudflare account has no workers.dev domain yet.",
                hint="Choose it in the dashboard (Workers & Pages), or name a domain of yours: "
                "sabiscore deploy init --edge-url https://…",
            )
        return f"https://{worker}.{found['subdomain']}.workers.dev"

    def worker(self, name: str) -> DeployedWorker | None:
        """The Worker as it is deployed; None where there is none."""
        settings = self._get(f"/workers/scripts/{name}/settings")
        if settings is None:
            return None
        bindings = settings.get("bindings", ())
        return DeployedWorker(
            {each["name"]: each["text"] for each in bindings if each["type"] == "plain_text"},
            frozenset(each["name"] for each in bindings if each["type"] == "secret_text"),
            self._deployment(name),
        )

    def versions(self, name: str) -> tuple[str, ...]:
        """The version that each deployment gave most readers, the newest deployment first."""
        return tuple(
            str(max(each["versions"], key=lambda version: version["percentage"])["version_id"])
            for each in self._deployments(name)
        )

    def _deployment(self, name: str) -> str:
        """The newest deployment's id; "" where there is none."""
        found = self._deployments(name)
        return str(found[0]["id"]) if found else ""

    def _deployments(self, name: str) -> Sequence[Mapping[str, Any]]:
        found = self._get(f"/workers/scripts/{name}/deployments") or {}
        return tuple(found.get("deployments", ()))

    def _get(self, path: str) -> dict[str, Any] | None:
        """The result below the account; None for what is not there."""
        url = f"{self.api}/accounts/{self.account}{path}"
        headers = {"authorization": f"Bearer {self.token}"}
        try:
            with httpx.Client(timeout=DEADLINE_S, transport=self.transport, headers=headers) as client:
                answer = client.get(url)
                document = answer.json() if len(answer.content) <= MOST_BYTES else None
        except (httpx.HTTPError, ValueError) as error:
            raise Unavailable(
                f"Cloudflare gave no answer that can be read ({type(error).__name__}).",
                hint="Check the network, then run it again.",
            ) from error
        if answer.status_code == 404:
            return None
        if answer.status_code in (400, 401, 403):
            raise Refused(f"Cloudflare does not let us read {path} ({answer.status_code}).", hint=_ALLOW)
        if answer.status_code != 200 or not isinstance(document, dict):
            raise Unavailable(f"Cloudflare answered {answer.status_code}.", hint="Run it again in a minute.")
        result = document.get("result")
        return result if isinstance(result, dict) else {}


def checked_account(account: str) -> str:
    """``account``, an id of Cloudflare's. Raises BadSetting."""
    if not _ACCOUNT.fullmatch(account):
        raise BadSetting(
            f"The Cloudflare account is {account[:40]!r}."
            if account
            else "The Cloudflare account is not known.",
            hint="Give its id, 32 digits of 0-9 and a-f: sabiscore deploy init --account ID.",
        )
    return account
