"""What was observed, read on by one who looks again and again, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sabiscore.store.observations import Observation, Observations
from sabiscore.store.session import Database

DAY, AT = date(2025, 8, 16), datetime(2025, 8, 16, 12, tzinfo=UTC)
PREFERRED = ("espn.com", "api-football.com")


def seen(number: int, minutes: int, goals: tuple[int, int] | None = None, days: int = 0) -> Observation:
    status = "scheduled" if goals is None else "finished"
    return Observation(
        league="epl",
        season="2526",
        day=DAY + timedelta(days=days),
        home=f"home-{number}",
        away="away",
        status=status,
        source="espn.com",
        known_at=AT + timedelta(minutes=minutes),
        goals=goals,
    )


def test_one_who_looks_again_sees_what_one_who_looks_first_does(database_url: str) -> None:
    database = Database(database_url)
    looking = Observations(database)
    added = (
        [seen(1, 0), seen(2, 0)],
        [seen(1, 10, (2, 1))],
        [seen(3, 10)],  # at the very instant of the one before
        [seen(4, -30)],  # by somebody whose clock is behind
        [seen(2, 20, (0, 0), days=-9), seen(5, 20)],
    )
    for some in added:
        Observations(database).add(some)
        for since in (DAY, DAY + timedelta(days=1), DAY - timedelta(days=10)):
            found = looking.current(since, PREFERRED)
            assert found == Observations(database).current(since, PREFERRED)
            assert looking.current(since, PREFERRED) is found, "nothing was added"
    assert len(looking.current(DAY - timedelta(days=10))) == 5
    database.close()
