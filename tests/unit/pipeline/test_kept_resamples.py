"""Resamples that a later process goes on from: intervals are those of a bootstrap from the first value on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sabiscore.learning import metrics
from sabiscore.learning.resamples import NEWEST_KEPT, OLDER_KEPT_EVERY, Resamples
from sabiscore.pipeline.kept_resamples import RESAMPLES_FILE, keep_resamples, resamples_in

SEED = 20
VALUES = np.random.default_rng(5).normal(0.01, 0.4, 20 * metrics.BLOCK + 99)
LENGTHS = (1, 255, 256, 257, 700, 2_000, 5_000, 5_120, len(VALUES))


def test_an_interval_that_goes_on_is_that_of_all_values_to_the_last_digit(tmp_path: Path) -> None:
    for n in LENGTHS:
        resamples = resamples_in(tmp_path)
        assert resamples.interval("a", VALUES[:n], SEED) == metrics.interval(VALUES[:n], SEED)
        assert resamples.interval("b", -VALUES[:n], SEED) == metrics.interval(-VALUES[:n], SEED)
        keep_resamples(tmp_path, resamples)


@pytest.mark.parametrize("place", [0, 1_000, 4_500, 5_000, len(VALUES) - 1])
def test_a_value_that_changed_late_changes_the_interval_as_it_should(tmp_path: Path, place: int) -> None:
    before = Resamples()
    before.interval("a", VALUES, SEED)
    keep_resamples(tmp_path, before)
    changed = VALUES.copy()
    changed[place] += 5
    assert resamples_in(tmp_path).interval("a", changed, SEED) == metrics.interval(changed, SEED)
    assert resamples_in(tmp_path).interval("a", VALUES[:300], SEED) == metrics.interval(VALUES[:300], SEED)
    assert resamples_in(tmp_path).interval("a", VALUES, 21) == metrics.interval(VALUES, 21)


def test_what_is_kept_is_the_newest_and_a_few_older_ones(tmp_path: Path) -> None:
    resamples = Resamples()
    resamples.interval("a", VALUES, SEED)
    keep_resamples(tmp_path, resamples)
    whole = len(VALUES) // metrics.BLOCK
    kept = [sums.blocks for sums in resamples.kept["a"]]
    assert kept == [OLDER_KEPT_EVERY, *range(whole - NEWEST_KEPT + 1, whole + 1)]
    again = resamples_in(tmp_path)
    again.interval("a", VALUES, SEED)
    assert [sums.digest for sums in again.kept["a"]] == [sums.digest for sums in resamples.kept["a"]]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: b"",
        lambda data: data[:-1],
        lambda data: data[:500] + bytes([data[500] ^ 1]) + data[501:],
        lambda data: bytes(32) + data[32:],
    ],
    ids=["empty", "truncated", "a bit flipped", "without its digest"],
)
def test_a_spoilt_file_costs_time_and_changes_nothing(
    tmp_path: Path, spoil: Callable[[bytes], bytes]
) -> None:
    resamples = Resamples()
    resamples.interval("a", VALUES, SEED)
    keep_resamples(tmp_path, resamples)
    path = tmp_path / RESAMPLES_FILE
    path.write_bytes(spoil(path.read_bytes()))
    found = resamples_in(tmp_path)
    assert found.interval("a", VALUES, SEED) == metrics.interval(VALUES, SEED)
