"""What was deployed to the stand-ins, read back and run: functions in awslambdaric, the Worker in workerd.

Code, layers, environment, bindings and files are those that arrived there. Only folders of Lambda's
(``/opt``, ``/tmp``) are others here, and the address of the gateway is one of this machine.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn

from infra.deploy.clouds import Clouds
from infra.lambda_runtime.http_api import Handler, HttpApi
from infra.lambda_runtime.image import image
from infra.lambda_runtime.sandbox import Image, Sandbox
from infra.local.cloud import Route
from infra.local.edge import EDGE, NODE
from infra.packaging import Package
from infra.rigs.cloudflare_api import CloudflareApi
from infra.rigs.part import HOST, Part
from tests.support.waiting import until

CALL_S = 120.0


@dataclass
class DeployedFunctions:
    """The functions of a stack; each has a process of its own once it is called, as an instance has."""

    clouds: Clouds
    folder: Path
    running: ExitStack
    started: dict[str, Sandbox] = field(default_factory=dict)

    @cached_property
    def template(self) -> Package:
        """The stack's template as CloudFormation holds it."""
        found = self._client("cloudformation").get_template(StackName=self.clouds.deployment.name)
        body = found["TemplateBody"]
        return Package(self.folder, json.loads(body) if isinstance(body, str) else body)

    def configuration(self, name: str) -> Mapping[str, Any]:
        """What Lambda holds of a function, by its name in serverless.yml."""
        full = f"{self.clouds.deployment.name}-{name}"
        found: Mapping[str, Any] = self._client("lambda").get_function_configuration(FunctionName=full)
        return found

    def call(self, name: str, event: Any) -> Any:
        """The function's answer to ``event``. Raises HandlerFailed."""
        if name not in self.started:
            self.started[name] = self.running.enter_context(self._sandbox(name))
        return self.started[name].call(event, deadline_s=CALL_S).response

    def routes(self) -> dict[Route, str]:
        """The gateway's routes, and the function that each of them calls."""
        return {
            Route(*route.split(" ", 1), module=function): function
            for route, function in self.template.routes().items()
        }

    def handlers(self) -> dict[str, Handler]:
        """By function, what answers an event."""
        return {name: self._handler(name) for name in {*self.routes().values()}}

    def _handler(self, name: str) -> Handler:
        return lambda event, _context: self.call(name, event)

    def _sandbox(self, name: str) -> Sandbox:
        found = self.configuration(name)
        layers = [self._unpacked(self._sha256_of_layer(layer["Arn"])) for layer in found["Layers"]]
        environ = {
            name: self._here(value, layers) for name, value in found["Environment"]["Variables"].items()
        }
        plain = image()
        task = self._unpacked(found["CodeSha256"])
        paths = tuple(layer / "python" for layer in layers)
        run_as = Image(plain.target, plain.python, task, paths, plain.runtime)
        # Lambda gives a function its role's credentials; ours know where AWS is, too.
        return Sandbox(
            run_as, found["Handler"], {**self.clouds.aws.environ(), **environ}, memory_mb=found["MemorySize"]
        )

    def _here(self, value: str, layers: list[Path]) -> str:
        """A folder of Lambda's on this machine; any other value as it is."""
        if value.startswith("/opt/"):
            below = value.removeprefix("/opt/")
            return str(next((layer / below for layer in layers if (layer / below).exists()), value))
        return str(self.folder / value[1:]) if value.startswith("/tmp/") else value

    def _sha256_of_layer(self, arn: str) -> str:
        *_, layer, version = arn.split(":")
        found = self._client("lambda").get_layer_version(LayerName=layer, VersionNumber=int(version))
        return str(found["Content"]["CodeSha256"])

    def _unpacked(self, digest: str) -> Path:
        """The folder of the archive that has this SHA-256, in base64."""
        into = self.folder / sha256(digest.encode()).hexdigest()[:16]
        if not into.exists():
            with zipfile.ZipFile(self._archives[digest]) as archive:
                archive.extractall(into)
        return into

    @cached_property
    def _archives(self) -> dict[str, Path]:
        """Every archive in the bucket of deployments, by its SHA-256 in base64."""
        bucket = self.clouds.stack().outputs["ServerlessDeploymentBucketName"]
        client, found = self._client("s3"), {}
        for each in client.list_objects_v2(Bucket=bucket)["Contents"]:
            data = client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            path = self.folder / "archives" / each["Key"].replace("/", "_")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            found[b64encode(sha256(data).digest()).decode()] = path
        return found

    def _client(self, service: str) -> Any:
        return self.clouds.aws.client(service)


@contextmanager
def deployed_functions(clouds: Clouds, folder: Path) -> Iterator[DeployedFunctions]:
    """The functions of the stack of ``clouds``; what they write stays in ``folder``."""
    with ExitStack() as running:
        yield DeployedFunctions(clouds, folder, running)


@contextmanager
def gateway(functions: DeployedFunctions) -> Iterator[str]:
    """The address of the stack's HTTP API on this machine."""
    app = HttpApi([*functions.routes()], functions.handlers())
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()
    app.close()


@contextmanager
def deployed_worker(api: CloudflareApi, name: str, folder: Path, origin: str, port: int) -> Iterator[str]:
    """The address of the Worker as it was sent, on ``port``; calls to its ORIGIN go to ``origin``."""
    version = api.deployed(name)
    for path, data in {**version.modules, **{f"site{at}": file for at, file in version.site.items()}}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    host = urlsplit(version.bindings["ORIGIN"]["text"]).hostname
    sent = {
        "metadata": version.metadata,
        "modules": [*version.modules],
        "bindings": [*version.bindings.values()],
        "hosts": {host: origin},
    }
    (folder / "worker.json").write_text(json.dumps(sent))
    worker = Part(
        name="worker",
        command=[NODE, "local/deployed.ts", str(port), folder],
        port=port,
        environ=os.environ,
        folder=EDGE,
    )
    worker.start()
    try:
        yield worker.url
    finally:
        worker.stop()
