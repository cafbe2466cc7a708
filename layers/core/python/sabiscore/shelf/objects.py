"""Objects in S3 by their keys, each with its ETag; whatever goes wrong is one error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sabiscore.errors import BadSetting, ShelfUnavailable

CONNECT_S, READ_S = 0.5, 5.0
TRIES = 2
_NOT_MODIFIED, _NOT_THERE, _CHANGED = (
    ("304", "NotModified"),
    ("404", "NoSuchKey"),
    (
        "412",
        "PreconditionFailed",
        "ConditionalRequestConflict",
        "409",
    ),
)


@dataclass(frozen=True, slots=True)
class Fetched:
    """An object's bytes and the ETag by which it is known again."""

    data: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An object's key below the prefix, and when it was put there."""

    key: str
    put_at: datetime


class Changed(Exception):
    """The object is not the one that it was to replace."""


class Objects(Protocol):
    """What a shelf keeps its files in. Every method raises ShelfUnavailable."""

    def get(self, key: str, unless: str = "") -> Fetched | None:
        """The object at ``key``; None where there is none, or where its ETag still is ``unless``."""
        ...

    def put(self, key: str, data: bytes) -> None:
        """Put ``data`` at ``key``, whatever is there."""
        ...

    def swap(self, key: str, data: bytes, old: str) -> str:
        """The ETag of ``data``, which took the place of the object ``old`` ("": of none).

        Raises Changed.
        """
        ...

    def every(self, prefix: str) -> Iterator[Listed]:
        """The objects whose keys begin with ``prefix``."""
        ...

    def remove(self, key: str) -> None: ...


class S3Objects:
    """The objects below ``address`` (``s3://bucket/prefix``).

    Credentials and region are boto3's own business; ``endpoint`` is for tests.
    """

    def __init__(self, address: str, endpoint: str | None = None) -> None:
        # Only where a bucket is set: boto3 takes a third of a second to import.
        import boto3
        from botocore.config import Config

        self._bucket, self._prefix = parse_address(address)
        patience = Config(
            connect_timeout=CONNECT_S, read_timeout=READ_S, retries={"total_max_attempts": TRIES}
        )
        self._client: Any = boto3.client("s3", config=patience, endpoint_url=endpoint)

    def get(self, key: str, unless: str = "") -> Fetched | None:
        condition = {"IfNoneMatch": unless} if unless else {}
        told = self._ask("get_object", _NOT_MODIFIED + _NOT_THERE, Key=self._key(key), **condition)
        return Fetched(told["Body"].read(), told["ETag"]) if told else None

    def put(self, key: str, data: bytes) -> None:
        self._ask("put_object", (), Key=self._key(key), Body=data)

    def swap(self, key: str, data: bytes, old: str) -> str:
        condition = {"IfMatch": old} if old else {"IfNoneMatch": "*"}
        told = self._ask("put_object", _CHANGED, Key=self._key(key), Body=data, **condition)
        if told is None:
            raise Changed
        return str(told["ETag"])

    def every(self, prefix: str) -> Iterator[Listed]:
        token: dict[str, str] = {}
        while True:
            told = self._ask("list_objects_v2", (), Prefix=self._key(prefix), **token)
            for one in told["Contents"] if told and "Contents" in told else ():
                yield Listed(one["Key"].removeprefix(self._key("")), one["LastModified"])
            if not told or not told.get("IsTruncated"):
                return
            token = {"ContinuationToken": told["NextContinuationToken"]}

    def remove(self, key: str) -> None:
        self._ask("delete_object", (), Key=self._key(key))

    def _key(self, key: str) -> str:
        return f"{self._prefix}/{key}" if self._prefix else key

    def _ask(self, name: str, expected: tuple[str, ...], **told: Any) -> dict[str, Any] | None:
        """What S3 answers; None where it answers with one of the codes ``expected``."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        try:
            answer: dict[str, Any] = getattr(self._client, name)(Bucket=self._bucket, **told)
            return answer
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code"))
            if code in expected:
                return None
            raise _away(f"refused ({code})") from error
        except (BotoCoreError, HTTPError, OSError) as error:
            raise _away(f"did not answer ({type(error).__name__})") from error


def parse_address(address: str) -> tuple[str, str]:
    """Bucket and prefix of ``s3://bucket/prefix``. Raises BadSetting.

    >>> parse_address("s3://football/production/"), parse_address("s3://football")
    (('football', 'production'), ('football', ''))
    """
    scheme, _, rest = address.partition("://")
    bucket, _, prefix = rest.strip("/").partition("/")
    if scheme != "s3" or not bucket.replace("-", "").replace(".", "").isalnum():
        raise BadSetting(
            "SABISCORE_BUCKET is no place in S3.", hint="Set it to something like s3://bucket/prefix."
        )
    return bucket, prefix


def _away(what: str) -> ShelfUnavailable:
    return ShelfUnavailable(f"The bucket {what}.", hint="What was fetched before serves on; see the bucket.")
