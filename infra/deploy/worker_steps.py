"""The Worker: its address before there is one, then the Worker itself, deployed by wrangler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.deploy.cloudflare import DeployedWorker
from infra.deploy.clouds import Clouds
from infra.deploy.inputs import worker_digest
from infra.deploy.preparation import EDGE_URL
from sabiscore.errors import Unavailable

WORKER_SECRETS = ("EDGE_SECRET", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN")
_SAME = "what is deployed is what was there before"
AGAIN = "Look at what is wrong there, then run the same command again: it goes on with this step."


@dataclass(frozen=True, slots=True)
class Address:
    """The Worker's address, stored before there is a Worker: so a single run connects the two clouds."""

    clouds: Clouds
    name: str = "address"
    changes: str = "stores the Worker's address for the functions (EDGE_URL)"

    def is_done(self) -> bool:
        return EDGE_URL in self.clouds.parameters.versions()

    def run(self) -> None:
        address = self.clouds.cloudflare.address(self.clouds.deployment.name)
        self.clouds.parameters.put(EDGE_URL, address)


@dataclass(frozen=True, slots=True)
class EdgeWorker:
    """The Worker with its site, variables and secrets, in a single version."""

    clouds: Clouds
    name: str = "worker"
    changes: str = "deploys the Worker and its site, with ORIGIN and its secrets"

    def is_done(self) -> bool:
        stack, record = self.clouds.aws.stack(), self.clouds.records.of(self.name)
        if stack is None or record.get("digest") != self._digest(self.clouds.origin(stack)):
            return False
        found = self._deployed()
        return (
            self._fault(found, self.clouds.origin(stack)) is None
            and found is not None
            and record.get("deployment") == found.deployment
        )

    def run(self) -> None:
        origin, values = self.clouds.origin(self.clouds.stack()), self.clouds.parameters.values()
        digest, before = self._digest(origin), self._deployed()
        self.clouds.tools.run_wrangler(
            *("deploy", "--minify", "--name", self.clouds.deployment.name, "--var", f"ORIGIN:{origin}"),
            *_domain(values[EDGE_URL]),
            *("--secrets-file", "/dev/stdin"),
            environ={**self.clouds.cloudflare.environ(), "SABISCORE_EDGE_URL": values[EDGE_URL]},
            secrets={name: values[name] for name in WORKER_SECRETS if name in values},
        )
        found = self._deployed()
        fault = self._fault(found, origin) or (_SAME if found == before else None)
        if fault is not None:
            raise Unavailable(f"wrangler reported success, and {fault}.", hint=AGAIN)
        self.clouds.records.keep(self.name, digest=digest, deployment=found.deployment if found else "")

    def _deployed(self) -> DeployedWorker | None:
        return self.clouds.cloudflare.worker(self.clouds.deployment.name)

    def _fault(self, found: DeployedWorker | None, origin: str) -> str | None:
        """What ``found`` lacks of what should have been sent; None where it lacks nothing."""
        if found is None or not found.deployment:
            return f"Cloudflare has no Worker {self.clouds.deployment.name}"
        if found.variables.get("ORIGIN") != origin:
            return f"its ORIGIN is not {origin}"
        missing = sorted(self._versions(WORKER_SECRETS).keys() - found.secrets)
        return f"it lacks the secret {missing[0]}" if missing else None

    def _versions(self, names: Sequence[str]) -> Mapping[str, int]:
        versions = self.clouds.parameters.versions()
        return {name: versions[name] for name in names if name in versions}

    def _digest(self, origin: str) -> str:
        return worker_digest(self._versions((*WORKER_SECRETS, EDGE_URL)), {"ORIGIN": origin})


def _domain(address: str) -> Sequence[str]:
    """The words that give the Worker a domain of one's own; its workers.dev address needs none."""
    host = urlsplit(address).hostname or ""
    return () if host.endswith(".workers.dev") or not address.startswith("https:") else ("--domain", host)
