"""What the guard asks of every request: who it is counted under, how long it may take, who may read it."""

from __future__ import annotations

import asyncio
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from infra.lambda_runtime.event import event
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.cache.breaker import GuardedTier, TierBreaker
from sabiscore.cache.tier import TierRead
from sabiscore.cache.unreachable import FOUND_AWAY
from sabiscore.errors import BadSetting, CacheUnavailable
from sabiscore.http.app import create_app
from sabiscore.http.middleware.edge_caller import signature
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.http.signatures import TOLERANCE_S
from sabiscore.limits.bucket import Buckets
from sabiscore.limits.limiter import PASSES, Verdict
from sabiscore.limits.reader import reader_of
from tests.support import virtual_time
from tests.support.served import Client
from tests.support.waiting import HANG_S

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "edge_address.json").read_text())
EDGE_SECRET = VECTORS["secret"]
NOW_S = 1_760_000_000
READER = "203.0.113.7"
WORKER = "198.51.100.1"


@dataclass
class Counting:
    """A limiter that notes whom it counts."""

    most: int = 100
    says: Verdict = PASSES
    counted: list[str] = field(default_factory=list)

    async def take(self, reader: str) -> Verdict:
        self.counted.append(reader)
        return self.says


async def _echo(request: Request) -> Response:
    seen = {"client": request.client and request.client.host, "headers": dict(request.headers)}
    return Response(json.dumps(seen), headers={"Cache-Control": "public, max-age=60"})


def served(*routes: Route, **changes):
    """(client, limiter, app) of an app with ``routes``, or one that tells what reached it."""
    limiter = changes.pop("limiter", Counting())
    guard = RequestPolicy(
        limiter=limiter, edge_secrets=("old-secret-of-thirty-letters--", EDGE_SECRET), seconds=lambda: NOW_S
    )
    app = create_app([*routes, Route("/{path:path}", _echo, methods=["GET", "POST"])], lambda: guard_)
    guard_ = replace(guard, **changes)
    return Client(app), limiter, app


def from_the_gateway(app, path: str = "/api/v1/leagues", source: str = WORKER, **headers: str):
    """The answer to an event of API Gateway whose connection came from ``source``."""
    shape = event("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    shape["requestContext"]["http"]["sourceIp"] = source
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        return lambda_handler(app)(shape, None)
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def vouched(path: str = "/api/v1/leagues", at_s: int = NOW_S, **changes: str) -> dict[str, str]:
    seen = {"secret": EDGE_SECRET, "address": READER, "method": "GET", **changes}
    signed = signature(seen["secret"], at_s, seen["address"], seen["method"], path)
    return {"x_edge_address": seen["address"], "x_edge_signature": signed}


@pytest.mark.parametrize(("address", "reader"), VECTORS["readers"])
def test_an_address_is_counted_under_the_same_name_as_at_the_edge(address, reader):
    assert reader_of(address) == reader


@pytest.mark.parametrize("vector", VECTORS["signatures"], ids=lambda vector: vector["target"])
def test_the_worker_is_believed_for_what_it_signs(vector):
    _, limiter, app = served(seconds=lambda: vector["at"] + 1)
    headers = {"x_edge_address": vector["address"], "x_edge_signature": vector["signature"]}
    shape = event(
        vector["method"], vector["target"], headers={k.replace("_", "-"): v for k, v in headers.items()}
    )
    assert shape["rawPath"] == unquote(vector["target"].split("?")[0])
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        seen = json.loads(lambda_handler(app)(shape, None)["body"])
    finally:
        asyncio.set_event_loop(None)
        loop.close()
    assert seen["client"] == vector["address"]
    assert not limiter.counted


@pytest.mark.parametrize(
    "name", ["x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "true-client-ip"]
)
def test_readers_are_counted_by_the_platforms_address_whatever_they_send(name):
    _, limiter, app = served()
    for at in range(5):
        from_the_gateway(app, source=READER, **{name.replace("-", "_"): f"10.0.0.{at}"})
    assert limiter.counted == [READER] * 5


BAD = {
    "unsigned": {"x_edge_address": READER},
    "no address": {"x_edge_signature": vouched()["x_edge_signature"]},
    "another address": {**vouched(), "x_edge_address": "203.0.113.8"},
    "another path": vouched("/api/v1/matches"),
    "another method": vouched(method="POST"),
    "another secret": vouched(secret="another-secret-of-thirty-letters"),
    "late": vouched(at_s=NOW_S - TOLERANCE_S - 1),
    "early": vouched(at_s=NOW_S + TOLERANCE_S + 1),
    "another version": {**vouched(), "x_edge_signature": "v2" + vouched()["x_edge_signature"][2:]},
    "torn": {**vouched(), "x_edge_signature": vouched()["x_edge_signature"][:-1]},
    "empty": {"x_edge_address": "", "x_edge_signature": ""},
    "no address at all": vouched(address="somebody\nGET"),
}


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
def test_who_is_not_vouched_for_is_an_unknown_caller_and_its_headers_end_here(headers):
    _, limiter, app = served()
    seen = json.loads(from_the_gateway(app, **headers)["body"])
    assert limiter.counted == [seen["client"]] == [WORKER]
    assert not [name for name in seen["headers"] if name.startswith("x-edge")]


def test_without_a_secret_nobody_is_vouched_for():
    _, limiter, app = served(edge_secrets=())
    from_the_gateway(app, **vouched())
    assert limiter.counted == [WORKER]


def test_a_refusal_is_a_problem_with_the_fields_of_the_limit():
    client, _, _ = served(limiter=Counting(says=Verdict(17)))
    answer = client.get("/api/v1/leagues")
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "17"
    assert answer.headers["ratelimit-policy"] == '"minute";q=100;w=60'
    assert answer.headers["ratelimit"] == '"minute";r=0;t=17'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["type"] == "/docs#problem-too-many-requests"
    assert answer.headers["x-request-id"] == answer.json()["request_id"]


def test_an_answer_that_others_may_be_given_says_nothing_of_one_readers_limit():
    client, _, _ = served()
    assert not [name for name in client.get("/").headers if "ratelimit" in name]


class _Tier:
    """A shared cache that is away; notes that it was asked."""

    asked = 0

    async def read(self, key, tags) -> TierRead:
        self.asked += 1
        raise CacheUnavailable("away", hint="")


@pytest.mark.parametrize(("unreachable", "asked"), [(True, 0), (False, 1)])
def test_a_request_waits_for_a_dead_redis_once(unreachable, asked):
    tier = _Tier()
    guarded = GuardedTier(tier, TierBreaker(lambda: 0), [].append)

    async def reads(request: Request) -> Response:
        await guarded.read("key", ())
        return Response("made here")

    client, _, _ = served(Route("/reads", reads), limiter=Counting(says=Verdict(unreachable=unreachable)))
    assert client.get("/reads").text == "made here"
    assert tier.asked == asked
    assert not FOUND_AWAY.get()


def test_an_answer_that_does_not_come_in_time_is_504_and_what_was_begun_for_all_goes_on():
    gone_on = []

    async def story():
        shared = asyncio.ensure_future(computed())

        async def waits(request: Request) -> Response:
            await asyncio.shield(shared)
            return Response("late")

        client, _, _ = served(Route("/slow", waits), time_limit_s=0.01)
        answer = await client.ask("GET", "/slow")
        open_now.set()
        await shared
        return answer

    async def computed():
        await open_now.wait()
        gone_on.append(True)

    open_now = asyncio.Event()
    answer = asyncio.run(story())
    assert answer.status_code == 504
    assert answer.json()["type"] == "/docs#problem-timeout"
    assert answer.headers["cache-control"] == "no-store"
    assert gone_on == [True]


def test_a_body_that_never_ends_is_not_waited_for():
    async def story():
        _, _, app = served(Route("/read", _reads, methods=["POST"]), time_limit_s=0.01)
        sent = []

        async def receive():
            await asyncio.Event().wait()

        async def send(message):
            sent.append(message)

        scope = {"type": "http", "method": "POST", "path": "/read", "query_string": b"", "headers": []}
        await app(scope, receive, send)
        return sent[0]["status"]

    async def _reads(request: Request) -> Response:
        return Response(await request.body())

    assert asyncio.run(story()) == 504


def test_each_of_many_waits_as_long_as_it_may_and_no_longer():
    async def story(loop):
        async def waits(request: Request) -> Response:
            await asyncio.sleep(float(request.path_params["seconds"]))
            return Response("here")

        async def timed(path: str):
            status = (await client.ask("GET", path)).status_code
            return status, loop.now_s

        client, _, _ = served(Route("/after/{seconds}", waits), time_limit_s=0.2)
        early = [timed(f"/after/{0.001 * turn}") for turn in range(20)]
        late = [timed("/after/60") for _ in range(3)]
        answers = await asyncio.gather(*early, *late)
        again = await timed("/after/60")  # the timer of before has struck: another is set
        return [*answers, again]

    for _ in range(2):  # each in a loop of its own, as calls of Lambda may be
        statuses, ends_s = zip(*virtual_time.run(story), strict=True)
        assert statuses == (200,) * 20 + (504,) * 4
        assert ends_s == pytest.approx([*(0.001 * turn for turn in range(20)), 0.2, 0.2, 0.2, 0.4])


def test_the_loops_of_two_threads_each_keep_their_own_time():
    async def waits(request: Request) -> Response:
        begun.set()
        await asyncio.sleep(60)
        return Response("here")

    begun = threading.Event()
    client, _, _ = served(Route("/slow", waits), time_limit_s=0.2)
    with ThreadPoolExecutor(1) as thread:
        other = thread.submit(client.get, "/slow")
        assert begun.wait(HANG_S)
        assert client.get("/slow").status_code == 504
        assert other.result(HANG_S).status_code == 504


def test_a_reader_who_leaves_is_not_taken_for_one_who_waited_too_long():
    async def story():
        async def waits(request: Request) -> Response:
            begun.set()
            await asyncio.Event().wait()

        begun = asyncio.Event()
        client, _, _ = served(Route("/slow", waits), time_limit_s=60)
        asking = asyncio.ensure_future(client.ask("GET", "/slow"))
        await begun.wait()
        asking.cancel()
        await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(story())


def test_who_is_late_and_cancelled_at_once_is_cancelled():
    async def story(_):
        async def waits(request: Request) -> Response:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asking.cancel()
                raise

        client, _, _ = served(Route("/slow", waits), time_limit_s=0.01)
        asking = asyncio.ensure_future(client.ask("GET", "/slow"))
        await asking

    with pytest.raises(asyncio.CancelledError):
        virtual_time.run(story)


def test_an_answer_that_has_begun_is_never_cut():
    class Streams:
        async def __call__(self, scope, receive, send) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one ", "more_body": True})
            await asyncio.sleep(0.05)  # past the limit: the only way to see that it does not strike
            await send({"type": "http.response.body", "body": b"two"})

    async def story(_):
        client, _, _ = served(Route("/streams", Streams()), time_limit_s=0.02)
        return await client.ask("GET", "/streams")

    answer = virtual_time.run(story)
    assert (answer.status_code, answer.text) == (200, "one two")


def test_a_time_out_inside_the_answer_is_not_taken_for_ours():
    async def breaks(request: Request) -> Response:
        raise TimeoutError("somebody else's")

    client, _, _ = served(Route("/breaks", breaks))
    assert client.get("/breaks").status_code == 500


def test_without_origins_nothing_is_said_and_nothing_varies():
    client, _, _ = served()
    headers = client.get("/", headers={"origin": "https://a.example"}).headers
    assert "vary" not in headers
    assert not [name for name in headers if name.startswith("access-control")]


@pytest.mark.parametrize("origins", [("*",), ("https://a.example",)])
def test_one_origin_is_sent_to_everybody_so_that_one_copy_serves_all(origins):
    client, _, _ = served(origins=origins)
    seen = [client.get("/", headers=sent).headers for sent in ({}, {"origin": "https://b.example"})]
    assert [headers["access-control-allow-origin"] for headers in seen] == [origins[0]] * 2
    assert all("vary" not in headers for headers in seen)
    assert "ETag" in seen[0]["access-control-expose-headers"]


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example", True),
        ("https://b.example", True),
        ("https://evil.example", False),
        ("https://a.example.evil", False),
        ("null", False),
        ("", False),
        (None, False),
    ],
)
def test_of_several_origins_each_hears_of_itself_and_caches_know_that_it_varies(origin, allowed):
    client, _, _ = served(origins=("https://a.example", "https://b.example"))
    headers = client.get("/", headers={} if origin is None else {"origin": origin}).headers
    assert headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert headers["vary"] == "Origin"


def test_refusals_may_be_read_by_scripts_too():
    client, _, _ = served(origins=("*",), limiter=Counting(says=Verdict(3)))
    answer = client.get("/")
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (429, "*")


def test_a_preflight_is_answered_before_anything_is_counted():
    client, limiter, _ = served(origins=("https://a.example",))
    asked = {"origin": "https://a.example", "access-control-request-method": "POST"}
    answer = client.request("OPTIONS", "/api/v1/insights", headers=asked)
    assert answer.status_code == 204
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Content-Type" in answer.headers["access-control-allow-headers"]
    assert answer.headers["cache-control"] == "no-store"
    assert limiter.counted == []


@pytest.mark.parametrize(
    ("setting", "detail"),
    [
        ("SABISCORE_LOG_LEVEL", "The setting SABISCORE_LOG_LEVEL cannot be used."),
        ("", "A setting of this service cannot be used."),
    ],
)
def test_a_setting_that_cannot_be_used_is_our_fault_and_what_it_holds_is_not_shown(setting, detail):
    def guard() -> RequestPolicy:
        raise BadSetting("SABISCORE_LOG_LEVEL is 'canary'.", hint="Mend the canary.", setting=setting)

    answer = Client(create_app([], guard)).get("/")
    assert answer.status_code == 503
    assert answer.json()["detail"] == detail
    assert "canary" not in answer.text


def test_an_app_with_the_local_limit_refuses_the_request_after_the_last():
    client, _, _ = served(limiter=Buckets(3, lambda: 0.0))
    assert [client.get("/").status_code for _ in range(5)] == [200, 200, 200, 429, 429]
