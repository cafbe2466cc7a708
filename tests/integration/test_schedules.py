"""Schedules over a real store, with providers' own replies: prices, seals, results, and what goes wrong."""

from __future__ import annotations

import shutil
import signal
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from infra.local.seasons import simulate_into
from sabiscore.cache.targets import Targets, of_tags
from sabiscore.domain.league import SERVED
from sabiscore.errors import EdgeUnavailable
from sabiscore.features.replay import state_after, vectors
from sabiscore.features.state import State, start
from sabiscore.history import History, columns_of, date_of, split
from sabiscore.insights.revalidation import RevalidationResult
from sabiscore.jobs import odds
from sabiscore.jobs import report as reports
from sabiscore.jobs.context import JobContext
from sabiscore.jobs.publishing import current_states
from sabiscore.jobs.run import JobRun, run
from sabiscore.ledger.chain import verify
from sabiscore.pipeline.checkpoints import line_from, line_until, path_of
from sabiscore.pipeline.coming_matches import current_rosters, rosters
from sabiscore.pipeline.unfiled_results import unfiled_results
from sabiscore.publication.daily_anchors import ANCHORS_FILE, LedgerDay, add_day
from sabiscore.store.events import EventLog
from sabiscore.store.jobs import LOCK_LIFE
from tests.support.challengers import VERSION, put_on_trial
from tests.support.deaths import Fuse, draws, exit_code
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import DIVISIONS, NOW, SEED, World
from tests.support.mortal_jobs import run_jobs
from tests.support.provider_server import NAMES

HOUR = timedelta(hours=1)
STEPS_OF_TWO_JOBS = 500


@pytest.fixture
def rig(world: World, tmp_path: Path) -> Iterator[Rig]:
    with rig_of(settings_of(world, tmp_path)) as made:
        yield made


def test_a_match_from_its_first_price_to_its_settlement(
    world: World, tmp_path: Path, database_url: str
) -> None:
    with rig_of(settings_of(world, tmp_path, database_url)) as rig:
        match = rig.soon[0]
        assert match.kickoff_at is not None
        first = rig.run("odds")
        assert (first.outcome, first.done.problems) == ("done", ())
        assert first.done.figures["leagues_asked"] == 5
        assert first.done.figures["sealed"] > 0
        served = rig.context.insights.publications.get().served[match.id]
        assert served.prices["1x2", "ps", "pre"] == (2.1, 3.4, 3.6)
        assert served.prices["1x2", "max", "pre"] == (2.14, 3.44, 3.64)
        assert served.priced_at == NOW - timedelta(minutes=1)

        rig.clock.at = match.kickoff_at - timedelta(minutes=30)
        rig.quote(match, (1.8, 3.7, 4.9))
        assert rig.run("odds").done.figures["prices"] > 0
        rig.clock.at = match.kickoff_at + 3 * HOUR
        rig.play(match, (2, 1))
        report = rig.run("stats")
        assert report.done.figures["settled"] == 1
        entries = [entry.content for entry in rig.context.ledger.entries()]
        mine = [content for content in entries if content["match"] == match.id]
        assert [content["kind"] for content in mine] == ["sealed", "sealed", "settled"]
        assert [content["stage"] for content in mine[:2]] == ["day", "hour"]
        assert mine[1]["odds"]["ps"] == [1.8, 3.7, 4.9]
        assert mine[2]["goals"] == [2, 1]
        assert mine[2]["source"] == "espn.com"
        assert sum(mine[2]["close"]) == pytest.approx(1)
        assert mine[2]["close"] == pytest.approx(mine[1]["market"])
        verify(rig.context.ledger.entries())


def test_a_sealed_prediction_is_the_one_readers_get(rig: Rig) -> None:
    rig.run("odds")
    content = {entry.content["match"]: entry.content for entry in rig.context.ledger.entries()}
    assert content
    for match_id, sealed in content.items():
        answer = rig.context.insights.insight(match_id)
        document = answer.make(answer.time_bucket())
        p = document.probabilities  # type: ignore[attr-defined]
        assert sealed["p"] == pytest.approx([p.home, p.draw, p.away], abs=1e-9)


def test_a_second_run_at_once_adds_nothing(rig: Rig) -> None:
    rig.run("stats"), rig.run("odds")
    before = rig.record()
    rig.run("odds"), rig.run("stats")
    assert rig.record() == before


def test_a_run_beside_another_does_nothing(rig: Rig) -> None:
    assert rig.context.jobs.begin("odds", rig.clock.at) is not None
    report = rig.run("odds")
    assert report.outcome == "busy"
    assert rig.world.asked == []
    assert rig.run("stats").outcome == "done"


def test_without_any_provider_what_is_published_stays_and_grows_old(rig: Rig) -> None:
    rig.run("odds")
    before = rig.context.insights.publications.get()
    rig.world.unreachable = set(NAMES)
    rig.clock.at += 7 * HOUR
    for job in ("odds", "stats"):
        report = rig.run(job)
        assert report.outcome == "done"
        assert any("503" in problem for problem in report.done.problems)
    after = rig.context.insights.publications.get()
    assert after.as_of == before.as_of
    assert after.matches == before.matches
    assert verify(rig.context.ledger.entries()).sealed > 0


def test_prices_that_are_none_leave_those_that_were_known(rig: Rig) -> None:
    broken = rig.soon[0]
    before = rig.context.insights.publications.get().served[broken.id]
    rig.world.odds[broken.id] = ((0.0, -3.0, 3.6), rig.clock.at)
    rig.run("odds")
    served = rig.context.insights.publications.get().served
    assert served[broken.id].prices == before.prices
    assert served[broken.id].priced_at == before.priced_at
    assert served[rig.soon[1].id].prices["1x2", "ps", "pre"] == (2.1, 3.4, 3.6)


def test_a_match_that_is_put_off_leaves_the_calendar_until_it_has_a_new_day(rig: Rig) -> None:
    match = rig.soon[0]
    assert match.kickoff_at is not None
    rig.world.status[match.id] = "postponed"
    rig.run("stats")
    assert match.id not in rig.context.insights.publications.get().served
    later = replace(match, kickoff_at=match.kickoff_at + timedelta(days=5))
    rig.world.matches = [later if run.id == match.id else run for run in rig.world.matches]
    rig.world.status[match.id] = "scheduled"
    rig.clock.at += HOUR
    rig.run("stats")
    served = rig.context.insights.publications.get().served[match.id]
    assert served.kickoff_at == later.kickoff_at
    assert served.day == match.day + timedelta(days=5)


def test_caches_are_notified_of_what_changed_and_again_until_they_know(rig: Rig) -> None:
    revalidated: list[Targets] = []
    unreachable = True

    def tell(targets: Targets) -> RevalidationResult:
        if unreachable:
            raise EdgeUnavailable("The edge is away.")
        revalidated.append(targets)
        return RevalidationResult(0, 0, edge_purged=True)

    rig.context = replace(rig.context, invalidate=tell)
    assert rig.run("odds").done.problems == (
        "Caches were not invalidated: The edge is away.",
        "Caches were not invalidated for new scores: The edge is away.",
    )
    unreachable = False
    rig.run("odds")  # nothing new, but nobody knows of the last publication yet, nor of what was sealed
    assert all("odds" in targets.tags for targets in revalidated)
    assert len(revalidated) == 2
    revalidated.clear()
    rig.run("odds")
    assert revalidated == []
    rig.clock.at += HOUR
    rig.quote(rig.soon[3], (1.5, 4.4, 6.6))
    rig.world.odds = {rig.soon[3].id: rig.world.odds[rig.soon[3].id]}
    rig.run("odds")
    assert revalidated == [of_tags([f"match:{rig.soon[3].id}"])]


def test_a_run_that_was_taken_for_dead_publishes_nothing_more(rig: Rig) -> None:
    before = rig.context.insights.publications.get()

    def slow(context: JobContext, turn: JobRun) -> reports.JobResult:
        rig.clock.at += LOCK_LIFE + timedelta(seconds=1)
        assert context.jobs.begin("odds", rig.clock.at) is not None
        return odds.work(context, turn)

    report = run("odds", slow, rig.context)
    assert (report.outcome, str(report).split(".")[0]) == ("failed", "odds: Another run has begun")
    assert rig.context.insights.publications.get() == before
    assert {match.outcome for match in rig.context.jobs.last("odds", 5)} == {"failed", "running"}


def test_a_fault_of_our_own_is_on_record_and_frees_the_lock(rig: Rig) -> None:
    def broken(context: JobContext, turn: JobRun) -> reports.JobResult:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run("odds", broken, rig.context)
    (last,) = rig.context.jobs.last("odds")
    assert (last.outcome, last.report["sentence"]) == ("failed", "it broke.")
    assert rig.run("odds").outcome == "done"


def test_a_home_that_never_published_is_published_by_its_first_run(rig: Rig) -> None:
    shutil.rmtree(rig.context.publication_dir)
    report = rig.run("odds")
    assert (report.outcome, report.done.problems) == ("done", ())
    assert rig.context.insights.publications.get().served.keys() >= {match.id for match in rig.soon}
    assert report.done.figures["sealed"] > 0


def test_a_run_seals_nothing_where_the_ledger_was_cut_after_it_was_published(rig: Rig) -> None:
    rig.run("odds")
    head = rig.context.ledger.head()
    assert head is not None
    heads = rig.context.publication_dir / ANCHORS_FILE
    add_day(rig.context.publication_dir, LedgerDay("2026-03-13", 9_999, "ab" * 32, {}, {}))
    assert rig.soon[0].kickoff_at is not None
    rig.clock.at = rig.soon[0].kickoff_at - timedelta(minutes=30)
    report = rig.run("odds")
    assert any("head was published" in problem for problem in report.done.problems)
    assert rig.context.ledger.head() == head
    heads.unlink()
    assert rig.run("odds").done.figures["sealed"] > 0


def test_states_that_were_swapped_are_made_anew_and_never_used(rig: Rig) -> None:
    rig.run("odds")
    published = rig.context.insights.publications.get().published_states
    other = start()
    other.save(published.path)
    rig.clock.at += timedelta(minutes=5)
    rig.quote(rig.soon[0], (1.7, 3.9, 5.2))
    assert rig.run("odds").outcome == "done"
    again = rig.context.insights.publications.get().published_states
    assert again.sha256 == published.sha256
    again.read()


def states_path(rig: Rig) -> Path:
    return current_states(rig.context, rig.clock.at).path


def states(rig: Rig) -> bytes:
    return states_path(rig).read_bytes()


@pytest.mark.parametrize("later", [0, 100, 300])
def test_rosters_of_matches_are_those_of_their_history(rig: Rig, later: int) -> None:
    known = rig.context.store.known([league.key for league in SERVED])
    at = rig.clock.at - timedelta(days=later)
    found = current_rosters(known, at.date())
    assert found == rosters(*split(columns_of(known), at))
    assert all(len(teams) > 10 for teams in found.values())


def line(rig: Rig) -> History:
    """The played matches of the seasons that are looked at one by one."""
    context = rig.context
    unfiled = unfiled_results(
        rig.clock.at, store=context.store, observations=context.observations, snapshots=context.snapshots
    )
    return line_until(context.store, rig.clock.at, unfiled).recent


def test_only_new_days_are_replayed_and_the_states_are_those_of_a_full_replay(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig.run("stats")
    match = rig.soon[0]
    assert match.kickoff_at is not None
    rig.clock.at = match.kickoff_at + 3 * HOUR
    rig.play(match, (4, 0))
    rig.run("stats")
    rig.clock.at += timedelta(days=1)
    replayed = []
    monkeypatch.setattr(
        "sabiscore.pipeline.checkpoints.state_after",
        lambda history, since=None: (replayed.append(len(history)), state_after(history, since))[1],
    )
    advanced = states(rig)
    assert replayed == [1]
    shutil.rmtree(rig.context.checkpoints)
    full = states(rig)
    assert sum(replayed) > 1000
    with np.load(states_path(rig)) as run:
        assert float(run["day"]) == line(rig).day.max()
    assert advanced == full


def test_the_line_of_a_new_season_begins_where_the_year_before_ended(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    at, context = rig.clock.at, rig.context
    full = State.load(states_path(rig))
    line = line_until(context.store, at, ())
    earlier = line_from(context.store, year=date_of(line.begins).year - 1, until=line.begins, unfiled=())
    older = context.store.history()
    older = older.take((older.day < earlier.begins) & older.played)
    shutil.rmtree(context.checkpoints)
    context.checkpoints.mkdir()
    base = state_after(older) if len(older) else start()
    base.save(path_of(context.checkpoints, earlier.begins - 1, earlier.base))
    monkeypatch.delattr("sabiscore.store.database.Store.history")
    found = State.load(states_path(rig))
    coming = columns_of(context.store.coming())
    assert len(earlier.recent) > 100
    assert len(coming) > 10
    assert found.day == full.day
    assert vectors(found, coming).tobytes() == vectors(full, coming).tobytes()


def test_a_late_correction_is_replayed_from_the_checkpoint_before_it(rig: Rig) -> None:
    days = [match for match in rig.soon if match.day == rig.soon[0].day]
    rig.clock.at = NOW + timedelta(hours=14)
    rig.play(days[0], (1, 0))
    rig.run("stats")
    rig.clock.at = NOW + timedelta(days=1)
    rig.run("stats")
    wrong = states(rig)
    rig.play(days[0], (1, 1))
    rig.clock.at += HOUR
    rig.run("stats")
    corrected = states(rig)
    assert corrected != wrong
    shutil.rmtree(rig.context.checkpoints)
    assert states(rig) == corrected


def test_a_season_file_counts_before_what_was_observed_and_nothing_is_doubled(
    rig: Rig, tmp_path: Path
) -> None:
    later = NOW + timedelta(days=3)
    folder = tmp_path / "later"
    simulate_into(folder, SEED, 3, later.date(), DIVISIONS)
    rig.play(rig.soon[0], (15, 15))
    rig.clock.at = NOW + timedelta(hours=14)
    rig.run("stats")
    rig.world.files = folder
    rig.clock.at = later
    report = rig.run("stats")
    assert report.done.figures["changed_in_files"] > 0
    played = line(rig)
    keys = list(zip(played.day.tolist(), played.home.tolist(), played.away.tolist(), strict=True))
    assert len(keys) == len(set(keys))
    assert played.goals.max() < 15
    assert [match for match in rig.context.store.coming() if match.day < later.date()] == []


@pytest.mark.parametrize("error", [-10, 10])
def test_a_clock_that_is_ten_minutes_wrong_seals_nothing_late_and_tells_the_same(
    world: World, tmp_path: Path, error: int
) -> None:
    with rig_of(settings_of(world, tmp_path)) as rig:
        rig.run("odds")
        before = rig.context.insights.publications.get().matches
        rig.clock.at += timedelta(minutes=error)
        rig.run("odds")
        assert rig.context.insights.publications.get().matches == before
        verify(rig.context.ledger.entries())


def test_whoever_is_killed_in_the_middle_loses_and_doubles_nothing(world: World, tmp_path: Path) -> None:
    """F3: twenty runs are killed at steps that chance chooses, each later by its clock than the last."""
    with rig_of(settings_of(world, tmp_path / "calm")) as rig:
        rig.run("odds"), rig.run("stats")
        _, _, _, _, matches, states_then = rig.record()
    settings = settings_of(world, tmp_path / "killed")
    put_on_trial(settings.registry)
    deaths = tmp_path / "deaths"
    with rig_of(settings) as rig:
        for number, left in enumerate(draws(4, 20, STEPS_OF_TWO_JOBS)):
            at = NOW + timedelta(minutes=3 * number)
            fuse = Fuse(left, deaths)
            ended = exit_code(run_jobs, dict(settings.environ), rig.url, at, ("odds", "stats"), fuse)
            assert ended in (0, -signal.SIGKILL)
            verify(rig.context.ledger.entries())
        places = deaths.read_text().splitlines()
        print(f"\n{len(places)} of 20 died: {sorted(set(places))}")
        assert len(set(places)) >= 5
        rig.clock.at = NOW + timedelta(minutes=63)
        assert [rig.run(job).outcome for job in ("odds", "stats")] == ["done", "done"]
        contents = [entry.content for entry in rig.context.ledger.entries()]
        sealed = [(match["match"], match["bundle"], match["stage"]) for match in contents]
        assert len(sealed) == len(set(sealed))
        by_bundle = Counter(bundle for _, bundle, _ in sealed)
        assert by_bundle[VERSION] > 0
        for bundle, count in by_bundle.items():
            counted = rig.context.feature_counts.newest(bundle, 10**9)
            assert counted is not None
            assert counted.seals == count
        events = EventLog(rig.context.store.database)
        assert len(events.recent(1_000, "prediction_sealed")) == len(sealed)
        assert len(events.recent(1_000, "value_bet_opened")) == len(rig.context.bets.unsettled())
        assert events.unsent_count() == 0
        published = rig.context.insights.publications.get()
        assert {key: match.prices for key, match in published.matches.items()} == {
            key: match.prices for key, match in matches.items()
        }
        assert published.states.read_bytes() == states_then
        assert {run.outcome for run in rig.context.jobs.last("odds", 50)} == {"done", "died"}


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_zone_of_the_machine_changes_nothing(
    world: World, tmp_path: Path, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = []
    for name in ("UTC", zone):
        monkeypatch.setenv("TZ", name)
        time.tzset()
        with rig_of(settings_of(world, tmp_path / name.replace("/", "-"))) as rig:
            reports = [dict(rig.run(job).done.figures) for job in ("odds", "stats")]
            content.append((reports, rig.record()))
    monkeypatch.undo()
    time.tzset()
    assert content[0] == content[1]


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 3, 29, 0, 58, tzinfo=UTC),  # clocks go forward in Europe at 01:00 UTC
        datetime(2026, 3, 29, 1, 2, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
)
def test_nights_of_changing_clocks_and_leap_days_are_days_like_others(
    world: World, tmp_path: Path, at: datetime
) -> None:
    with rig_of(settings_of(world, tmp_path), at) as rig:
        for job in ("stats", "odds"):
            assert rig.run(job).outcome == "done"
        verify(rig.context.ledger.entries())


def test_two_hundred_fixtures_are_priced_by_one_run(rig: Rig) -> None:
    rig.announce(200)
    assert rig.run("stats").outcome == "done"
    rig.clock.at += HOUR
    for match in rig.world.matches:
        rig.quote(match, (1.9, 3.5, 4.2))
    report = rig.run("odds")
    assert (report.outcome, report.done.problems) == ("done", ())
    assert report.done.figures["touched"] >= 200
    served = rig.context.insights.publications.get().served
    assert {served[match.id].prices["1x2", "ps", "pre"] for match in rig.world.matches} == {(1.9, 3.5, 4.2)}
