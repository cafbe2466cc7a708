"""Three times what a process can do (line L10): what it sheds, what it still does, how soon it is well again.

``python -m infra.bench.overload``. Every request is a miss of its own (the list of 400 matches between two
days that nobody named before), so nothing but computing can answer it. First a closed loop finds the most
that one process gives; then requests come at three times that rate, whether it answers or not; then one at
a time.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median

from infra.bench.check import BoundCheck, Measurement, finish, options
from infra.bench.fixtures import match_day
from infra.bench.function import insights_function
from infra.rigs.part import HOST

TIMES = 3.0
SHED = (429, 503)
CLOSED = 4
"""Readers that are enough to keep one process busy."""
READERS = 128
FIXTURES = 400
GIVE_UP_S = 60.0
MOST_SHED_MS, MOST_RECOVERY_S, LEAST_GOODPUT = 50.0, 5.0, 0.8


@dataclass(frozen=True, slots=True)
class TimedResponse:
    """A status and whether it names a time to come again, when it was there, and after how long."""

    status: int
    is_timed: bool
    at: float
    took_s: float


def misses(today: date) -> Iterator[bytes]:
    """Requests that only computing can answer: all matches between two days that nobody named before."""
    for number in count():
        first, last = today - timedelta(days=number % 1000), today + timedelta(days=30 + number // 1000)
        yield f"GET /api/v1/matches?from={first}&to={last} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


class Reader:
    """One connection that is kept open."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> TimedResponse:
        """One request and its answer."""
        if self._streams is None:
            self._streams = await asyncio.open_connection(HOST, self._port)
        reader, writer = self._streams
        began = time.perf_counter()
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0]))
        ended = time.perf_counter()
        return TimedResponse(int(head.split(b" ", 2)[1]), b"\r\nretry-after:" in head, ended, ended - began)

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


async def closed(readers: Sequence[Reader], asked: Iterator[bytes], seconds: float) -> list[TimedResponse]:
    """What ``readers`` get, each asking again when it is answered."""
    until = time.perf_counter() + seconds

    async def read(reader: Reader) -> list[TimedResponse]:
        answers = []
        while time.perf_counter() < until:
            answers.append(await reader.ask(next(asked)))
        return answers

    return [answer for each in await asyncio.gather(*map(read, readers)) for answer in each]


async def opened(
    readers: Sequence[Reader], asked: Iterator[bytes], rate: float, seconds: float
) -> list[TimedResponse]:
    """What ``readers`` get when requests come ``rate`` a second, whatever became of those before them."""
    began, numbers = time.perf_counter(), iter(range(int(rate * seconds)))

    async def read(reader: Reader) -> list[TimedResponse]:
        answers = []
        for number in numbers:
            await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
            answers.append(await reader.ask(next(asked)))
        return answers

    return [answer for each in await asyncio.gather(*map(read, readers)) for answer in each]


async def recovered(reader: Reader, asked: Iterator[bytes], usual_s: float) -> float:
    """Seconds until a miss is answered about as soon as before the crowd."""
    began = time.perf_counter()
    while True:
        answer = await reader.ask(next(asked))
        if (answer.status == 200 and answer.took_s <= 3 * usual_s) or answer.at - began > GIVE_UP_S:
            return answer.at - began


@dataclass(frozen=True, slots=True)
class Crowd:
    """One round: misses a second at the most, what a crowd has met in ``lasted_s``, and the time after it."""

    peak: float
    met: Sequence[TimedResponse]
    lasted_s: float
    recovery_s: float

    @property
    def times(self) -> float:
        """Requests that came, over the peak."""
        return len(self.met) / self.lasted_s / self.peak

    @property
    def goodput(self) -> float:
        """Answers that were given, over the peak."""
        return _good(self.met) / self.lasted_s / self.peak

    @property
    def shed_ms(self) -> list[float]:
        """How long each request waited that was shed, the shortest first."""
        return sorted(1e3 * answer.took_s for answer in self.met if answer.status in SHED) or [0.0]

    @property
    def strange(self) -> int:
        """Answers that are neither good nor a refusal that says when to come again."""
        return sum(
            answer.status != 200 and not (answer.status in SHED and answer.is_timed) for answer in self.met
        )


async def crowd(port: int, asked: Iterator[bytes], seconds: float) -> Crowd:
    """Finds the most, passes it threefold, waits for quiet."""
    readers = [Reader(port) for _ in range(READERS)]
    try:
        usual_s = median(answer.took_s for answer in await closed(readers[:1], asked, 2))
        peak = _good(await closed(readers[:CLOSED], asked, seconds)) / seconds
        began = time.perf_counter()
        met = await opened(readers, asked, TIMES * peak, seconds)
        lasted_s = time.perf_counter() - began
        return Crowd(peak, met, lasted_s, await recovered(readers[0], asked, usual_s))
    finally:
        for reader in readers:
            reader.close()


def summary(rounds: Sequence[Crowd]) -> Measurement:
    """The figures of several rounds: medians, but no strange answer and no late recovery in any."""
    slow_ms = median(each.shed_ms[int(0.99 * len(each.shed_ms))] for each in rounds)
    return Measurement(
        [
            BoundCheck(
                id="L10",
                what="asked for over the peak",
                value=median(each.times for each in rounds),
                sense="≥",
                bound=0.9 * TIMES,
                unit="×",
            ),
            BoundCheck(
                id="L10",
                what="neither given nor shed with Retry-After",
                value=sum(each.strange for each in rounds),
                sense="=",
                bound=0,
            ),
            BoundCheck(
                id="L10",
                what="until a request is shed, p99",
                value=slow_ms,
                sense="≤",
                bound=MOST_SHED_MS,
                unit="ms",
            ),
            BoundCheck(
                id="L10",
                what="goodput over the peak",
                value=median(each.goodput for each in rounds),
                sense="≥",
                bound=LEAST_GOODPUT,
                unit="×",
            ),
            BoundCheck(
                id="L10",
                what="until misses are as fast as before",
                value=max(each.recovery_s for each in rounds),
                sense="≤",
                bound=MOST_RECOVERY_S,
                unit="s",
            ),
        ],
        [
            f"L10: the most is {each.peak:.0f} misses a second; {_good(each.met)} given, "
            f"{len(each.met) - _good(each.met)} shed, p50 {median(each.shed_ms):.1f} ms."
            for each in rounds
        ],
    )


def _good(answers: Sequence[TimedResponse]) -> int:
    return sum(answer.status == 200 for answer in answers)


def measure(rounds: int, seconds: float) -> Measurement:
    """All figures of the line."""
    now = datetime.now(UTC)
    asked = misses(now.date())
    with tempfile.TemporaryDirectory(prefix="sabiscore-bench-") as folder:
        day = match_day(Path(folder), now, FIXTURES)
        with insights_function(day.data_dir) as function:
            return summary([asyncio.run(crowd(function.port, asked, seconds)) for _ in range(rounds)])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print."""
    parser = options("infra.bench.overload", __doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=8.0, help="Of the closed loop, and of the crowd.")
    given = parser.parse_args(arguments)
    return finish(lambda: measure(given.rounds, given.seconds), given.json)


if __name__ == "__main__":
    sys.exit(main())
