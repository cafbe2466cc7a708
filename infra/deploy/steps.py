"""The steps of a deployment, in their order: each knows whether it is done, what it would change, and how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from infra.deploy.aws import Aws, Stack
from infra.deploy.cloudflare import Cloudflare, DeployedWorker
from infra.deploy.deployment import Deployment
from infra.deploy.inputs import functions_digest, worker_digest
from infra.deploy.parameters import ParameterStore, Records
from infra.deploy.preparation import EDGE_URL
from infra.deploy.tools import Tools
from sabiscore.errors import Refused, Unavailable
from sabiscore.settings import read_settings

if TYPE_CHECKING:
    from sabiscore.sync.session import DataDirSync

WORKER_SECRETS = ("EDGE_SECRET", "UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN")
TO_PUSH = ("newer here", "missing there", "damaged there")
"""States of a pointer that a push mends. What is newer there, or changed on both sides, is the fleet's."""
_SAME = "what is deployed is what was there before"
_MODEL = "edge-model-url"
"""The option of serverless.yml with the address of the edge model's Worker."""
AGAIN = "Look at what is wrong there, then run the same command again: it goes on with this step."


class Step(Protocol):
    """A part of a deployment. Each method raises what the clouds refuse, and Unavailable without them."""

    @property
    def name(self) -> str: ...

    @property
    def changes(self) -> str:
        """What ``run`` changes, for a person."""
        ...

    def is_done(self) -> bool:
        """Whether there is nothing to change; looks and changes nothing."""
        ...

    def run(self) -> None:
        """Changes it. Whatever interrupts it, the next run finishes."""
        ...


def build_layers(data_dir: Path) -> None:
    """Builds the layers whose inputs changed, and the release layer of ``data_dir``."""
    from infra.layers.build import build, folder_of
    from infra.layers.release import release
    from infra.layers.target import DEPLOYED

    build(DEPLOYED)
    release(data_dir, folder_of(DEPLOYED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Clouds:
    """Where steps work, and with what."""

    deployment: Deployment
    aws: Aws
    cloudflare: Cloudflare
    parameters: ParameterStore
    records: Records
    tools: Tools
    data_dir: Path
    options: Sequence[str] = ()
    """``--param`` of osls, each as NAME=VALUE."""
    build_layers: Callable[[Path], None] = build_layers
    """Makes the archives that osls uploads, the release of a data folder among them."""

    def origin(self, stack: Stack) -> str:
        """What the Worker asks: the edge model's Worker where an option names it, else the functions."""
        named = [
            value for name, _, value in (option.partition("=") for option in self.options) if name == _MODEL
        ]
        return named[-1].rstrip("/") if named and named[-1] else stack.origin

    def stack(self) -> Stack:
        """The functions' stack. Raises Unavailable where it is not deployed."""
        found = self.aws.stack()
        if found is None:
            raise Unavailable(
                f"The stack {self.deployment.name} is not deployed, or its deployment did not end well.",
                hint="Look at its events in CloudFormation, then run: sabiscore deploy",
            )
        return found


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
class Functions:
    """The stack of functions, jobs, gateway, bucket and bus."""

    clouds: Clouds
    name: str = "functions"
    changes: str = "deploys the functions, their gateway, schedules, bus and bucket"

    def is_done(self) -> bool:
        stack, record = self.clouds.aws.stack(), self.clouds.records.of(self.name)
        return (
            stack is not None
            and record.get("revision") == stack.revision
            and record.get("digest") == self._digest()
        )

    def run(self) -> None:
        digest, target = self._digest(), self.clouds.deployment
        options = [word for option in self.clouds.options for word in ("--param", option)]
        self.clouds.aws.settle()
        self._refuse_left_bucket()
        # By force: osls would skip what only reads other secrets than before.
        self.clouds.tools.run_osls(
            *("deploy", "--force", "--stage", target.stage, "--region", target.region, *options),
            environ=self.clouds.aws.environ(),
        )
        stack = self.clouds.stack()
        newest = self.clouds.aws.packages(stack)[-1]
        self.clouds.records.keep(self.name, digest=digest, revision=stack.revision, package=newest)

    def _refuse_left_bucket(self) -> None:
        """A stack cannot take over the bucket that a removed one left."""
        if self.clouds.aws.stack() is not None:
            return
        bucket = f"{self.clouds.deployment.name}-home-{self.clouds.aws.account()}"
        if self.clouds.aws.has_bucket(bucket):
            raise Refused(
                f"The bucket {bucket} of a removed deployment is still there.",
                hint=f"Keep what it holds (SABISCORE_BUCKET=s3://{bucket}/home sabiscore sync pull), then "
                f"delete it, old versions too, and deploy again: that fills a new one from this data folder.",
            )

    def _digest(self) -> str:
        versions = self.clouds.parameters.versions()
        return functions_digest(versions, self.clouds.options, self.clouds.data_dir)


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers' archives on this machine, which osls uploads."""

    clouds: Clouds
    functions: Functions
    name: str = "layers"
    changes: str = "builds the layers whose inputs changed"

    def is_done(self) -> bool:
        return self.functions.is_done()

    def run(self) -> None:
        self.clouds.build_layers(self.clouds.data_dir)


@dataclass(frozen=True, slots=True)
class SharedDataDir:
    """The bucket, filled from the data folder of this machine until the fleet has something newer."""

    clouds: Clouds
    name: str = "bucket"
    changes: str = "takes what is newer in this data folder to the bucket"

    def is_done(self) -> bool:
        stack = self.clouds.aws.stack()
        return stack is not None and not self._states(stack) & {*TO_PUSH}

    def run(self) -> None:
        stack = self.clouds.stack()
        self._sync(stack).push(again=bool(self._states(stack) & {"missing there", "damaged there"}))

    def _states(self, stack: Stack) -> set[str]:
        return {str(status.state) for status in self._sync(stack).status()}

    def _sync(self, stack: Stack) -> DataDirSync:
        from sabiscore.sync.factory import sync_of

        settings = read_settings(
            {
                **self.clouds.aws.environ(),
                "SABISCORE_HOME": str(self.clouds.data_dir),
                "SABISCORE_BUCKET": stack.bucket,
            }
        )
        found = sync_of(settings, lambda _: None)
        if found is None:
            raise AssertionError("a bucket is set")
        return found


@dataclass(frozen=True, slots=True)
class Migrations:
    """The database's tables as this code reads them.

    After the functions: those from before would refuse a database that is newer than they know.
    """

    clouds: Clouds
    name: str = "migrations"
    changes: str = "brings the database to the tables of this version"

    def is_done(self) -> bool:
        from sqlalchemy import create_engine
        from sqlalchemy.pool import NullPool

        from sabiscore.store.connection import clear_errors
        from sabiscore.store.upgrade import HEAD, version

        url = self._url()
        if url is None:
            return True
        engine = create_engine(url, poolclass=NullPool)
        with clear_errors(engine.url), engine.connect() as connection:
            return version(connection) == HEAD

    def run(self) -> None:
        from sabiscore.store.session import Database

        url = self._url()
        if url is not None:
            with closing(Database(url)) as database, database.transaction():
                pass  # the first transaction migrates

    def _url(self) -> str | None:
        given = self.clouds.parameters.values().get("DATABASE_URL")
        return read_settings({"DATABASE_URL": given}).database_url if given else None


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


def steps(clouds: Clouds) -> tuple[Step, ...]:
    """Every step, in the order in which each finds what it needs."""
    functions = Functions(clouds)
    return (
        Address(clouds),
        Layers(clouds, functions),
        functions,
        SharedDataDir(clouds),
        Migrations(clouds),
        EdgeWorker(clouds),
    )
