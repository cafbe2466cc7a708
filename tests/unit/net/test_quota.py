"""Calls are spread over their period and never pass its quota, whatever clocks and traffic do."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.errors import CacheUnavailable, QuotaSpent, StoreUnavailable
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.net.quota import CLOCK_ERROR, Quota, QuotaPlan, Unit, period_of, used_by
from tests.support.cas_stores import NOON, AwayRegister, Hands

ODDS = QuotaPlan(500, "month")
FOOTBALL = QuotaPlan(100, "day")


def taken(quota: Quota, *, urgent: bool = False, most: int = 10_000) -> int:
    """How many calls the quota lets through now."""
    for count in range(most):
        try:
            quota.take(urgent=urgent)
        except QuotaSpent:
            return count
    return most


@pytest.mark.parametrize("plan", [ODDS, FOOTBALL, QuotaPlan(1, "day"), QuotaPlan(20_000, "month")])
def test_calls_accrue_evenly_and_some_are_kept_for_match_days(plan: QuotaPlan) -> None:
    hands = Hands(datetime(2026, 4, 1, 1, tzinfo=UTC))
    quota = Quota("one", plan, MemoryCasStore(), hands)
    period = period_of(hands.at, plan.unit)
    length = period.ends - period.begins
    used = 0
    for tenth in range(1, 10):
        hands.at = period.begins + tenth * length / 10
        used += taken(quota, most=30_000)
        assert used <= 0.04 * plan.calls + 0.8 * plan.calls * tenth / 10 + 1
    assert used >= 0.7 * plan.calls
    hands.at = period.ends - 2 * CLOCK_ERROR
    urgent = taken(quota, urgent=True, most=30_000)
    assert used + urgent <= plan.calls
    assert used + urgent >= 0.95 * plan.calls


def test_what_is_saved_on_quiet_days_serves_on_others() -> None:
    hands = Hands(datetime(2026, 4, 18, tzinfo=UTC))
    quota = Quota("one", ODDS, MemoryCasStore(), hands)
    assert taken(quota) > 230


def test_a_call_of_several_units_is_taken_whole_or_not_at_all() -> None:
    quota = Quota("one", QuotaPlan(10, "day", reserve=0.0), MemoryCasStore(), Hands(NOON))
    with pytest.raises(QuotaSpent, match="10 a day"):
        quota.take(7)
    assert quota.standing().used == 0
    quota.take(5)
    assert (quota.standing().used, quota.standing().left, quota.standing().allowed_now) == (5, 5, 0)


@pytest.mark.parametrize(
    ("headers", "used"),
    [
        ({"x-requests-used": "12", "x-requests-remaining": "488"}, 12),
        ({"x-requests-remaining": "488.0"}, 12),
        ({"x-requests-used": "3", "x-requests-remaining": "100"}, 400),
        ({"x-ratelimit-requests-remaining": "0"}, 500),
        ({"x-requests-remaining": "-3"}, 500),
        ({"x-requests-remaining": "20000"}, 0),
        ({"x-requests-remaining": "1e3"}, None),
        ({"x-requests-remaining": "many", "x-requests-used": ""}, None),
        ({"x-requests-remaining": "9" * 400}, None),
        ({}, None),
    ],
)
def test_what_the_provider_counts_is_read(headers: dict[str, str], used: int | None) -> None:
    assert used_by(headers, 500) == used


def test_the_providers_count_only_ever_raises_ours() -> None:
    quota = Quota("one", ODDS, MemoryCasStore(), Hands(NOON))
    taken(quota, most=10)
    quota.correct({"x-requests-remaining": "499"})
    assert quota.standing().used == 10
    quota.correct({"x-requests-remaining": "20"})
    assert quota.standing().used == 480
    quota.correct({"x-requests-used": "7"})
    assert quota.standing().used == 480


def test_near_the_end_of_a_month_the_providers_count_could_be_the_other_months() -> None:
    hands = Hands(datetime(2026, 4, 30, 23, 50, tzinfo=UTC))
    register = MemoryCasStore()
    quota = Quota("one", ODDS, register, hands)
    quota.correct({"x-requests-remaining": "0"})
    hands.move(3600)
    assert quota.standing().used == 0


def test_a_call_near_the_end_of_a_month_counts_in_both() -> None:
    hands = Hands(datetime(2026, 4, 30, 23, 50, tzinfo=UTC))
    quota = Quota("one", ODDS, MemoryCasStore(), hands)
    quota.take()
    assert quota.standing().used == 1
    hands.move(3600)
    assert quota.standing().used == 1


def test_a_clock_that_runs_off_and_comes_back_finds_the_same_count() -> None:
    hands = Hands(NOON)
    quota = Quota("one", ODDS, MemoryCasStore(), hands)
    used = taken(quota, urgent=True)
    for error in (timedelta(days=40_000), timedelta(days=-4_000)):
        hands.error = error
        quota.take()
    hands.error = timedelta()
    assert quota.standing().used == used
    with pytest.raises(QuotaSpent):
        quota.take(urgent=True)


def test_without_a_count_no_call_is_made() -> None:
    with pytest.raises(CacheUnavailable):
        Quota("one", ODDS, AwayRegister(), Hands(NOON)).take()


@pytest.mark.parametrize("text", ["{", "[1]", '{"2026-04": "many"}', "7"])
def test_a_count_that_cannot_be_read_is_not_taken_for_none(text: str) -> None:
    register = MemoryCasStore()
    register.swap("quota:one", None, text)
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        Quota("one", ODDS, register, Hands(NOON)).take()


def test_of_many_at_once_no_more_get_through_than_there_are() -> None:
    register, hands = MemoryCasStore(), Hands(NOON)
    allowed = taken(Quota("one", FOOTBALL, MemoryCasStore(), hands))
    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(lambda _: taken(Quota("one", FOOTBALL, register, hands), most=20), range(8)))
    assert sum(counts) == allowed


class Provider:
    """Counts the calls of each true period, and says so in its headers as The Odds API does."""

    def __init__(self, plan: QuotaPlan) -> None:
        self.plan = plan
        self.used: Counter[str] = Counter()

    def called(self, at: datetime) -> dict[str, str]:
        period = period_of(at, self.plan.unit).name
        self.used[period] += 1
        left = self.plan.calls - self.used[period]
        return {"x-requests-remaining": str(left), "x-requests-used": str(self.used[period])}


@settings(max_examples=25)
@given(seed=st.integers(0, 2**32), unit=st.sampled_from(["month", "day"]), counts_told=st.booleans())
def test_two_simulated_months_of_double_traffic_on_clocks_that_jump(
    seed: int, unit: Unit, counts_told: bool
) -> None:
    """Four processes, each with a clock that jumps by up to ten minutes; half of the calls are urgent."""
    random = Random(seed)
    plan = QuotaPlan(60, unit) if unit == "month" else QuotaPlan(10, unit)
    wanted = 2 * plan.calls * (2 if unit == "month" else 61)
    begin, register, provider = datetime(2026, 1, 31, tzinfo=UTC), MemoryCasStore(), Provider(plan)
    processes = [Hands() for _ in range(4)]
    quotas = [Quota("one", plan, register, hands) for hands in processes]
    seconds = [random.uniform(0, 61 * 86_400) for _ in range(wanted * 3 // 4)]
    # A quarter of the traffic falls on the minutes round the ends of months and days.
    seconds += [random.randrange(1, 61) * 86_400 + random.gauss(0, 600) for _ in range(wanted - len(seconds))]
    for second in sorted(seconds):
        chance = random.randrange(4)
        processes[chance].at = begin + timedelta(seconds=second)
        processes[chance].error = timedelta(seconds=random.choice((-600, 0, 600, random.uniform(-600, 600))))
        try:
            quotas[chance].take(urgent=random.random() < 0.5)
        except QuotaSpent:
            continue
        headers = provider.called(processes[chance].at)
        if counts_told:
            quotas[chance].correct(headers)
    assert max(provider.used.values()) <= plan.calls
    whole = [name for name in provider.used if name.startswith(("2026-02", "2026-03"))]
    assert sum(provider.used[name] for name in whole) >= 0.75 * plan.calls * len(whole)


class Counted(MemoryCasStore):
    """Counts how often it is read."""

    reads = 0

    def read(self, name: str) -> str | None:
        self.reads += 1
        return super().read(name)


def test_a_count_that_nobody_else_changed_is_not_read_again_and_one_that_was_is() -> None:
    register, hands = Counted(), Hands(NOON.replace(hour=23, minute=30))
    ours, theirs = (Quota("one", QuotaPlan(100, "day", reserve=0.0), register, hands) for _ in range(2))
    by_now = ours.standing().allowed_now
    register.reads = 0
    ours.take()
    ours.take()
    assert register.reads == 1
    theirs.take(by_now - 7)
    ours.take()
    with pytest.raises(QuotaSpent):
        theirs.take(5)
    ours.take(4)
    for quota in (ours, theirs):
        with pytest.raises(QuotaSpent):
            quota.take()
    assert ours.standing().used == by_now


def test_a_count_that_was_set_back_by_a_person_is_believed() -> None:
    register = MemoryCasStore()
    quota = Quota(
        "one", QuotaPlan(100, "day", reserve=0.0), register, Hands(NOON.replace(hour=23, minute=30))
    )
    by_now = quota.standing().allowed_now
    quota.take(by_now)
    text = register.read("quota:one")
    assert text is not None
    register.swap("quota:one", text, "{}")
    quota.take()
    assert quota.standing().used == 1
