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
