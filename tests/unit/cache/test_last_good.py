"""The newest copy that could be read stays while newer ones cannot."""

from __future__ import annotations

import pytest

from sabiscore.cache.last_good import LastGood
from sabiscore.errors import BadPublication, NothingPublished


def test_the_last_good_copy_stays_while_newer_ones_fail():
    stamps, loads = iter([1, 1, 2, 2, 3]), iter(["old", BadPublication("altered"), "new"])

    def load():
        value = next(loads)
        if isinstance(value, Exception):
            raise value
        return value

    holder = LastGood(load, lambda: next(stamps))
    assert [holder.get(), holder.get()] == ["old", "old"]
    assert holder.refused is None
    assert [holder.get(), holder.get()] == ["old", "old"]
    assert str(holder.refused) == "altered"
    assert holder.get() == "new"
    assert holder.refused is None


def test_without_any_good_copy_the_error_is_raised_each_time():
    def load():
        raise NothingPublished("nothing yet")

    holder = LastGood(load, lambda: None)
    for _ in range(2):
        with pytest.raises(NothingPublished, match="nothing yet"):
            holder.get()


def failing(*outcomes):
    """A load that raises or gives ``outcomes`` one after the other."""
    left = iter(outcomes)

    def load():
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return load


def test_the_fallback_serves_until_the_first_good_copy_and_the_error_stays_known():
    stamps = iter([1, 1, 2, 3])
    load = failing(BadPublication("altered"), BadPublication("torn"), "new")
    holder = LastGood(load, lambda: next(stamps), fallback=lambda error: f"instead of {error}")
    assert [holder.get(), holder.get(), holder.get()] == ["instead of altered"] * 3
    assert str(holder.refused) == "torn"
    assert holder.get() == "new"
    assert holder.refused is None


def test_without_any_copy_only_one_that_keeps_trying_loads_again_for_the_same_stamp():
    load = failing(BadPublication("altered"), "good", "never asked for")
    holder = LastGood(load, lambda: 1, keep_trying=True)
    with pytest.raises(BadPublication):
        holder.get()
    assert [holder.get(), holder.get()] == ["good", "good"]
