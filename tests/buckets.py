"""A bucket of S3, answered by moto on this machine."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

NAME = "football"
ADDRESS = f"s3://{NAME}/production"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret",
    "AWS_DEFAULT_REGION": "eu-west-1",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where it is answered for."""

    endpoint: str
    port: int

    @property
    def environ(self) -> dict[str, str]:
        """What a process needs to use it."""
        return {**CREDENTIALS, "SABISCORE_BUCKET": ADDRESS, "AWS_ENDPOINT_URL_S3": self.endpoint}


@contextmanager
def bucket() -> Iterator[Bucket]:
    """An empty bucket; credentials must be in the environment (CREDENTIALS)."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        _, port = server.get_host_and_port()
        endpoint = f"http://127.0.0.1:{port}"
        # What moto holds outlives its servers.
        urlopen(Request(f"{endpoint}/moto-api/reset", method="POST")).close()
        client = boto3.client("s3", endpoint_url=endpoint)
        client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield Bucket(endpoint, port)
    finally:
        server.stop()
