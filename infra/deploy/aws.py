"""AWS as the operator's credentials reach it: clients of boto3, and its errors as errors of ours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from infra.deploy.deployment import Deployment
from sabiscore.errors import BadSetting, Refused, Unavailable

SIGN_IN = "Sign in as the AWS command line does (AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret)."
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
_UNKNOWN = ("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException")
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
        """The functions' stack; None where there is none, or where its first deployment did not end well."""
        from botocore.exceptions import ClientError

        with aws_errors():
            try:
                (found,) = self.client("cloudformation").describe_stacks(StackName=self._deployment.name)[
                    "Stacks"
                ]
            except ClientError as error:
                if "does not exist" in str(error):
                    return None
                raise
        outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}
        if found["StackStatus"] not in _COMPLETE or not {"Origin", "Home"} <= outputs.keys():
            return None
        return Stack(outputs, str(found.get("LastUpdatedTime") or found["CreationTime"]))


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
