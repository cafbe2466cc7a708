"""An operator sees where answers came from, and how many had to be made."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from tests.support.served import NOW, world

READ = "/api/v1/insights/epl-2526-arsenal-chelsea"


def counted(served) -> Counter[str]:
    lines = [line.rpartition(" ") for line in served.client.get("/metrics").text.splitlines()]
    return Counter(
        {
            name: int(value)
            for name, _, value in lines
            if name.startswith(("sabiscore_answers", "sabiscore_comp"))
        }
    )


def test_answers_are_counted_by_their_source_and_computations_whoever_waits(tmp_path):
    served = world(tmp_path)
    before = counted(served)
    for _ in range(3):
        served.client.get(READ)
    served.clock.at = NOW + timedelta(seconds=400)
    assert served.client.get(READ).headers["age"] == "400"  # stale, and made anew behind
    grown = counted(served) - before
    assert grown == {
        'sabiscore_answers_total{source="computed"}': 1,
        'sabiscore_answers_total{source="memory"}': 3,
        "sabiscore_computations_total": 2,
    }
