"""B10 at the origin: whatever the first reader sends, the next one gets what a clean cache would give."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from sabiscore.cache.memory import MemoryTier
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.limits.bucket import Buckets
from tests.support.served import Client, world

PAIRS = 5_000
ID = "epl-2526-arsenal-chelsea"
TARGETS = [
    f"/api/v1/insights/{ID}",
    "/api/v1/insights/laliga-2526-barcelona-real-madrid",
    "/api/v1/matches",
    "/api/v1/matches?league=epl",
    "/api/v1/matches?league=epl&from=2025-08-16",
    "/api/v1/matches?from=2025-08-16&league=epl",
    "/api/v1/matches?league=laliga&from=2025-08-15&to=2025-08-17",
    "/api/v1/leagues",
    "/api/v1/insights/epl-2526-no-such-match",
    "/api/v1/matches?league=nowhere",
    "/docs/api",
    "/openapi.json",
]
NAMES = (
    "host", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-prefix",
    "x-forwarded-for", "forwarded", "x-host", "x-original-url", "x-rewrite-url",
    "x-http-method-override", "x-http-method", "x-method-override", "x-real-ip", "x-edge-address",
    "x-edge-signature", "cf-connecting-ip", "authorization", "cookie", "set-cookie", "origin", "referer",
    "user-agent", "accept", "accept-encoding", "accept-language", "content-encoding", "content-type",
    "cache-control", "pragma", "if-none-match", "if-modified-since", "range", "cdn-cache-control",
    "cache-tag", "vary", "surrogate-capability", "transfer-encoding", "te", "x-request-id", "connection",
    "expect", "x-amzn-trace-id", "upgrade",
)  # fmt: skip
VALUES = (
    "", "evil.example", "evil.example:443", "/evil", "POST", "DELETE", "HEAD", "https", "127.0.0.1", "*",
    '"x"', "no-cache", "no-store", "only-if-cached", "max-age=31536000", "gzip", "br", "text/html",
    "Bearer stolen", "session=stolen", "bytes=0-3", "<script>alert(1)</script>", "evil\u2028",
    "match:evil", "a" * 4_000,
)  # fmt: skip
BENT = (
    lambda path: path,
    lambda path: path.replace("/v1/", "/v1%2F"),
    lambda path: path.replace("/api/", "//api/"),
    lambda path: path + ("&" if "?" in path else "?"),
    lambda path: path + ("&utm=evil" if "?" in path else "?utm=evil"),
    lambda path: path.replace("epl", "%65pl"),
    lambda path: path + "%00",
    lambda path: path + ";evil",
    lambda path: path.replace("/v1/", "/./v1/"),
)
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def seen(answer) -> tuple[object, ...]:
    """All that a reader is given but the id of the request, and what says from where and how old it is."""
    headers = {n: v for n, v in answer.headers.items() if n not in ("x-request-id", "cache-status", "age")}
    body = answer.content if answer.status_code == 200 else answer.json()["detail"]
    return answer.status_code, sorted(headers.items()), body


@pytest.mark.parametrize("origins", [(), ("https://a.example", "https://b.example")], ids=["plain", "cors"])
def test_what_one_reader_sends_changes_nothing_for_the_next(tmp_path, origins):
    served = world(tmp_path)
    served.guard = replace(RequestPolicy(limiter=Buckets(10**9)), origins=origins)
    client = Client(served.app)
    chance = random.Random(20_250_815)
    poisoned, hits = [], 0

    async def pairs() -> None:
        nonlocal hits
        clean = {target: seen(await client.ask("GET", target)) for target in TARGETS}
        for _ in range(PAIRS // 2):
            target = chance.choice(TARGETS)
            shared = MemoryTier(served.now)
            served.answers = served.answers_over(shared)
            sent = {chance.choice(NAMES): chance.choice(VALUES).encode() for _ in range(chance.randint(1, 4))}
            await client.ask(chance.choice(METHODS), chance.choice(BENT)(target), headers=sent)
            if chance.random() < 0.5:  # another process, which has only what the fleet shares
                served.answers = served.answers_over(shared)
            answer = await client.ask("GET", target)
            hits += "; hit;" in answer.headers.get("cache-status", "")
            if seen(answer) != clean[target]:
                poisoned.append((target, sent))

    asyncio.run(pairs())
    assert not poisoned
    assert hits > PAIRS // 20  # the first reader did leave something behind for the next


def test_no_answer_that_is_kept_sets_a_cookie_or_names_its_reader(tmp_path):
    served = world(tmp_path)
    for target in TARGETS:
        headers = {"authorization": "Bearer canary", "cookie": "session=canary", "x-request-id": "canary-1"}
        answer = served.client.get(target, headers=headers)
        assert "set-cookie" not in answer.headers
        named = "".join(f"{name}{value}" for name, value in answer.headers.items() if name != "x-request-id")
        assert "canary" not in named
        if answer.status_code == 200:
            assert b"canary" not in answer.content


def test_the_order_of_a_query_is_one_answer(tmp_path):
    served = world(tmp_path)
    answers = [served.client.get(target) for target in TARGETS[4:6]]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["cache-status"].endswith("detail=memory")
