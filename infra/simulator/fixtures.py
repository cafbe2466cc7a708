"""Who meets whom, and when: a round robin laid over the weekends of a season."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from sabiscore.history import Ints

_DAYS = np.array([-1, 0, 0, 0, 0, 0, 0, 1, 1, 2])
"""Days after the round's Saturday on which its matches may be played: mostly Saturday."""
_TIMES = np.array(["12:30", "15:00", "15:00", "15:00", "15:00", "17:30", "20:00"])


def round_robin(n: int, cycles: int) -> Ints:
    """int [rounds, n // 2, 2]: who is at home to whom; everybody meets everybody ``cycles`` times.

    The circle method; every second cycle swaps the grounds, so an even number of cycles is fair.

    >>> round_robin(4, 2).shape
    (6, 2, 2)
    """
    if n % 2 or n < 2:
        raise ValueError(f"a round robin here needs an even number of clubs, not {n}")
    rounds = []
    for turn in range(n - 1):
        ring = [0, *(1 + (index + turn) % (n - 1) for index in range(n - 1))]
        pairs = [(ring[index], ring[n - 1 - index]) for index in range(n // 2)]
        # The clubs' grounds alternate from round to round, and so does the fixed club's.
        rounds.append([pair if (index + turn) % 2 else pair[::-1] for index, pair in enumerate(pairs)])
    once = np.array(rounds)
    return np.concatenate([once if cycle % 2 == 0 else once[:, :, ::-1] for cycle in range(cycles)])


def round_days(start_year: int, rounds: int) -> list[date]:
    """The day each round is built around: Saturdays from August to May, Tuesdays where those run out."""
    first = date(start_year, 8, 8)
    first += timedelta(days=(5 - first.weekday()) % 7)
    saturdays = [first + timedelta(weeks=week) for week in range(41)]
    midweek = [day + timedelta(days=3) for day in saturdays]
    spread = np.linspace(0, 40, min(rounds, 41)).astype(int)
    extra = np.linspace(3, 37, max(rounds - 41, 0)).astype(int)
    return sorted([saturdays[week] for week in spread] + [midweek[week] for week in extra])


def draw_days(days: list[date], matches: int, rng: np.random.Generator) -> Ints:
    """int [rounds x matches]: days since 1970 of every match; weekend rounds spread over four days."""
    base = np.array([(day - date(1970, 1, 1)).days for day in days])
    weekend = np.array([day.weekday() == 5 for day in days])
    shift = rng.choice(_DAYS, (len(days), matches)) * weekend[:, None]
    drawn: Ints = (base[:, None] + shift).ravel()
    return drawn


def draw_times(n: int, rng: np.random.Generator) -> list[str]:
    """Kick-off times of n matches, as the feed writes them."""
    return [str(time) for time in rng.choice(_TIMES, n)]
