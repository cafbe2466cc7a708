"""Values are kept until their instant, bounded in number, and made once at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from sabiscore.cache.last_good import LastGood
from sabiscore.cache.memory import Memory
from sabiscore.errors import BadPublication, NothingPublished


class Seconds:
    """A clock moved by hand."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def test_a_value_is_fresh_until_its_instant():
    clock = Seconds()
    memory = Memory(3, clock)
    memory.put("a", 1, 10)
    clock.at = 9.9
    assert memory.get("a") == 1
    clock.at = 10.0
    assert memory.get("a") is None
    assert (memory.hits, memory.misses) == (1, 1)


def test_the_least_recently_used_leaves_first():
    memory = Memory(2, Seconds())
    memory.put("a", 1, 10)
    memory.put("b", 2, 10)
    memory.get("a")
    memory.put("c", 3, 10)
    assert (memory.get("a"), memory.get("b"), memory.get("c"), len(memory)) == (1, None, 3, 2)


def test_many_callers_make_a_value_once():
    memory = Memory(3, Seconds())
    begun, made = threading.Barrier(20), []

    def make():
        made.append(threading.get_ident())
        return len(made)

    def ask(_):
        begun.wait()
        return memory.compute("a", 10, make)

    with ThreadPoolExecutor(20) as callers:
        answers = list(callers.map(ask, range(20)))
    assert answers == [1] * 20
    assert len(made) == 1
    assert memory._flights == {}


def test_a_failure_is_the_callers_own_and_the_next_tries_anew():
    memory = Memory(3, Seconds())

    def fails():
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        memory.compute("a", 10, fails)
    assert memory.compute("a", 10, lambda: 7) == 7


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
