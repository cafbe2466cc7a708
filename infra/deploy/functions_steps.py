"""The layers and the functions, deployed by osls."""

from __future__ import annotations

from dataclasses import dataclass

from infra.deploy.clouds import Clouds
from infra.deploy.inputs import functions_digest
from sabiscore.errors import Refused


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
