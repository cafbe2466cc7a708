"""What a soak makes of its samples: a leak is seen, a warm-up and a jump are none."""

from __future__ import annotations

import os

import pytest

from infra.bench.processes import MemorySample, ProcessSample, family, sample
from infra.bench.soak import Soak, summary
from infra.bench.wrk import WrkResult
from sabiscore.errors import Unavailable

GOOD = WrkResult(requests=900, seconds=30, broken=0, refused=0, p50_ms=1, p99_ms=9, said="")


def half_hour(mb_a_minute: float, descriptors_a_minute: float = 0) -> list[ProcessSample]:
    """Samples of a process that grows for ten minutes by 20 MB each, then by these."""
    return [
        ProcessSample(
            60.0 * minute,
            300 + 20 * min(minute, 10) + mb_a_minute * max(0, minute - 10),
            30 + minute % 3 + int(descriptors_a_minute * minute),
            8,
        )
        for minute in range(31)
    ]


STEADY = [MemorySample(60.0 * minute, 2 + minute % 2) for minute in range(31)]


def missed(
    samples: list[ProcessSample],
    found: WrkResult = GOOD,
    heap: list[MemorySample] = STEADY,
    name: str = "up",
) -> list[str]:
    soak = Soak(processes={name: samples}, heap=heap, readers={"Worker": found}, runs=["odds: done"])
    return [check.what for check in summary(soak, 600).checks if not check.holds]


def test_a_process_that_grows_only_while_it_warms_up_holds():
    assert missed(half_hour(0.05)) == []


def test_memory_that_grows_steadily_is_a_leak():
    assert missed(half_hour(0.2)) == ["up: memory in 10 min"]


def test_an_isolate_that_holds_more_and_more_after_collections_is_a_leak():
    growing = [MemorySample(60.0 * minute, 2 + 0.3 * minute) for minute in range(31)]
    assert missed(half_hour(0), heap=growing) == ["Worker's isolate: memory in 10 min"]


def test_what_workerd_has_not_collected_yet_is_no_leak_of_the_worker():
    assert missed(half_hour(5), name="workerd") == []


def test_descriptors_that_are_never_given_back_are_a_leak():
    assert missed(half_hour(0, 0.5)) == ["up: descriptors never given back"]


def test_a_request_without_a_good_answer_is_reported():
    broken = WrkResult(requests=900, seconds=30, broken=1, refused=2, p50_ms=1, p99_ms=9, said="")
    assert missed(half_hour(0), broken) == ["requests without a good answer"]


def test_a_soak_that_ended_in_its_warm_up_is_refused():
    with pytest.raises(Unavailable, match="warm-up"):
        summary(Soak(processes={"up": half_hour(0)}, heap=STEADY), 3600)


def test_a_process_is_looked_at_with_its_children():
    assert os.getpid() in [pid for _, pid in family(os.getpid())]
    mine = sample(os.getpid(), 0)
    assert mine.mb > 1
    assert mine.threads >= 1
    assert mine.descriptors >= 1
