"""What a soak makes of its samples: a leak is seen, a warm-up and a jump are none."""

from __future__ import annotations

import os

import pytest

from infra.bench.processes import ProcessSample, family, sample
from infra.bench.soak import summary
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


def missed(samples: list[ProcessSample], found: WrkResult = GOOD) -> list[str]:
    result = summary({"up": samples}, {"Worker": found}, 600, ["odds: done"])
    return [check.what for check in result.checks if not check.holds]


def test_a_process_that_grows_only_while_it_warms_up_holds():
    assert missed(half_hour(0.05)) == []


def test_memory_that_grows_steadily_is_a_leak():
    assert missed(half_hour(0.2)) == ["up: memory in 10 min"]


def test_descriptors_that_are_never_given_back_are_a_leak():
    assert missed(half_hour(0, 0.5)) == ["up: descriptors never given back"]


def test_a_request_without_a_good_answer_is_reported():
    broken = WrkResult(requests=900, seconds=30, broken=1, refused=2, p50_ms=1, p99_ms=9, said="")
    assert missed(half_hour(0), broken) == ["requests without a good answer"]


def test_a_soak_that_ended_in_its_warm_up_is_refused():
    with pytest.raises(Unavailable, match="warm-up"):
        summary({"up": half_hour(0)}, {}, 3600, [])


def test_a_process_is_looked_at_with_its_children():
    assert os.getpid() in [pid for _, pid in family(os.getpid())]
    mine = sample(os.getpid(), 0)
    assert mine.rss_mb > 1
    assert mine.threads >= 1
    assert mine.descriptors >= 1
