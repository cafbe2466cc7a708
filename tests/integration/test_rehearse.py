"""A few weeks of two simulated leagues through the real schedules, from sources to the public record."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from infra.backtest.calendar import Name
from infra.backtest.data_dir import BacktestPlan
from infra.backtest.network import PastNetwork
from infra.backtest.play import ScheduleRunner
from infra.backtest.rehearse import BacktestResult, rehearse
from infra.backtest.schedules import opened
from infra.backtest.season import PastSeason, Played, read_season
from infra.cli.progress import Steps
from infra.local.seasons import simulate_into
from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock, SystemClock
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.store.ledger import Ledger
from sabiscore.store.session import Database
from tests.support.local_world import train_small

LEAGUES = (LEAGUE_BY_KEY["epl"], LEAGUE_BY_KEY["laliga"])
SEASON = "2425"
WEEKS = timedelta(weeks=4)
QUIET = Steps(quiet=True)


@dataclass(frozen=True, slots=True)
class Held:
    """A rehearsal that was held, and the entries of its ledger."""

    plan: BacktestPlan
    done: BacktestResult
    entries: list[LedgerEntry]


def hold(plan: BacktestPlan) -> Held:
    done = rehearse(plan, opened, QUIET, train=train_small)
    database = Database(plan.settings.database_url)
    try:
        return Held(plan, done, list(Ledger(database).entries()))
    finally:
        database.close()


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("seasons")
    simulate_into(folder, 5, 3, date(2025, 6, 30), ["E0", "SP1"])
    return sorted(folder.glob("*.csv"))


@pytest.fixture(scope="module")
def season(paths: list[Path]) -> PastSeason:
    whole = read_season(paths, SEASON, LEAGUES)
    return until(whole, whole.matches[0].kickoff_at + WEEKS)


@pytest.fixture(scope="module")
def held(paths: list[Path], season: PastSeason, tmp_path_factory: pytest.TempPathFactory) -> Held:
    return hold(
        BacktestPlan(
            season=season,
            paths=paths,
            kind="simulated",
            data_dir=tmp_path_factory.mktemp("held") / "home",
            leagues=LEAGUES,
        )
    )


def until(season: PastSeason, end: datetime) -> PastSeason:
    """``season`` without the matches from ``end`` on."""
    return changed(season, lambda played: played if played.kickoff_at < end else None)


def changed(season: PastSeason, change: Callable[[Played], Played | None]) -> PastSeason:
    divisions = {
        key: replace(division, matches=[new for old in division.matches if (new := change(old)) is not None])
        for key, division in season.divisions.items()
    }
    return replace(season, divisions=divisions)


def again(held: Held, season: PastSeason) -> Held:
    """The same rehearsal of another telling of the season, in the same home: the bundle is kept."""
    return hold(replace(held.plan, season=season))


def noise(played: Played, plan: BacktestPlan) -> Played:
    """The match with another result, and prices turned round."""
    columns = plan.season.divisions[played.match.league].columns
    assert played.match.goals is not None
    assert columns.result is not None
    home, away = played.match.goals[1] + 3, played.match.goals[0]
    cells = list(played.cells)
    cells[columns.home_goals], cells[columns.away_goals] = str(home), str(away)
    cells[columns.result] = "H" if home > away else "A" if home < away else "D"
    for quote in columns.quotes:
        turned = [played.cells[place] for place in reversed(quote.columns)]
        for place, cell in zip(quote.columns, turned, strict=True):
            cells[place] = cell
    return replace(played, match=replace(played.match, goals=(home, away)), cells=cells)


def test_every_match_is_sealed_in_time_and_settled_and_the_chain_holds(held: Held) -> None:
    sealed, loss = held.done.summary.sealed, held.done.summary.loss
    assert sealed.matches == len(held.plan.season.matches) > 50
    assert (sealed.sealed, sealed.late, sealed.missing) == (sealed.matches, 0, ())
    assert sealed.stages == {"day": sealed.matches, "hour": sealed.matches}
    assert sealed.settled == sealed.matches
    assert loss is not None
    assert loss.n == sealed.matches
    assert 0.8 < loss.sealed < 1.2


def test_what_is_sealed_an_hour_before_rests_on_early_prices_where_they_were_collected_by_then(
    held: Held,
) -> None:
    known = {}
    for played in held.plan.season.matches:
        assert played.match.priced_at is not None
        collected = played.match.priced_at <= played.kickoff_at - timedelta(hours=1)
        known[played.match.id] = played.match.prices["1x2", "avg", "pre"] if collected else None
    hour = [entry.content for entry in held.entries if '"stage":"hour"' in entry.body]
    odds_of = {division["match"]: division["odds"]["avg"] if division["odds"] else None for division in hour}
    assert odds_of.keys() == known.keys()
    for match_id, odds in known.items():
        # Ours is the mean of the books; the feed's own is rounded down to two digits.
        assert odds_of[match_id] == (odds and pytest.approx(odds, abs=0.011))
    assert sum(odds is not None for odds in known.values()) > 0.9 * len(known)


def test_what_was_sealed_does_not_change_when_all_that_came_later_does(held: Held) -> None:
    matches = held.plan.season.matches
    day = matches[len(matches) // 2].match.day
    other = changed(
        held.plan.season,
        lambda division: division if division.match.day < day else noise(division, held.plan),
    )
    entries = again(held, other)
    same = [entry.hash for entry in held.entries if _known_by(entry) < f"{day}"]
    assert len(same) > 50
    assert [entry.hash for entry in entries.entries][: len(same)] == same
    assert entries.entries[-1].hash != held.entries[-1].hash


def test_what_is_left_in_the_home_says_that_it_was_a_rehearsal(held: Held) -> None:
    with TestClient(insights_app(Bootstrap(held.plan.settings, SystemClock()))) as client:
        record = client.get("/api/v1/performance").json()
        matches = client.get("/api/v1/matches").json()
    assert record["rehearsal"] is matches["rehearsal"] is True
    last = max(played.filed_at for played in held.plan.season.matches)
    assert last <= datetime.fromisoformat(record["generated_at"]) <= last + timedelta(days=1)
    assert record["freshness"]["age_s"] >= 0
    assert record["all"]["predictions"]["n"] == held.done.summary.sealed.settled


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_ledger_is_the_same_wherever_the_server_stands(
    held: Held, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert again(held, held.plan.season).entries == held.entries
    finally:
        monkeypatch.undo()
        time.tzset()


def _known_by(entry: LedgerEntry) -> str:
    content = entry.content
    return str(content.get("sealed_at") or content["settled_at"])[:10]


def test_a_play_that_is_interrupted_ends_with_the_figures_of_what_was_played(
    held: Held, tmp_path: Path
) -> None:
    middle = held.plan.season.matches[len(held.plan.season.matches) // 2].kickoff_at

    @contextmanager
    def interrupted(plan: BacktestPlan, clock: FixedClock, network: PastNetwork) -> Iterator[ScheduleRunner]:
        with opened(plan, clock, network) as schedules:
            run = schedules.run

            def run_until(name: Name) -> None:
                if clock.now() > middle:
                    raise KeyboardInterrupt
                run(name)

            schedules.run = run_until  # type: ignore[method-assign]
            yield schedules

    plan = replace(held.plan, data_dir=tmp_path / "home")
    done = rehearse(plan, interrupted, QUIET, train=train_small)
    begun = sum(match.kickoff_at <= middle for match in plan.season.matches)
    assert done.interrupted
    assert held.done.interrupted is False
    assert begun <= done.summary.sealed.matches < len(plan.season.matches)
    assert done.summary.sealed.sealed == done.summary.sealed.matches
    assert done.ticks < held.done.ticks
