"""The log of events and what consumers did, in SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

import pytest

from sabiscore.errors import StoreUnavailable
from sabiscore.events.event import Event, Goal, decode
from sabiscore.events.stored_event import StoredEvent
from sabiscore.store.consumer_state import BEGUN_FOR, SqlConsumerState
from sabiscore.store.events import EventLog, record
from sabiscore.store.observations import Observation, Observations
from sabiscore.store.session import Database
from sabiscore.store.snapshots import Snapshot, Snapshots
from tests.support.sample_events import AT, every_kind, poison

EVENTS = [event for number in range(80) for event in every_kind(number)]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def read(kept: Iterable[StoredEvent]) -> list[Event]:
    return [decode(event.body) for event in kept]


def put(database: Database, events: list[Event]) -> None:
    with database.transaction() as connection:
        record(connection, events)


def test_events_are_kept_once_and_sent_in_their_order(database: Database) -> None:
    log = EventLog(database)
    put(database, EVENTS)
    put(database, EVENTS[::-1])
    first = log.unsent(most=500)
    rest = log.unsent(first[-1].seq, most=500)
    assert read([*first, *rest]) == EVENTS
    assert log.unsent_count() == len(EVENTS)
    log.sent([event.seq for event in first], AT)
    log.sent([event.seq for event in first], AT + MINUTE)
    assert log.unsent() == rest
    assert {event.published_at for event in log.recent(1_000)} == {AT, None}


def test_a_cause_that_does_not_come_about_leaves_no_event(database: Database) -> None:
    def cause() -> None:
        with database.transaction() as connection:
            record(connection, EVENTS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cause()
    assert EventLog(database).unsent() == []


def test_the_newest_are_shown_last_by_kind_and_match(database: Database) -> None:
    log = EventLog(database)
    put(database, EVENTS)
    assert read(log.recent(3)) == EVENTS[-3:]
    goals = log.recent(1_000, kind="goal")
    assert read(goals) == [event for event in EVENTS if isinstance(event, Goal)]
    assert [item.kind for item in log.recent(10, kind="goal", match_id=EVENTS[0].match_id)] == ["goal"]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE events SET body = ''", "UPDATE events SET id = 'x' WHERE seq = 1", "DELETE FROM events"],
)
def test_the_database_itself_keeps_what_was_not_sent_as_it_is(database: Database, statement: str) -> None:
    put(database, EVENTS[:5])
    with (
        pytest.raises(StoreUnavailable, match="append-only"),
        database.transaction() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert read(EventLog(database).recent(10)) == EVENTS[:5]


def test_only_what_was_sent_long_ago_is_forgotten(database: Database) -> None:
    log = EventLog(database)
    put(database, EVENTS[:3])
    event, two, _ = log.unsent()
    log.sent([event.seq], AT)
    log.sent([two.seq], AT + MINUTE)
    assert log.forget(AT + MINUTE) == 1
    assert read(log.recent(10)) == EVENTS[1:3]


def test_an_effect_is_its_consumers_once_and_another_ones_too(database: Database) -> None:
    effects = SqlConsumerState(database)
    ids = [event.id for event in EVENTS[:3]]

    def turns(consumer: str, at=AT) -> list[str]:
        found = effects.begin(consumer, EVENTS[:3], at, keeps_order=False)
        return [found[key] for key in ids]

    assert turns("rooms") == ["mine"] * 3
    assert turns("rooms") == ["busy"] * 3
    assert turns("others") == ["mine"] * 3
    effects.finish("rooms", ids[:1])
    effects.release("rooms", ids[:2])
    assert turns("rooms") == ["done", "mine", "busy"]
    late = AT + BEGUN_FOR
    assert turns("rooms", late) == ["done", "mine", "mine"], "whoever began them is dead"
    assert turns("rooms", late) == ["done", "busy", "busy"]
    assert effects.forget(late + MINUTE) == 6
    assert turns("rooms", late) == ["mine"] * 3


def test_who_keeps_order_is_not_given_what_a_newer_event_made_old(database: Database) -> None:
    effects = SqlConsumerState(database)
    goals = [
        Goal(match_id="epl-2526-a-b", at=AT + k * MINUTE, before=(k, 0), score=(k + 1, 0), source="espn.com")
        for k in range(3)
    ]
    other = Goal(match_id="epl-2526-c-d", at=AT, before=(0, 0), score=(1, 0), source="espn.com")
    found = effects.begin("rooms", [goals[1], goals[0]], AT, keeps_order=True)
    assert set(found.values()) == {"mine"}, "those of one reading do not overtake each other"
    effects.begin("rooms", [goals[2]], AT, keeps_order=True)
    effects.release("rooms", [goals[1].id])
    found = effects.begin("rooms", [goals[1], other], AT, keeps_order=True)
    assert [found[goals[1].id], found[other.id]] == ["overtaken", "mine"]


def test_what_is_set_aside_is_kept_once_with_its_reason(database: Database) -> None:
    effects = SqlConsumerState(database)
    for text in [*poison(1), *poison(1)]:
        effects.set_aside("", text, "The event is no JSON.", AT)
    effects.set_aside("rooms", poison(1)[0], "\x1b it broke \0", AT + MINUTE)
    letters = effects.letters(100)
    assert effects.letters_count() == len(letters) == len(poison(1)) + 1
    assert (letters[-1].consumer, letters[-1].reason) == ("rooms", "\ufffd it broke \ufffd")
    assert max(len(letter.body) for letter in letters) == 2_000
    assert all(letter.body.isprintable() for letter in letters)
    assert effects.forget(AT + MINUTE) == len(poison(1))


def seen(minute: int, goals: tuple[int, int] | None, status="in_play", source="espn.com") -> Observation:
    at = AT + minute * MINUTE
    return Observation(
        league="epl",
        season="2526",
        day=AT.date(),
        home="arsenal",
        away="chelsea",
        status=status,
        source=source,
        known_at=at,
        kickoff_at=AT,
        goals=goals,
    )


def test_goals_are_what_changed_since_somebody_looked_and_nothing_is_reported_twice(
    database: Database,
) -> None:
    observations, log = Observations(database), EventLog(database)
    story = [
        seen(-60, None, "scheduled"),
        seen(1, (0, 0)),
        seen(20, (1, 0)),
        seen(21, (1, 0)),
        seen(22, (1, 0), source="api-football.com"),
        seen(40, (0, 0)),
        seen(60, (2, 1)),
        seen(110, (2, 1), "finished"),
        seen(115, (2, 2), "finished", "api-football.com"),
    ]
    for item in [*story, *story[-2:]]:
        observations.add([item])
        observations.add([item])
    events = read(log.recent(100))
    assert [(event.kind, event.before, event.score) for event in events] == [
        ("goal", (0, 0), (1, 0)),
        ("score_corrected", (1, 0), (0, 0)),
        ("goal", (0, 0), (2, 1)),
        ("goal", (2, 1), (2, 2)),
    ]
    assert [event.at for event in events] == [AT + minute * MINUTE for minute in (20, 40, 60, 115)]


def test_a_match_that_nobody_reported_before_has_no_goals_to_report(database: Database) -> None:
    observations, log = Observations(database), EventLog(database)
    observations.add([seen(100, (2, 1), "finished")])
    assert log.recent(10) == []
    observations.add([seen(101, (3, 1), "finished"), seen(102, None, "awarded")])
    assert [decode(event.body).score for event in log.recent(10)] == [(3, 1)]


def average(minute: int, odds: tuple[float, ...], book: str = "avg") -> Snapshot:
    at = AT + minute * MINUTE
    return Snapshot(
        match_id="epl-2526-arsenal-chelsea",
        market="1x2",
        book=book,
        odds=odds,
        quoted_at=at,
        source="test",
        fetched_at=at,
    )


def test_odds_move_when_the_average_has_gone_far_enough_since_the_last_move_reported(
    database: Database,
) -> None:
    snapshots, log = Snapshots(database), EventLog(database)
    prices = [(2.0, 3.5, 3.9), (2.02, 3.5, 3.85), (2.05, 3.45, 3.75), (2.04, 3.45, 3.75), (1.8, 3.7, 4.6)]
    for minute, odds in enumerate(prices):
        for _ in range(2):
            snapshots.add([average(minute, odds), average(minute, (odds[0] + 1, *odds[1:]), "ps")])
    events = read(log.recent(10))
    assert [(event.old, event.new) for event in events] == [(prices[0], prices[2]), (prices[2], prices[4])]
    assert [event.at for event in events] == [AT + 2 * MINUTE, AT + 4 * MINUTE]
    snapshots.add([average(-10, (5.0, 3.5, 1.7))])
    assert len(log.recent(10)) == 2, "what comes late is no news"
