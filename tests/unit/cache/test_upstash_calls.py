"""One client a loop, every fault one error, and nothing left open."""

from __future__ import annotations

import asyncio

import pytest

from sabiscore.cache import upstash_client
from sabiscore.cache.entry import LONGEST_ENTRY
from sabiscore.cache.upstash_calls import BEHIND_S, BlockingUpstashCalls, UpstashCalls
from sabiscore.errors import CacheUnavailable
from tests.support.virtual_time import run


class FakeRedis:
    def __init__(self, *connected) -> None:
        self.connected = connected
        self.closed = 0

    async def close(self) -> None:
        self.closed += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[FakeRedis]:
    clients: list[FakeRedis] = []

    def connect(url: str, token: str, most_bytes: int, headers: object) -> FakeRedis:
        clients.append(FakeRedis(url, token, most_bytes))
        return clients[-1]

    monkeypatch.setattr(upstash_client, "connect", connect)
    return clients


async def itself(redis):
    return redis


def test_calls_of_one_loop_share_a_client_and_another_loop_has_its_own(made):
    calls = UpstashCalls("http://127.0.0.1:1", "token")

    async def twice():
        return await calls.run(itself), await calls.run(itself)

    assert asyncio.run(twice()) == (made[0], made[0])
    assert asyncio.run(calls.run(itself)) is made[1]
    assert len(made) == 2
    assert made[0].connected == ("http://127.0.0.1:1", "token", 2 * LONGEST_ENTRY)


def test_closing_gives_the_connections_back_once(made):
    calls = UpstashCalls("http://127.0.0.1:1", "token")

    async def story():
        await calls.close()
        await calls.run(itself)
        await calls.close()
        await calls.close()
        return await calls.run(itself)

    assert asyncio.run(story()) is made[1]
    assert [client.closed for client in made] == [1, 0]


def test_whatever_goes_wrong_is_one_error_that_names_it(made):
    calls = UpstashCalls("http://127.0.0.1:1", "token")

    async def fails(_):
        raise KeyError("secret")

    with pytest.raises(CacheUnavailable, match=r"^The shared cache failed \(KeyError\)\.$") as refused:
        asyncio.run(calls.run(fails))
    assert isinstance(refused.value.__cause__, KeyError)
    assert refused.value.hint == "Answers are computed here until it is back."


def test_a_call_that_is_late_goes_on_behind_for_a_moment(made):
    ended: list[str] = []

    async def slow(_):
        try:
            await asyncio.sleep(BEHIND_S - 0.01)
            ended.append("came")
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    async def never(_):
        try:
            await asyncio.sleep(BEHIND_S + 0.01)
            ended.append("came")
        except asyncio.CancelledError:
            ended.append("given up")
            raise

    async def story(_):
        calls = UpstashCalls("http://127.0.0.1:1", "token", 0.05)
        for call in (slow, never):
            with pytest.raises(CacheUnavailable, match="took longer than 50 ms"):
                await calls.run(call)
            await asyncio.sleep(2 * BEHIND_S)
        assert not calls._behind

    run(story)
    assert ended == ["came", "given up"]


def test_who_waits_on_a_thread_gets_the_same(made):
    calls = BlockingUpstashCalls("http://127.0.0.1:1", "token", 5.0)
    assert calls.run(itself) is calls.run(itself) is made[0]
    assert made[0].connected[:2] == ("http://127.0.0.1:1", "token")
    calls.close()
    assert made[0].closed == 1
