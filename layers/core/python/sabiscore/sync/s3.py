"""S3 through the HTTP client that functions have already, signed by httpx-auth, without boto3.

Why: docs/decisions/no-boto3-for-the-bucket.md.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from xml.etree import ElementTree

import httpx
from httpx_auth import AWS4Auth

from sabiscore.errors import BucketUnavailable, CorruptObject
from sabiscore.net.aws_account import AwsAccount
from sabiscore.net.tls import tls_context
from sabiscore.sync.bucket import (
    ABSENT,
    MOST_OBJECT_BYTES,
    BucketObject,
    ListedObject,
    Seen,
    refuse_too_large,
)

SHA256 = "x-amz-meta-sha256"
_LOST = (404, 409, 412)
"""What a conditional write is answered with when its object is gone, being written, or another one."""
_DENIED = (401, 403)
_CODE = re.compile(rb"<Code>([A-Za-z]{1,60})</Code>")
_HINTS = {
    True: "Check that the credentials in the environment may use the bucket, and that the clock is right.",
    False: "What is there serves on; see `sabiscore sync status`.",
}


class S3Bucket:
    """The objects of the bucket ``name`` below ``prefix``; ``deadline_s`` is that of each call.

    Tries once: whoever pulls or pushes does it again soon. No redirect is followed, no proxy is taken
    from the environment.
    """

    def __init__(self, client: httpx.AsyncClient, base: str, prefix: str, deadline_s: float) -> None:
        self._client = client
        self._base = base
        self._prefix = prefix
        self._deadline_s = deadline_s

    async def get(self, key: str, unless: str = "") -> BucketObject | Seen:
        status, headers, data = await self._call(
            "GET", key, headers={"If-None-Match": unless} if unless else {}, wanted=(200, 304, 404)
        )
        if status == 304:
            return "unchanged"
        if status == 404:
            return "missing"
        return BucketObject(data, headers.get("etag", ""), headers.get(SHA256, ""))

    async def put(self, key: str, data: bytes, onto: str | None = None) -> str | None:
        refuse_too_large(key, data)
        condition = {} if onto is None else {"If-None-Match": "*"} if onto == ABSENT else {"If-Match": onto}
        headers = {**condition, SHA256: hashlib.sha256(data).hexdigest()}
        wanted = (200, *(_LOST if condition else ()))
        status, answer, _ = await self._call("PUT", key, headers=headers, data=data, wanted=wanted)
        return answer.get("etag", "") if status == 200 else None

    async def list(self, prefix: str) -> Sequence[ListedObject]:
        found: list[ListedObject] = []
        more: dict[str, str] = {}
        while True:
            query = {"list-type": "2", "prefix": self._prefix + prefix, **more}
            _, _, data = await self._call("GET", "", query=query, wanted=(200,))
            page, after = _page(data)
            found += [
                ListedObject(element.key[len(self._prefix) :], element.size, element.modified_at)
                for element in page
            ]
            if not after:
                return found
            more = {"continuation-token": after}

    async def _call(
        self,
        method: str,
        key: str,
        *,
        wanted: Sequence[int],
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        data: bytes = b"",
    ) -> tuple[int, httpx.Headers, bytes]:
        url = self._base + (self._prefix + key if key else "")
        fields = {"Accept-Encoding": "identity", **(headers or {})}
        request = self._client.build_request(method, url, headers=fields, params=query, content=data)
        try:
            async with asyncio.timeout(self._deadline_s):
                response = await self._client.send(request, stream=True)
                try:
                    body = await _bounded(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise _unreachable(f"gave no answer within {self._deadline_s:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(f"could not be reached ({type(error).__name__})") from error
        code = _CODE.search(body) if response.status_code >= 400 else None
        if response.status_code not in wanted or (code and code[1] == b"NoSuchBucket"):
            said = f" {code[1].decode()}" if code else ""
            raise _unreachable(f"answered {response.status_code}{said}", response.status_code in _DENIED)
        return response.status_code, response.headers, body


@asynccontextmanager
async def open_s3(account: AwsAccount, place: str, deadline_s: float) -> AsyncIterator[S3Bucket]:
    """The bucket and prefix ``place`` (``name/prefix``), for the event loop that runs now."""
    name, _, prefix = place.partition("/")
    auth = AWS4Auth(
        account.access_id, account.secret, account.region, "s3", security_token=account.token or ""
    )
    # The timeout is ours, of the whole call; httpx's own would be for each read.
    async with httpx.AsyncClient(auth=auth, verify=tls_context(), timeout=None, trust_env=False) as client:  # noqa: S113
        yield S3Bucket(client, _base(account, name), f"{prefix}/" if prefix else "", deadline_s)


def _base(account: AwsAccount, name: str) -> str:
    """Where keys begin. A name with a dot has no certificate as a host.

    >>> _base(AwsAccount("eu-west-1", "id", "key"), "home"), _base(AwsAccount("eu-west-1", "", ""), "my.home")
    ('https://home.s3.eu-west-1.amazonaws.com/', 'https://s3.eu-west-1.amazonaws.com/my.home/')
    """
    if account.endpoint:
        return f"{account.endpoint}/{name}/"
    host = f"s3.{account.region}.amazonaws.com"
    return f"https://{host}/{name}/" if "." in name else f"https://{name}.{host}/"


async def _bounded(response: httpx.Response) -> bytes:
    parts, left = [], MOST_OBJECT_BYTES
    async for part in response.aiter_raw():
        parts.append(part)
        left -= len(part)
        if left < 0:
            raise CorruptObject("The bucket gave more bytes than any file of a data folder has.")
    return b"".join(parts)


def _page(data: bytes) -> tuple[list[ListedObject], str]:
    """The objects of one answer, and where the next one goes on; "" at the end."""
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - S3's own answer, over TLS, bounded
        for node in root.iter():
            node.tag = node.tag.rpartition("}")[2]  # some that speak S3 leave its name space out
        page = [
            ListedObject(
                node.findtext("Key", ""),
                int(node.findtext("Size", "")),
                datetime.fromisoformat(node.findtext("LastModified", "")),
            )
            for node in root.iter("Contents")
        ]
    except (ElementTree.ParseError, ValueError) as error:
        raise _unreachable("gave a list that is none") from error
    return page, root.findtext("NextContinuationToken", "")


def _unreachable(what: str, denied: bool = False) -> BucketUnavailable:
    return BucketUnavailable(f"The bucket {what}.", hint=_HINTS[denied])
