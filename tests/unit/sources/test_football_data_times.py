"""Dates, kick-offs and price collection, on the days where they are easily got wrong."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from sabiscore.domain.match import in_season
from sabiscore.sources.football_data_times import kickoff, priced_at, read_day, season_of

DAYS = st.dates(date(1993, 7, 1), date(2060, 12, 31))


def test_the_clock_of_the_files_is_british_in_summer_and_winter() -> None:
    assert kickoff(date(2025, 3, 30), "20:00") == datetime(2025, 3, 30, 19, 0, tzinfo=UTC)
    assert kickoff(date(2025, 3, 29), "20:00") == datetime(2025, 3, 29, 20, 0, tzinfo=UTC)
    assert kickoff(date(2024, 2, 29), "00:30") == datetime(2024, 2, 29, 0, 30, tzinfo=UTC)
    assert kickoff(date(2024, 2, 29), "24:00") is None
    assert kickoff(date(2024, 2, 29), "late") is None


@given(DAYS)
def test_prices_are_collected_on_the_last_friday_or_tuesday_and_never_after_the_day(day: date) -> None:
    at = priced_at(day)
    assert at.weekday() == (4 if day.weekday() in (4, 5, 6, 0) else 1)
    assert timedelta(0) <= day - at.date() <= timedelta(days=3)
    assert at.utcoffset() == timedelta(0)


@given(DAYS)
def test_every_day_is_in_the_season_it_is_said_to_be_of(day: date) -> None:
    start = day.year if day.month >= 7 else day.year - 1
    assert season_of(day) == f"{start % 100:02d}{(start + 1) % 100:02d}"
    assert in_season(day, start)


@given(DAYS)
def test_both_ways_of_writing_a_date_are_read_day_first(day: date) -> None:
    assert read_day(day.strftime("%d/%m/%Y")) == day
    assert read_day(day.strftime("%d/%m/%y")) == day
