"""What schedules tell of: each kind of event from its cause in a real run, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.bootstrap.events import NO_EDGE
from sabiscore.errors import BadSetting, EdgeUnavailable
from sabiscore.events.consume import Consumption
from sabiscore.events.event import Event, Goal, OddsMoved, PredictionSettled, decode
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.ledger.chain import verify
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World
from tests.support.sample_events import Counting, poison

MINUTE = timedelta(minutes=1)


@pytest.fixture
def rig(world: World, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(settings_of(world, tmp_path)) as made:
        yield made


def log(rig: Rig) -> EventLog:
    return EventLog(rig.context.store.database)


def events_of(rig: Rig, kind: str | None = None) -> list[Event]:
    return [decode(event.body) for event in log(rig).recent(10_000, kind)]


def test_every_kind_comes_from_its_cause_and_is_sent_once(
    world: World, tmp_path: Path, database_url: str
) -> None:
    with rig_of(settings_of(world, tmp_path, database_url)) as rig:
        rig.run("odds")
        kinds = Counter(event.kind for event in events_of(rig))
        bets = rig.context.bets.unsettled()
        assert kinds == {
            "prediction_sealed": verify(rig.context.ledger.entries()).sealed,
            "value_bet_opened": len(bets),
        }
        assert len(bets) > 0
        assert log(rig).unsent_count() == 0
        rig.run("odds"), rig.run("stats")
        assert Counter(event.kind for event in events_of(rig)) == kinds, "nothing new, nothing told"

        match = rig.soon[0]
        assert match.kickoff_at is not None
        rig.clock.at = match.kickoff_at - 30 * MINUTE
        for item in rig.soon:
            rig.quote(item, (1.5, 4.2, 6.5))
        rig.run("odds")
        moved = [event for event in events_of(rig, "odds_moved") if isinstance(event, OddsMoved)]
        (mine,) = [event for event in moved if event.match_id == match.id]
        assert (mine.market, mine.old, mine.new) == ("1x2", (2.12, 3.42, 3.62), (1.52, 4.22, 6.52))
        after = rig.context.bets.unsettled()
        died = {bet.key for bet in after if bet.seen_odds is None}
        events = events_of(rig, "value_bet_died")
        assert {(event.match_id, event.outcome, event.bundle) for event in events} == died  # type: ignore[union-attr]
        changed = events_of(rig, "value_bet_changed")
        assert len(changed) + len(died) > 0

        rig.world.status[match.id] = "in_play"
        for minute, goals in ((20, (0, 0)), (50, (1, 0)), (70, (0, 0)), (90, (2, 1))):
            rig.clock.at = match.kickoff_at + minute * MINUTE
            rig.world.goals[match.id] = goals
            rig.run("stats"), rig.run("stats")
        rig.clock.at = match.kickoff_at + 180 * MINUTE
        rig.play(match, (2, 1))
        rig.run("stats")
        scores = [event for event in events_of(rig) if event.kind in ("goal", "score_corrected")]
        assert [(event.kind, event.score) for event in scores] == [  # type: ignore[union-attr]
            ("goal", (1, 0)),
            ("score_corrected", (0, 0)),
            ("goal", (2, 1)),
        ]
        settled = [event for event in events_of(rig) if isinstance(event, PredictionSettled)]
        (entry,) = [item for item in rig.context.ledger.entries() if item.content["kind"] == "settled"]
        assert [(event.entry, event.goals) for event in settled] == [(entry.hash, (2, 1))]
        assert log(rig).unsent_count() == 0
        assert len({event.id for event in events_of(rig)}) == len(events_of(rig))


def test_a_run_says_what_it_sent_and_that_no_room_was_notified(rig: Rig) -> None:
    report = rig.run("odds")
    assert report.done.problems == ()
    assert report.done.figures["events_sent"] == len(events_of(rig))
    assert report.done.sentence.endswith(f"{len(events_of(rig))} events sent. {NO_EDGE}")
    assert "events" not in rig.run("odds").done.sentence


def publisher(rig: Rig, *consumers: Counting) -> OutboxPublisher:
    effects = SqlConsumerState(rig.context.store.database)
    return OutboxPublisher(
        log(rig), Consumption(consumers, effects, rig.clock.now, [].append), effects, rig.clock.now
    )


class Unreachable(Counting):
    """A consumer that fails for all events until it is reached."""

    def take(self, events: Sequence[Event]) -> Mapping[str, str]:
        raise EdgeUnavailable("The edge cannot be reached.")


def test_what_was_not_sent_goes_with_the_next_run_of_any_schedule(rig: Rig) -> None:
    consumer = Counting(fresh_for=timedelta(days=30))
    rig.context = replace(rig.context, outbox=publisher(rig, Unreachable(name=consumer.name)))
    report = rig.run("odds")
    (problem,) = report.done.problems
    assert report.outcome == "done"
    assert "The edge cannot be reached." in problem
    waiting = log(rig).unsent_count()
    assert waiting > 0
    rig.context = replace(rig.context, outbox=publisher(rig, consumer))
    assert rig.run("cleanup").done.figures["events_sent"] == waiting
    assert set(consumer.had.values()) == {1}
    assert set(consumer.had) == {event.id for event in events_of(rig)}


def test_goals_are_heard_in_the_run_that_saw_them(rig: Rig) -> None:
    consumer = Counting(kinds=frozenset({"goal"}))
    rig.context = replace(rig.context, outbox=publisher(rig, consumer))
    rig.run("stats")
    match = rig.soon[0]
    assert match.kickoff_at is not None
    rig.clock.at = match.kickoff_at + 50 * MINUTE
    rig.world.status[match.id], rig.world.goals[match.id] = "in_play", (0, 1)
    rig.run("stats")
    (goal,) = consumer.taken
    assert isinstance(goal, Goal)
    assert (goal.match_id, goal.score, goal.source, goal.at) == (match.id, (0, 1), "espn.com", rig.clock.at)


def test_cleanup_forgets_what_was_sent_a_month_ago(rig: Rig) -> None:
    rig.run("odds")
    assert events_of(rig)
    rig.clock.at += timedelta(days=31)
    assert rig.run("cleanup").done.figures["events_forgotten"] > 0
    assert events_of(rig) == []


def test_the_command_shows_the_newest_last_and_what_was_set_aside(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(rig.context.publication_dir.parents[1] / "real"))
    rig.run("odds")
    SqlConsumerState(rig.context.store.database).set_aside(
        "", poison(1)[2], "The event cannot be read.", rig.clock.at
    )
    events = events_of(rig)
    shown = CliRunner().invoke(app, ["events", "--simulated", "--last", "5"], catch_exceptions=False)
    lines = shown.output.splitlines()
    assert [line.split()[2:4] for line in lines[:5]] == [[item.kind, item.match_id] for item in events[-5:]]
    assert "set aside: The event cannot be read." in lines[5]
    assert lines[6] == "0 not sent yet, 1 set aside."
    match_id = next(event for event in events if event.kind == "value_bet_opened").match_id
    asked = ["events", "--simulated", "--kind", "value_bet_opened", "--match", match_id, "--json"]
    *of_match, letter = CliRunner().invoke(app, asked, catch_exceptions=False).output.splitlines()
    assert all(f'"match_id": "{match_id}"' in line and "value_bet_opened" in line for line in of_match)
    assert '"reason": "The event cannot be read."' in letter
    with pytest.raises(BadSetting, match="'dance'"):
        CliRunner().invoke(app, ["events", "--kind", "dance"], catch_exceptions=False)


def test_the_command_follows_what_happens(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(rig.context.publication_dir.parents[1] / "real"))
    looks = 0

    def look(seconds: float) -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            rig.run("odds")
        if looks == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("infra.cli.events.time.sleep", look)
    shown = CliRunner().invoke(app, ["events", "--simulated", "--follow"], catch_exceptions=False)
    assert shown.exit_code == 0
    first, *lines = shown.output.splitlines()
    assert first == "0 not sent yet, 0 set aside."
    assert [line.split()[2:4] for line in lines] == [[event.kind, event.match_id] for event in events_of(rig)]
