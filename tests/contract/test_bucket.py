"""The port to what a fleet shares: S3 and the one in memory keep the same promises."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from httpx_auth import AWS4Auth

from sabiscore.errors import BadSetting, BucketUnavailable, Refused
from sabiscore.net.aws_account import AwsAccount
from sabiscore.sync.bucket import ABSENT, MOST_OBJECT_BYTES, Bucket, BucketObject
from sabiscore.sync.s3 import open_s3
from tests.support.buckets import MemoryBucket, account_of, environ_of, make_bucket, opening

Opened = Callable[[], AbstractAsyncContextManager[Bucket]]


@pytest.fixture(params=["memory", "s3"])
def opened(request: pytest.FixtureRequest) -> Iterator[Opened]:
    if request.param == "memory":
        bucket = MemoryBucket()
        yield lambda: opening(bucket)(1.0)
        return
    url = request.getfixturevalue("s3")
    place = f"{make_bucket(url)}/homes/one"
    yield lambda: open_s3(account_of(url), place, 10.0)


def ask(opened: Opened, work: Callable[[Bucket], Awaitable[Any]]) -> Any:
    async def asked() -> Any:
        async with opened() as bucket:
            return await work(bucket)

    return asyncio.run(asked())


def test_what_is_put_is_got_with_its_hash(opened):
    etag = ask(opened, lambda bucket: bucket.put("a/b.json", b"one"))
    found = ask(opened, lambda bucket: bucket.get("a/b.json"))
    assert found == BucketObject(
        b"one", etag, "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    )


def test_what_is_known_is_not_sent_again(opened):
    etag = ask(opened, lambda bucket: bucket.put("a", b"one"))
    assert ask(opened, lambda bucket: bucket.get("a", unless=etag)) == "unchanged"
    ask(opened, lambda bucket: bucket.put("a", b"two"))
    assert ask(opened, lambda bucket: bucket.get("a", unless=etag)).data == b"two"
    assert ask(opened, lambda bucket: bucket.get("b", unless=etag)) == "missing"


def test_what_nobody_could_get_is_not_put(opened):
    with pytest.raises(Refused, match="an object of the bucket at most 33,554,432"):
        ask(opened, lambda bucket: bucket.put("a", bytes(MOST_OBJECT_BYTES + 1)))
    assert ask(opened, lambda bucket: bucket.get("a")) == "missing"


def test_only_who_knows_what_is_there_replaces_it(opened):
    first = ask(opened, lambda bucket: bucket.put("a", b"one", onto=ABSENT))
    assert first
    assert ask(opened, lambda bucket: bucket.put("a", b"late", onto=ABSENT)) is None
    second = ask(opened, lambda bucket: bucket.put("a", b"two", onto=first))
    assert second not in (None, first)
    assert ask(opened, lambda bucket: bucket.put("a", b"late", onto=first)) is None
    assert ask(opened, lambda bucket: bucket.put("gone", b"late", onto=first)) is None
    assert ask(opened, lambda bucket: bucket.get("a")).data == b"two"
    assert ask(opened, lambda bucket: bucket.get("gone")) == "missing"


def test_of_two_at_once_one_replaces_it(opened):
    async def both(bucket: Bucket) -> list[str | None]:
        puts = (bucket.put("a", data, onto=ABSENT) for data in (b"one", b"two"))
        return await asyncio.gather(*puts)

    done = ask(opened, both)
    assert sorted(bool(etag) for etag in done) == [False, True]
    assert ask(opened, lambda bucket: bucket.get("a")).data == (b"one" if done[0] else b"two")


def test_a_list_is_of_what_is_below(opened):
    for key in ("a/1", "a/2", "ab/3", "c"):
        ask(opened, lambda bucket, key=key: bucket.put(key, key.encode()))
    found = ask(opened, lambda bucket: bucket.list("a/"))
    assert [(stored.key, stored.size) for stored in found] == [("a/1", 3), ("a/2", 3)]
    assert all(stored.modified_at.tzinfo is not None for stored in found)
    assert ask(opened, lambda bucket: bucket.list("nothing/")) == []


def test_a_list_goes_on_over_its_pages(s3):
    place = make_bucket(s3)

    async def fill(bucket: Bucket) -> None:
        for n in range(0, 1010, 10):
            await asyncio.gather(*(bucket.put(f"a+ b/{m:04}", b"") for m in range(n, n + 10)))

    opened = lambda: open_s3(account_of(s3), place, 10.0)  # noqa: E731
    ask(opened, fill)
    found = ask(opened, lambda bucket: bucket.list("a+ b/"))
    assert [stored.key for stored in found] == [f"a+ b/{n:04}" for n in range(1010)]


def test_a_bucket_that_is_not_there_is_no_missing_object(s3):
    opened = lambda: open_s3(account_of(s3), "no-such-bucket-of-ours", 10.0)  # noqa: E731
    with pytest.raises(BucketUnavailable, match="404 NoSuchBucket"):
        ask(opened, lambda bucket: bucket.get("a"))


def test_the_signature_is_the_one_that_amazons_own_client_makes():
    """moto takes any signature; S3 does not."""
    auth = AWS4Auth("AKIDEXAMPLE", "secret", "eu-west-1", "s3", security_token="token/+=")
    url = "https://home.s3.eu-west-1.amazonaws.com/homes/one?list-type=2&prefix=a%2Bb%2Fc&continuation-token=1%3D"
    ours = httpx.Request("PUT", url, headers={"If-Match": '"x"', "x-amz-meta-sha256": "00"}, content=b"data")
    next(auth.auth_flow(ours))
    names = ours.headers["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    signed = {name: ours.headers[name] for name in names if name != "host"}
    theirs = AWSRequest("PUT", url, headers=signed, data=b"data")
    theirs.context["timestamp"] = ours.headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials("AKIDEXAMPLE", "secret", "token/+="), "s3", "eu-west-1")
    text = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    assert ours.headers["authorization"].endswith(f"Signature={signer.signature(text, theirs)}")


@pytest.mark.parametrize("missing", ["AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_credentials_that_are_missing_are_reported(missing):
    environ = {name: value for name, value in environ_of("http://127.0.0.1:1").items() if name != missing}
    with pytest.raises(BadSetting, match="no AWS credentials or no region"):
        AwsAccount.read(environ, "s3", "SABISCORE_BUCKET")


def test_no_secret_is_shown():
    environ = {**environ_of("http://127.0.0.1:1"), "AWS_SESSION_TOKEN": "a-token-of-tests"}
    account = AwsAccount.read(environ, "s3", "SABISCORE_BUCKET")
    assert "of-tests" not in repr(account)


def test_only_a_public_host_or_this_machine_is_an_endpoint():
    with pytest.raises(BadSetting, match="AWS_ENDPOINT_URL is not"):
        account_of("http://169.254.169.254")
