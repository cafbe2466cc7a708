"""What the shared tier asks of Redis: the keys and numbers that its scripts and the Worker's agree on."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from sabiscore.cache import keys
from sabiscore.cache.entry import decode, encode
from sabiscore.cache.tier import TierRead
from sabiscore.cache.upstash import DROP, GENERATION_LIFE_MS, RELEASE, WRITE, UpstashTier
from sabiscore.errors import CacheUnavailable
from tests.support.caches import KEY, START, TAGS, Hands, entry

GENERATIONS = [f"sabiscore:1:generation:{name}" for name in (KEY, *TAGS)]
MEMBERS = [f"sabiscore:1:tag:{tag}" for tag in TAGS]


class FakeRedis:
    """Gives each command the next of ``answers`` and keeps what was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[Any, ...]] = []
        self.closed = False

    async def _answer(self, *asked: Any) -> Any:
        self.asked.append(asked)
        return self.answers.pop(0)

    async def mget(self, *names: str) -> Any:
        return await self._answer("mget", *names)

    async def eval(self, script: str, keys: list[str], args: list[str]) -> Any:
        return await self._answer("eval", script, keys, args)

    async def set(self, name: str, value: str, *, nx: bool, px: int) -> Any:
        return await self._answer("set", name, value, nx, px)

    async def scan(self, cursor: int, *, match: str, count: int) -> Any:
        return await self._answer("scan", cursor, match, count)

    async def zremrangebyscore(self, name: str, low: Any, high: Any) -> Any:
        return await self._answer("zremrangebyscore", name, low, high)

    async def run(self, call):
        """As UpstashCalls does."""
        return await call(self)

    async def close(self) -> None:
        self.closed = True


def tier(*answers: Any) -> tuple[FakeRedis, UpstashTier, Hands]:
    redis, now = FakeRedis(*answers), Hands()
    return redis, UpstashTier(redis, now), now


def test_an_entry_is_read_with_the_generations_of_its_key_and_tags():
    redis, shared, _ = tier([encode(entry()), None, "b", None, "d"])
    assert asyncio.run(shared.read(KEY, TAGS)) == TierRead(entry(), ("", "b", "", "d"))
    assert redis.asked == [("mget", KEY, *GENERATIONS)]


@pytest.mark.parametrize("text", [None, "", "{", encode(entry()) + " x"])
def test_what_is_absent_or_no_entry_is_a_miss_with_its_generations(text):
    _, shared, _ = tier([text, "a", "b", "c", "d"])
    assert asyncio.run(shared.read(KEY, TAGS)) == TierRead(None, ("a", "b", "c", "d"))


def test_an_entry_is_given_until_it_is_expired():
    answer = [encode(entry()), "a", "b", "c", "d"]
    _, shared, now = tier(answer, answer)
    now.at = entry().stale_until - 1
    assert asyncio.run(shared.read(KEY, TAGS)).entry == entry()
    now.at += 1
    assert asyncio.run(shared.read(KEY, TAGS)).entry is None


@pytest.mark.parametrize("answer", ["PONG", None, [], ["a"], ["a"] * 6])
def test_another_answer_than_asked_for_is_no_answer(answer):
    _, shared, _ = tier(answer)
    with pytest.raises(CacheUnavailable, match="another answer than asked for"):
        asyncio.run(shared.read(KEY, TAGS))


@pytest.mark.parametrize(("answer", "written"), [(1, "stored"), (0, "invalidated"), ("1", "invalidated")])
def test_an_entry_is_written_where_no_generation_changed(answer, written):
    redis, shared, now = tier(answer)
    now.at = START + 1_000
    assert asyncio.run(shared.write(KEY, entry(), ("a", "b", "c", "d"))) == written
    ((_, script, names, arguments),) = redis.asked
    assert (script, names) == (WRITE, [KEY, *GENERATIONS, *MEMBERS])
    assert decode(arguments[0]) == entry()
    end = entry().stale_until
    assert arguments[1:] == [str(end - now.at), str(now.at), str(end), "a", "b", "c", "d"]


def test_what_has_ended_is_not_sent():
    redis, shared, now = tier(1)
    now.at = entry().stale_until
    assert asyncio.run(shared.write(KEY, entry(), ("a",) * 4)) == "not stored"
    assert redis.asked == []
    now.at -= 1
    assert asyncio.run(shared.write(KEY, entry(), ("a",) * 4)) == "stored"
    assert redis.asked[0][3][1] == "1"


def test_a_drop_gives_each_name_one_new_generation():
    redis, shared, _ = tier(6, 3)
    asyncio.run(shared.invalidate([KEY, "odds"]))
    asyncio.run(shared.invalidate(["odds"]))
    (_, script, names, (first, life)), (*_, (second, _)) = redis.asked
    assert script == DROP
    assert names == [
        *(keys.generation_key(KEY), keys.members_key(KEY), KEY),
        *("sabiscore:1:generation:odds", "sabiscore:1:tag:odds", "odds"),
    ]
    assert life == str(GENERATION_LIFE_MS) == "86400000"
    assert first != second
    assert len(first) == 32


@pytest.mark.parametrize(("answer", "held"), [(True, True), (None, False), ("OK", True)])
def test_a_lock_is_set_where_there_is_none(answer, held):
    redis, shared, _ = tier(answer)
    assert asyncio.run(shared.acquire_lock("work", "me", 8_000)) is held
    assert redis.asked == [("set", "sabiscore:1:lock:work", "me", True, 8_000)]


def test_a_lock_is_freed_by_its_owner():
    redis, shared, _ = tier(1)
    asyncio.run(shared.release_lock("work", "me"))
    assert redis.asked == [("eval", RELEASE, ["sabiscore:1:lock:work"], ["me"])]


def test_a_sweep_goes_over_every_page_of_tags():
    redis, shared, now = tier(["17", ["t1", "t2"]], 2, 0, [0, ["t3"]], "5")
    assert asyncio.run(shared.sweep()) == 7
    pattern = "sabiscore:1:tag:*"
    assert redis.asked == [
        ("scan", 0, pattern, 500),
        ("zremrangebyscore", "t1", "-inf", now.at),
        ("zremrangebyscore", "t2", "-inf", now.at),
        ("scan", 17, pattern, 500),
        ("zremrangebyscore", "t3", "-inf", now.at),
    ]


def test_connections_are_given_back():
    redis, shared, _ = tier()
    asyncio.run(shared.close())
    assert redis.closed
