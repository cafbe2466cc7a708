"""AWS as the operator's credentials reach it: clients of boto3, and its errors as errors of ours."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from infra.deploy.deployment import Deployment
from sabiscore.errors import BadSetting, Refused, Unavailable

SIGN_IN = "Sign in as the AWS command line does (AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret)."
SERVICE = "sabiscore-edge"
"""Of serverless.yml: osls keeps packages of deployments below it."""
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_UNKNOWN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
_NEVER_COMPLETE = ("REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED")
PAUSE_S, TRIES = 5.0, 360
"""Between two looks at a stack that is under way, and how many: half an hour."""
_COMPLETE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


@dataclass(frozen=True, slots=True)
class Stack:
    """The functions' stack as CloudFormation has it; ``revision`` changes with every update."""

    outputs: Mapping[str, str]
    revision: str

    @property
    def origin(self) -> str:
        """The functions' address."""
        return self.outputs["Origin"]

    @property
    def bucket(self) -> str:
        """The bucket and prefix of the shared data folder, as SABISCORE_BUCKET takes it."""
        return self.outputs["Home"]


class Aws:
    """One account in one region. Each call raises BadSetting without credentials, Refused where they may
    not, Unavailable where AWS gives no answer."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._session = _session(deployment.region)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A client of boto3; wrap its calls in ``aws_errors``."""
        if service not in self._clients:
            with aws_errors():
                self._clients[service] = self._session.client(service)
        return self._clients[service]

    def environ(self) -> dict[str, str]:
        """Credentials, region and endpoints as a program, and our own S3 client, reads them."""
        with aws_errors():
            found = self._session.get_credentials()
            if found is None:
                raise BadSetting("There are no AWS credentials.", hint=SIGN_IN)
            frozen = found.get_frozen_credentials()
        environ = {name: value for name, value in os.environ.items() if name.startswith("AWS_ENDPOINT_URL")}
        environ["AWS_REGION"] = self._deployment.region
        environ["AWS_ACCESS_KEY_ID"] = frozen.access_key
        environ["AWS_SECRET_ACCESS_KEY"] = frozen.secret_key
        return environ | ({"AWS_SESSION_TOKEN": frozen.token} if frozen.token else {})

    def stack(self) -> Stack | None:
        """The functions' stack; None where there is none, or where its last deployment did not end well."""
        with aws_errors():
            found = described(self.client("cloudformation"), self._deployment.name)
        if found is None:
            return None
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
        if found["StackStatus"] not in _COMPLETE or not {"Origin", "Home"} <= outputs.keys():
            return None
        return Stack(outputs, str(found.get("LastUpdatedTime") or found["CreationTime"]))

    def deployed(self) -> Stack:
        """The functions' stack. Raises Unavailable where it is not deployed."""
        found = self.stack()
        if found is None:
            raise Unavailable(
                f"The stack {self._deployment.name} is not deployed, or its deployment did not end well.",
                hint="Look at its events in CloudFormation, then run: sabiscore deploy",
            )
        return found

    def packages(self, stack: Stack) -> tuple[str, ...]:
        """The timestamps of the packages that osls keeps of deployments, oldest first."""
        prefix = f"serverless/{SERVICE}/{self._deployment.stage}/"
        with aws_errors():
            found = (
                self.client("s3")
                .get_paginator("list_objects_v2")
                .paginate(
                    Bucket=stack.outputs["ServerlessDeploymentBucketName"], Prefix=prefix, Delimiter="/"
                )
            )
            folders = [str(each["Prefix"]) for page in found for each in page.get("CommonPrefixes", ())]
        return tuple(sorted(folder.removeprefix(prefix).partition("-")[0] for folder in folders))

    def account(self) -> str:
        """The account's number."""
        with aws_errors():
            return str(self.client("sts").get_caller_identity()["Account"])

    def has_bucket(self, name: str) -> bool:
        """Whether the account has a bucket ``name``."""
        with aws_errors():
            return any(each["Name"] == name for each in self.client("s3").list_buckets()["Buckets"])

    def settle(self) -> None:
        """Waits for what an interrupted run left under way, and clears what a failed first one left."""
        with aws_errors():
            settle(self.client("cloudformation"), self._deployment.name)


def described(stacks: Any, name: str) -> Mapping[str, Any] | None:
    """The stack ``name`` as CloudFormation describes it; None where there is none."""
    from botocore.exceptions import ClientError

    try:
        (found,) = stacks.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in str(error):
            return None
        raise
    return dict(found)


def settle(stacks: Any, name: str, wait: Callable[[], None] = lambda: time.sleep(PAUSE_S)) -> None:
    """Waits until nothing of the stack ``name`` is under way; one that never was complete is deleted.

    CloudFormation refuses to update either. Raises Unavailable after half an hour.
    """
    for _ in range(TRIES):
        found = described(stacks, name)
        status = "" if found is None else str(found["StackStatus"])
        if status in _NEVER_COMPLETE:
            stacks.delete_stack(StackName=name)
        elif not status.endswith("_IN_PROGRESS"):
            return
        wait()
    raise Unavailable(
        f"The stack {name} is still under way after {TRIES * PAUSE_S / 60:.0f} min.",
        hint="Look at its events in CloudFormation.",
    )


def _session(region: str) -> Any:
    try:
        import boto3
    except ModuleNotFoundError:
        raise Unavailable("boto3 is not installed.", hint="Run: make setup") from None
    with aws_errors():
        return boto3.Session(region_name=region)


@contextmanager
def aws_errors() -> Iterator[None]:
    """What boto3 raises inside, as an error of ours that never quotes a value that was sent."""
    from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ProfileNotFound

    try:
        yield
    except (NoCredentialsError, ProfileNotFound) as error:
        raise BadSetting(f"{str(error)[:200]}.".replace("..", "."), hint=SIGN_IN) from error
    except ClientError as error:
        raise _of(error.operation_name, error.response.get("Error", {}).get("Code", "")) from error
    except BotoCoreError as error:
        raise Unavailable(
            f"AWS gave no answer ({type(error).__name__}).", hint="Check the network, then run it again."
        ) from error


def _of(operation: str, code: str) -> Refused | BadSetting | Unavailable:
    if code in _UNKNOWN:
        return BadSetting(f"AWS does not know the credentials ({code}).", hint=SIGN_IN)
    if code in _DENIED:
        return Refused(
            f"AWS does not let us {operation} ({code}).", hint="Allow it to the role that deploys."
        )
    return Unavailable(f"{operation} failed ({code}).", hint="Look at the stack's events, then run it again.")
