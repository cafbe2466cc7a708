"""Everything that a deployment to the stand-ins left anywhere, to be searched for what must be nowhere."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from infra.deploy.tools import EDGE
from infra.rigs.cloudflare_api import CloudflareApi
from infra.rigs.clouds import StandInClouds

Found = Iterator[tuple[str, bytes]]
"""Where something lies, and what it holds."""
MADE_BY_WRANGLER = (".wrangler", "dist", "public")


def everything_stored(prepared: StandInClouds) -> Found:
    """Both accounts, and every file that was written; but for secrets where they are kept, encrypted."""
    yield from _files(prepared.folder)
    for folder in MADE_BY_WRANGLER:
        yield from _files(EDGE / folder)
    yield from _aws(prepared)
    yield from _cloudflare(prepared.api)


def _files(folder: Path) -> Found:
    for path in folder.rglob("*"):
        if path.is_file() and "_cacache" not in path.parts:
            yield from _opened(str(path), path.read_bytes())


def _aws(prepared: StandInClouds) -> Found:
    client = prepared.clouds.aws.client
    for stack in client("cloudformation").describe_stacks()["Stacks"]:
        name = stack["StackName"]
        template = client("cloudformation").get_template(StackName=name)["TemplateBody"]
        yield f"stack {name}", json.dumps([stack, template], default=str).encode()
    for function in client("lambda").list_functions()["Functions"]:
        yield f"function {function['FunctionName']}", json.dumps(function, default=str).encode()
    for parameter in client("ssm").describe_parameters()["Parameters"]:
        if parameter["Type"] != "SecureString":
            history = client("ssm").get_parameter_history(Name=parameter["Name"])["Parameters"]
            yield f"parameter {parameter['Name']}", json.dumps(history, default=str).encode()
    for bucket in client("s3").list_buckets()["Buckets"]:
        yield from _objects(prepared, bucket["Name"])


def _objects(prepared: StandInClouds, bucket: str) -> Found:
    client = prepared.clouds.aws.client("s3")
    for each in client.list_object_versions(Bucket=bucket).get("Versions", ()):
        data = client.get_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])["Body"].read()
        yield from _opened(f"s3://{bucket}/{each['Key']}", data)


def _cloudflare(api: CloudflareApi) -> Found:
    yield "calls to Cloudflare", json.dumps([api.calls, api.deployments, api.domains]).encode()
    for name, versions in api.workers.items():
        for version in versions:
            bound = [each for each in version.bindings.values() if each["type"] != "secret_text"]
            rest = {key: value for key, value in version.metadata.items() if key != "bindings"}
            yield f"Worker {name}", json.dumps([bound, rest]).encode()
            for path, data in {**version.modules, **version.site}.items():
                yield f"Worker {name}: {path}", data


def _opened(place: str, data: bytes) -> Found:
    """``data``, and where it is an archive each of its files."""
    yield place, data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"{place}: {name}", archive.read(name)
