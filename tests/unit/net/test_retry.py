"""Few attempts, named errors, pauses as asked for, all within one deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import stamina

from sabiscore.errors import (
    BadAnswer,
    CircuitOpen,
    NoResponse,
    NotFound,
    QuotaSpent,
    SourceBusy,
    SourceDenied,
)
from sabiscore.net.retry import JITTER, LONGEST_S, pause_s, persistently
from sabiscore.net.retry_after import retry_after_s

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    """stamina's pauses are nothing; how often it tries stays ours."""
    with stamina.set_testing(True, attempts=3):
        yield


class Work:
    """Raises ``errors`` one after the other, then works."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.left: list[float] = []

    def __call__(self, left_s: float) -> str:
        self.left.append(left_s)
        if self.errors:
            raise self.errors.pop(0)
        return "done"


def failures(count: int) -> list[Exception]:
    return [NoResponse(f"away {number}") for number in range(count)]


def test_it_is_tried_three_times_at_most() -> None:
    work = Work(*failures(2))
    assert persistently(work, deadline_s=60) == "done"
    assert len(work.left) == 3
    work = Work(*failures(4))
    with pytest.raises(NoResponse, match="away 2"):
        persistently(work, deadline_s=60)
    assert len(work.left) == 3


@pytest.mark.parametrize("kind", [BadAnswer, NotFound, SourceDenied, CircuitOpen, QuotaSpent, ValueError])
def test_what_asking_again_does_not_change_is_not_asked_again(kind: type[Exception]) -> None:
    work = Work(kind("no"))
    with pytest.raises(kind):
        persistently(work, deadline_s=60)
    assert len(work.left) == 1


@pytest.mark.parametrize("kind", [CircuitOpen, QuotaSpent])
def test_when_no_further_attempt_may_be_made_the_last_one_tells(kind: type[Exception]) -> None:
    work = Work(NoResponse("away"), kind("no more"))
    with pytest.raises(NoResponse, match="away"):
        persistently(work, deadline_s=60)
    assert len(work.left) == 2


@pytest.mark.parametrize(
    ("asked_s", "attempts"), [(2.0, 2), (LONGEST_S, 2), (LONGEST_S + 1, 1), (1e9, 1), (None, 1)]
)
def test_a_host_that_says_when_to_come_back_is_obeyed_or_left_alone(
    asked_s: float | None, attempts: int
) -> None:
    work = Work(SourceBusy("429", retry_after_s=asked_s))
    if attempts == 2:
        assert persistently(work, deadline_s=60) == "done"
    else:
        with pytest.raises(SourceBusy):
            persistently(work, deadline_s=60)
    assert len(work.left) == attempts


def test_no_pause_reaches_beyond_the_deadline() -> None:
    for error, deadline_s in ((NoResponse("away"), 0.4), (SourceBusy("429", retry_after_s=9.0), 8.0)):
        work = Work(error)
        with pytest.raises(type(error)):
            persistently(work, deadline_s=deadline_s)
        assert len(work.left) == 1


def test_every_attempt_learns_what_is_left_of_the_deadline() -> None:
    times = iter([0.0, 0.0, 3.0, 7.0])
    work = Work(*failures(1))
    persistently(work, deadline_s=10, monotonic=lambda: next(times))
    assert work.left == [10.0, 3.0]


@pytest.mark.parametrize("attempt", range(1, 12))
def test_pauses_double_with_up_to_thirty_per_cent_on_top(attempt: int) -> None:
    least, most = (pause_s(NoResponse("away"), attempt, jitter) for jitter in (0.0, 1.0))
    assert least == min(LONGEST_S, 0.5 * 2 ** (attempt - 1))
    assert most == min(LONGEST_S, 0.5 * 2 ** (attempt - 1) * (1 + JITTER))


def date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120.0),
        ({"retry-after": " 0 "}, 0.0),
        ({"retry-after": date(90)}, 90.0),
        ({"retry-after": date(-90)}, 0.0),
        ({"retry-after": date(90), "date": date(60)}, 30.0),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Sat, 99 Nov 2026 12:02:00 GMT"}, None),
        ({"retry-after": "٣"}, None),
    ],
)
def test_retry_after_in_seconds_and_as_a_date(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, NOW) == expected


def test_work_is_a_callable_of_the_seconds_left() -> None:
    work: Callable[[float], float] = lambda left_s: left_s  # noqa: E731 - the shape is what is shown
    assert 0 < persistently(work, deadline_s=5) <= 5
