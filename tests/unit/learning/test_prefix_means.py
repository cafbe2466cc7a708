"""Running means that were kept are gone on with to the last digit, and only while they are of the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sabiscore.history import Floats
from sabiscore.learning.prefix_means import NEWEST_MARKS, OLDER_MARK_EVERY, Ends, PrefixMeans
from sabiscore.pipeline.kept_means import MEANS_FILE, keep_means, means_in

DAYS = 200


def table(seed: int = 1, days: int = DAYS) -> tuple[Floats, Ends]:
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.integers(1, 12, DAYS))[:days]
    return rng.normal(size=3_000)[: ends[-1]], ends


def plain(values: Floats, ends: Ends) -> list[float]:
    return [float(values[:end].mean()) for end in ends]


def kept_of(folder: Path, values: Floats, ends: Ends) -> PrefixMeans:
    means = means_in(folder)
    means.of("losses", values, ends)
    keep_means(folder, means)
    return means_in(folder)


@pytest.mark.parametrize("days", [1, 100, DAYS - 1, DAYS])
def test_means_that_go_on_are_those_computed_at_once(tmp_path: Path, days: int) -> None:
    values, ends = table()
    earlier = kept_of(tmp_path, *table(days=days))
    assert earlier.of("losses", values, ends).tolist() == plain(values, ends)


@pytest.mark.parametrize("place", [0, 300, 700, -1])
def test_a_value_that_changed_changes_every_mean_from_there_on(tmp_path: Path, place: int) -> None:
    values, ends = table()
    earlier = kept_of(tmp_path, values, ends)
    values[place] += 1
    assert earlier.of("losses", values, ends).tolist() == plain(values, ends)


def test_a_late_result_is_in_every_mean_after_it(tmp_path: Path) -> None:
    values, ends = table()
    earlier = kept_of(tmp_path, values, ends)
    more, later = np.insert(values, 400, 9.0), ends + (ends > 400)
    assert earlier.of("losses", more, later).tolist() == plain(more, later)


def test_fewer_values_and_another_name_take_nothing_that_is_not_theirs(tmp_path: Path) -> None:
    values, ends = table()
    earlier = kept_of(tmp_path, values, ends)
    assert earlier.of("losses", *table(days=7)).tolist() == plain(*table(days=7))
    assert earlier.of("closing", values, ends).tolist() == plain(values, ends)


def test_few_marks_are_kept_of_many_means(tmp_path: Path) -> None:
    marks = kept_of(tmp_path, *table()).kept
    assert marks == {}, "nothing was asked for yet"
    means = PrefixMeans()
    means.of("losses", *table())
    older = range(OLDER_MARK_EVERY, DAYS - NEWEST_MARKS + 1, OLDER_MARK_EVERY)
    assert sorted(means.kept["losses"].marks) == [*older, *range(DAYS - NEWEST_MARKS + 1, DAYS + 1)]


def test_a_file_that_was_altered_is_as_good_as_none(tmp_path: Path) -> None:
    values, ends = table()
    kept_of(tmp_path, values, ends)
    path = tmp_path / MEANS_FILE
    path.write_bytes(path.read_bytes()[:-1])
    assert means_in(tmp_path).of("losses", values, ends).tolist() == plain(values, ends)
