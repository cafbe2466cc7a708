"""Taking a deployment back to the one before, and taking it down."""

from __future__ import annotations

from dataclasses import dataclass

from infra.deploy.clouds import Clouds
from sabiscore.errors import Refused, Unavailable

FUNCTIONS, WORKER = "functions", "worker"
AGAIN = "Look at what is wrong there, then run the same command again."


@dataclass(frozen=True, slots=True)
class WentBack:
    """The package of functions and the Worker's version that serve again."""

    functions: str
    worker: str


def remove(clouds: Clouds) -> tuple[str, ...]:
    """Removes the Worker, then the functions; which of both there were.

    The bucket and all parameters stay. Raises Unavailable where something is still there after it.
    """
    removed: list[str] = []
    name = clouds.deployment.name
    if clouds.cloudflare.worker(name) is not None:
        clouds.tools.run_wrangler("delete", name, "--force", environ=clouds.cloudflare.environ())
        if clouds.cloudflare.worker(name) is not None:
            raise Unavailable(f"wrangler reported success, and the Worker {name} is still there.", hint=AGAIN)
        removed.append(WORKER)
    clouds.records.forget(WORKER)
    clouds.aws.settle()
    if clouds.aws.stack() is not None:
        clouds.tools.run_osls("remove", *_target(clouds), environ=clouds.aws.environ())
        clouds.aws.settle()
        if clouds.aws.stack() is not None:
            raise Unavailable(f"osls reported success, and the stack {name} is still there.", hint=AGAIN)
        removed.append(FUNCTIONS)
    clouds.records.forget(FUNCTIONS)
    return tuple(removed)


def rollback(clouds: Clouds) -> WentBack:
    """Takes functions and Worker back to what served before; the database and the bucket stay as they are.

    Both are known before either is changed. Raises Refused where there is nothing to go back to, Unavailable
    where Cloudflare serves another version after it.
    """
    package, version = _package_before(clouds), _version_before(clouds)
    clouds.tools.run_osls("rollback", *_target(clouds), "--timestamp", package, environ=clouds.aws.environ())
    clouds.tools.run_wrangler(
        *("rollback", version, "-y", "--name", clouds.deployment.name, "--message", "rolled back"),
        environ=clouds.cloudflare.environ(),
    )
    if clouds.cloudflare.versions(clouds.deployment.name)[0] != version:
        raise Unavailable("wrangler reported success, and another version serves.", hint=AGAIN)
    # What serves is not what this folder holds: the next deployment changes both again.
    clouds.records.keep(FUNCTIONS, package=package)
    clouds.records.keep(WORKER, version=version)
    return WentBack(package, version)


def _target(clouds: Clouds) -> tuple[str, ...]:
    return ("--stage", clouds.deployment.stage, "--region", clouds.deployment.region)


def _package_before(clouds: Clouds) -> str:
    """The timestamp of the newest package that is older than the one that serves."""
    packages = clouds.aws.packages(clouds.stack())
    current = clouds.records.of(FUNCTIONS).get("package", "")
    older = [package for package in packages if package < current]
    if not older:
        raise _nothing("of the functions")
    return older[-1]


def _version_before(clouds: Clouds) -> str:
    """The version that served before the current one, and was not taken back itself."""
    served = clouds.cloudflare.versions(clouds.deployment.name)
    current = served[0] if served else ""
    last = max((index for index, version in enumerate(served) if version == current), default=0)
    older = served[last + 1 :]
    if not older:
        raise _nothing("of the Worker")
    return older[0]


def _nothing(what: str) -> Refused:
    return Refused(
        f"There is no deployment {what} before the current one.",
        hint="Deploy what should serve: sabiscore deploy",
    )
