"""A simulated afternoon: what runs of odds hear of matches in play, whom they ask, and what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sabiscore.cache.targets import Targets, of_match
from sabiscore.clock import FixedClock
from sabiscore.domain.match import Match
from sabiscore.events.consume import Consumer, Consumption
from sabiscore.events.consumers import RevalidationConsumer, RoomBroadcaster
from sabiscore.events.event import Goal, ScoreCorrected, decode
from sabiscore.events.outbox_publisher import OutboxPublisher
from sabiscore.insights.time_bucket import IN_PLAY
from sabiscore.jobs.timetable import TIMETABLE
from sabiscore.ledger.chain import verify
from sabiscore.net.quota import QuotaPlan, period_of
from sabiscore.settings import read_settings
from sabiscore.store.consumer_state import SqlConsumerState
from sabiscore.store.events import EventLog
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import World
from tests.support.provider_server import FILES, SCORES, TABLES

MINUTE = timedelta(minutes=1)
EVERY = TIMETABLE["odds"].interval
API_KEY = "SABISCORE_API_FOOTBALL_KEY"
FREE = QuotaPlan(100, "day")


@dataclass
class Heard:
    """What the edge and the rooms were told."""

    revalidated: list[frozenset[str]] = field(default_factory=list)
    rooms: list[tuple[str, Sequence[int]]] = field(default_factory=list)

    def tell(self, targets: Targets) -> None:
        self.revalidated.append(frozenset(targets.tags))

    async def broadcast(self, match_id: str, said: Mapping[str, Any], _: str) -> int:
        if said["kind"] == "goal":
            self.rooms.append((match_id, said["score"]))
        return 1


@contextmanager
def afternoon(world: World, folder: Path, **keys: str) -> Iterator[tuple[Rig, Match, Heard]]:
    """A rig at the kick-off of its first match, all that come being known; what is told is heard."""
    settings = settings_of(world, folder)
    with rig_of(read_settings({**settings.environ, **keys})) as rig:
        heard, now = Heard(), rig.clock.now
        effects = SqlConsumerState(rig.context.store.database)
        consumers: list[Consumer] = [RevalidationConsumer(heard.tell), RoomBroadcaster(heard.broadcast)]
        consumption = Consumption(consumers, effects, now, unheard_of)
        log = EventLog(rig.context.store.database)
        rig.context = replace(
            rig.context,
            outbox=OutboxPublisher(log, consumption, effects, now),
        )
        rig.run("stats")
        match = rig.soon[0]
        assert match.kickoff_at is not None
        rig.clock.at = match.kickoff_at
        rig.world.status[match.id] = "in_play"
        yield rig, match, heard


def unheard_of(error: Exception) -> None:
    raise AssertionError("nothing here is set aside") from error


def until(rig: Rig, at: datetime) -> None:
    """Runs odds at each of its times until ``at``."""
    while rig.clock.at < at:
        rig.clock.at += EVERY
        rig.run("odds")


def begun(rig: Rig, at: datetime) -> list[Match]:
    """The matches that are in play at ``at`` by their kick-off."""
    coming = [match for match in rig.world.matches if match.kickoff_at is not None]
    return [match for match in coming if match.kickoff_at and at - IN_PLAY < match.kickoff_at <= at]


def scores(rig: Rig) -> list[Goal | ScoreCorrected]:
    events = [decode(match.body) for match in EventLog(rig.context.store.database).recent(10_000)]
    return [event for event in events if isinstance(event, Goal | ScoreCorrected)]


def test_a_goal_is_heard_at_the_next_run_of_odds_and_reported_once(world: World, tmp_path: Path) -> None:
    with afternoon(world, tmp_path) as (rig, match, heard):
        kickoff_at = rig.clock.at
        rig.run("odds")
        until(rig, kickoff_at + 30 * MINUTE)
        assert scores(rig) == [], "0-0"
        rig.clock.at, rig.world.goals[match.id] = kickoff_at + 32 * MINUTE, (1, 0)
        rig.clock.at = TIMETABLE["odds"].next(rig.clock.at)
        report = rig.run("odds")
        assert report.done.figures["observed"] == 1
        (goal,) = scores(rig)
        assert (goal.kind, goal.match_id, goal.score, goal.source) == ("goal", match.id, (1, 0), SCORES)
        assert goal.at - (kickoff_at + 32 * MINUTE) <= EVERY
        assert heard.revalidated == [frozenset(of_match(match.id).tags)]
        assert heard.rooms == [(match.id, [1, 0])]
        before = rig.record(), heard.revalidated[:], heard.rooms[:]
        rig.run("odds"), rig.run("odds"), rig.run("stats")
        assert (rig.record(), heard.revalidated, heard.rooms) == before
        assert scores(rig) == [goal]


def test_whoever_is_notified_need_not_wait_for_prices(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with afternoon(world, tmp_path) as (rig, match, heard):
        rig.run("odds")
        rig.world.goals[match.id] = (0, 1)

        def ask(*_: object) -> None:
            assert heard.rooms == [(match.id, [0, 1])]
            raise KeyboardInterrupt

        monkeypatch.setattr("sabiscore.jobs.odds.ask_prices", ask)
        with pytest.raises(KeyboardInterrupt):
            rig.run("odds")


def test_the_final_whistle_ends_the_asking_and_settling_stays_with_stats(
    world: World, tmp_path: Path
) -> None:
    with afternoon(world, tmp_path) as (rig, match, _):
        kickoff_at = rig.clock.at
        rig.clock.at = kickoff_at - 30 * MINUTE
        rig.run("odds")
        rig.clock.at = kickoff_at + 110 * MINUTE
        for event in begun(rig, rig.clock.at):
            rig.play(event, (2, 1))
        report = rig.run("odds")
        assert (report.done.figures["leagues_in_play"], report.done.figures["observed"]) >= (1, 1)
        assert verify(rig.context.ledger.entries()).settled == 0
        rig.world.asked.clear()
        assert rig.run("odds").done.figures["leagues_in_play"] == 0
        assert SCORES not in rig.world.asked
        assert rig.run("stats").done.figures["settled"] > 0
        assert match.id in {
            entry.content["match"] for entry in rig.context.ledger.entries() if "goals" in entry.content
        }


def test_each_league_in_play_is_one_call_and_nothing_in_play_is_none(world: World, tmp_path: Path) -> None:
    with afternoon(world, tmp_path) as (rig, _, _):
        kickoff_at = rig.clock.at
        last = max(match.kickoff_at for match in rig.world.matches if match.kickoff_at)
        for at in (kickoff_at - MINUTE, kickoff_at, last + IN_PLAY - MINUTE, last + IN_PLAY):
            rig.clock.at = at
            rig.world.asked.clear()
            report = rig.run("odds")
            on = {match.league for match in begun(rig, at)}
            assert rig.world.asked.count(SCORES) == report.done.figures["leagues_in_play"] == len(on)
            assert bool(on) == (at in (kickoff_at, last + IN_PLAY - MINUTE))


def test_the_next_source_stands_in_and_it_is_reported(world: World, tmp_path: Path) -> None:
    with afternoon(world, tmp_path, **{API_KEY: "made-up-key-2"}) as (rig, match, heard):
        rig.run("odds")
        rig.world.unreachable = {SCORES}
        rig.world.goals[match.id] = (1, 0)
        rig.clock.at += EVERY
        report = rig.run("odds")
        assert report.outcome == "done"
        assert any(problem.startswith("espn.com") for problem in report.done.problems)
        (goal,) = scores(rig)
        assert (goal.score, goal.source) == ((1, 0), TABLES)
        assert heard.rooms == [(match.id, [1, 0])]
        rig.world.unreachable, rig.world.goals[match.id] = set(), (2, 0)
        rig.clock.at += EVERY
        assert rig.run("odds").done.problems == ()
        assert [(event.score, event.source) for event in scores(rig)[1:]] == [((2, 0), SCORES)]


def test_without_a_stand_in_the_run_says_whose_scores_are_missing(world: World, tmp_path: Path) -> None:
    with afternoon(world, tmp_path) as (rig, match, _):
        rig.run("odds")
        rig.world.unreachable = {SCORES}
        rig.world.asked.clear()
        rig.clock.at += EVERY
        report = rig.run("odds")
        assert report.outcome == "done"
        assert f"No scores of {match.league}." in report.done.problems
        assert FILES not in rig.world.asked, "a file renewed twice a week tells no score in play"


def test_a_final_score_of_the_stand_in_counts_while_the_first_one_is_away(
    world: World, tmp_path: Path
) -> None:
    with afternoon(world, tmp_path, **{API_KEY: "made-up-key-2"}) as (rig, match, _):
        kickoff_at = rig.clock.at
        rig.world.goals[match.id] = (1, 0)
        rig.run("odds")
        rig.world.unreachable = {SCORES}
        rig.play(match, (1, 1))
        rig.clock.at = kickoff_at + 110 * MINUTE
        rig.run("odds")
        (event,) = rig.context.observations.of([match.id], (SCORES, TABLES)).values()
        assert (event.source, event.status, event.goals) == (TABLES, "finished", (1, 1))


class Ticking(FixedClock):
    """A second goes by whenever somebody looks."""

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@pytest.mark.parametrize("job", ["odds", "stats"])
def test_what_a_run_hears_counts_in_that_run(job: str, world: World, tmp_path: Path) -> None:
    with afternoon(world, tmp_path) as (rig, match, _):
        later = rig.clock.at + 40 * MINUTE
        rig.world.status[match.id] = "scheduled"
        rig.world.matches[rig.world.matches.index(match)] = replace(match, kickoff_at=later)
        rig.context = replace(rig.context, clock=Ticking(rig.clock.at))
        assert rig.run(job).outcome == "done"
        assert rig.context.insights.publications.get().matches[match.id].kickoff_at == later


def test_a_day_without_the_first_source_costs_the_second_what_its_plan_allows_by_then(
    world: World, tmp_path: Path
) -> None:
    with afternoon(world, tmp_path, **{API_KEY: "made-up-key-2"}) as (rig, match, _):
        midnight = rig.clock.at.replace(hour=0, minute=0)
        mine = [event for event in rig.soon if event.day == match.day]
        for place, event in enumerate(mine):  # somebody plays from eleven in the morning to late at night
            moved = replace(event, kickoff_at=midnight + timedelta(hours=11 + 2 * (place % 6)))
            rig.world.matches[rig.world.matches.index(event)] = moved
        rig.world.status |= dict.fromkeys([event.id for event in mine], "scheduled")
        rig.clock.at = midnight + timedelta(hours=10, minutes=55)
        rig.run("stats")
        rig.world.status |= dict.fromkeys([event.id for event in mine], "in_play")
        rig.world.unreachable = {SCORES}
        rig.world.asked.clear()
        runs, heard, day = 0, 0, period_of(midnight, "day")
        while rig.clock.at < midnight + timedelta(hours=23, minutes=30):
            rig.clock.at += EVERY
            before = rig.world.asked.count(TABLES)
            runs += rig.run("odds").done.figures["leagues_in_play"] > 0
            heard += rig.world.asked.count(TABLES) > before
            if rig.clock.at.minute == 0:
                rig.run("stats")
            used = rig.world.asked.count(TABLES)
            assert used <= FREE.allowed(rig.clock.at, day, urgent=False)
        print(f"\n{runs} runs in play, {heard} of them heard scores; {used} calls of {FREE.calls} that day")
        assert runs == (12 * 60 + 15) // 5
        assert 30 <= heard <= used <= 80, "a fifth is left to what is urgent"
