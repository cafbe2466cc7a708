"""A bucket refills steadily and never overflows; who has not asked for longest is forgotten first."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.limits.bucket import Buckets
from sabiscore.limits.limiter import PASSES, Verdict


class Seconds:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def now() -> Seconds:
    return Seconds()


def spent(buckets: Buckets, times: int, reader: str = "a") -> list[int]:
    return [buckets.spend(reader) for _ in range(times)]


def test_a_full_bucket_is_spent_at_once_and_refills_by_the_second(now):
    buckets = Buckets(2, now)
    assert spent(buckets, 3) == [0, 0, 30]
    now.at = 15.0
    assert spent(buckets, 1) == [15]
    now.at = 29.5
    assert spent(buckets, 1) == [1]
    now.at = 30.0
    assert spent(buckets, 2) == [0, 30]


def test_a_refusal_costs_nothing(now):
    buckets = Buckets(1, now)
    assert spent(buckets, 5) == [0, 60, 60, 60, 60]
    now.at = 60.0
    assert spent(buckets, 1) == [0]


def test_no_bucket_holds_more_than_a_minute_gives(now):
    buckets = Buckets(3, now)
    spent(buckets, 3)
    now.at = 100_000.0
    assert spent(buckets, 5) == [0, 0, 0, 20, 20]


def test_a_clock_that_goes_back_takes_nothing_away(now):
    buckets = Buckets(2, now)
    now.at = 100.0
    spent(buckets, 1)
    now.at = 40.0
    assert spent(buckets, 2) == [0, 30]


def test_a_verdict_says_the_same(now):
    buckets = Buckets(1, now)

    async def twice() -> list[Verdict]:
        return [await buckets.take("a"), await buckets.take("a")]

    assert asyncio.run(twice()) == [PASSES, Verdict(60)]


def test_who_has_not_asked_for_longest_is_forgotten_first(now, monkeypatch):
    monkeypatch.setattr("sabiscore.limits.bucket.READERS_KEPT", 2)
    buckets = Buckets(1, now)
    assert [buckets.spend(reader) for reader in "ab"] == [0, 0]
    assert [buckets.spend(reader) for reader in "ab"] == [60, 60]
    assert buckets.spend("a") == 60
    assert buckets.spend("c") == 0  # b is forgotten
    assert [buckets.spend(reader) for reader in "ca"] == [60, 60]
    assert buckets.spend("b") == 0


@given(most=st.integers(1, 50), pauses=st.lists(st.floats(0, 90), max_size=60))
def test_whoever_waits_as_asked_passes(most, pauses):
    now = Seconds()
    buckets = Buckets(most, now)
    for pause in pauses:
        now.at += pause
        if wait := buckets.spend("a"):
            now.at += wait
            assert buckets.spend("a") == 0
