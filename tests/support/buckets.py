"""Buckets for tests: one in memory, and those of AWS's stand-in."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3

from sabiscore.errors import BucketUnavailable
from sabiscore.net.aws_account import AwsAccount
from sabiscore.sync.bucket import (
    ABSENT,
    Bucket,
    BucketObject,
    ListedObject,
    OpenBucket,
    Seen,
    refuse_too_large,
)

BEGIN = datetime(2025, 8, 15, tzinfo=UTC)


@dataclass
class MemoryBucket:
    """Objects in a dict. ``before`` is called ahead of each call with its verb and key: it may raise."""

    objects: dict[str, tuple[bytes, str, str, datetime]] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[str, str], None] = lambda _verb, _key: None

    async def get(self, key: str, unless: str = "") -> BucketObject | Seen:
        self._call("get", key)
        if key not in self.objects:
            return "missing"
        data, etag, sha256, _ = self.objects[key]
        return "unchanged" if etag == unless else BucketObject(data, etag, sha256)

    async def put(self, key: str, data: bytes, onto: str | None = None) -> str | None:
        self._call("put", key)
        refuse_too_large(key, data)
        there = self.objects[key][1] if key in self.objects else ABSENT
        return None if onto is not None and onto != there else self.write(key, data)

    def write(self, key: str, data: bytes) -> str:
        """The object is ``data`` now, and nobody is asked."""
        etag = f'"{uuid4().hex}"'
        modified_at = BEGIN + timedelta(seconds=len(self.calls))
        self.objects[key] = (data, etag, hashlib.sha256(data).hexdigest(), modified_at)
        return etag

    async def list(self, prefix: str) -> Sequence[ListedObject]:
        self._call("list", prefix)
        found = sorted(key for key in self.objects if key.startswith(prefix))
        return [ListedObject(key, len(self.objects[key][0]), self.objects[key][3]) for key in found]

    def spoil(self, key: str, data: bytes = b"spoilt") -> None:
        """The object is another one than its writer put there."""
        _, _, sha256, at = self.objects[key]
        self.objects[key] = (data, f'"{uuid4().hex}"', sha256, at)

    def _call(self, verb: str, key: str) -> None:
        self.before(verb, key)
        self.calls.append((verb, key))


def opening(bucket: Bucket) -> OpenBucket:
    """Opens ``bucket``, whatever the deadline."""

    @asynccontextmanager
    async def opened(deadline_s: float) -> AsyncIterator[Bucket]:
        yield bucket

    return opened


def nothing(verb: str, key: str) -> None:
    """As ``before``: the bucket answers."""


def fail(verb: str, key: str) -> None:
    """As ``before``: the bucket does not answer."""
    raise BucketUnavailable("The bucket is away.", hint="Wait.")


def environ_of(url: str) -> dict[str, str]:
    """What the environment has to hold for S3 at ``url`` to be used."""
    return {
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests",
    }


def account_of(url: str) -> AwsAccount:
    """Who asks the S3 at ``url``."""
    return AwsAccount.read(environ_of(url), "s3", "SABISCORE_BUCKET")


def make_bucket(url: str) -> str:
    """The name of a new bucket of the S3 at ``url``."""
    name = f"home-{uuid4().hex[:12]}"
    place = {"LocationConstraint": "eu-west-1"}
    _client(url).create_bucket(Bucket=name, CreateBucketConfiguration=place)
    return name


def put_object(url: str, bucket: str, key: str, data: bytes) -> None:
    """Puts ``data`` into a bucket of the S3 at ``url``, with the hash that ours have."""
    _client(url).put_object(Bucket=bucket, Key=key, Body=data, ChecksumAlgorithm="SHA256")


def delete_object(url: str, bucket: str, key: str) -> None:
    """Deletes an object of the S3 at ``url``."""
    _client(url).delete_object(Bucket=bucket, Key=key)


def _client(url: str) -> Any:
    return boto3.client(
        "s3", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )  # fmt: skip
