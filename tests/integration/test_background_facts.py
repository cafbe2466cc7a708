"""Tables of leagues and expected goals: gathered once a day, kept when they change, shown by a command."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from infra.cli import app
from sabiscore.domain.league import SERVED
from sabiscore.jobs.report import JobReport
from sabiscore.settings import Settings, read_settings
from sabiscore.store.expectations import ExpectedGoalsStore, MatchExpectedGoals
from sabiscore.store.session import Database
from sabiscore.store.standings import StandingStore, TableRow
from tests.support.job_contexts import Rig, rig_of, settings_of
from tests.support.local_world import NOW, World
from tests.support.provider_server import TABLES, XG

HOUR = timedelta(hours=1)
PLACE = TableRow(
    league="epl",
    season="2526",
    team="a",
    rank=1,
    played=2,
    won=2,
    drawn=0,
    lost=0,
    goals_for=5,
    goals_against=1,
    points=6,
    source="made-up",
    known_at=NOW,
)
EXPECTED = MatchExpectedGoals(
    match_id="epl-2526-a-b", league="epl", season="2526", home=1.25, away=0.5, source="made-up", known_at=NOW
)


def with_tables(settings: Settings) -> Settings:
    """The same with a key of API-Football."""
    return read_settings({**settings.environ, "SABISCORE_API_FOOTBALL_KEY": "made-up-key-2"})


def problems(report: JobReport) -> list[str]:
    """Those of the two sources; season files are not served here."""
    return [problem for problem in report.done.problems if problem.startswith((XG, TABLES))]


def play(rig: Rig) -> str:
    """The first match is over, and so are its expected goals; the table of its league is known."""
    match = rig.soon[0]
    assert match.kickoff_at is not None
    rig.clock.at = match.kickoff_at + 3 * HOUR
    rig.play(match, (2, 1))
    rig.world.xg[match.id] = 1.75, 0.5
    rig.world.points = {(match.league, match.home): 40, (match.league, match.away): 30}
    return match.id


def test_tables_and_expected_goals_are_asked_for_once_a_day_and_kept_when_they_change(
    world: World, tmp_path: Path, database_url: str
) -> None:
    with rig_of(with_tables(settings_of(world, tmp_path, database_url))) as rig:
        match_id, match = play(rig), rig.soon[0]
        report = rig.run("stats")
        assert problems(report) == []
        assert (report.done.figures["standings"], report.done.figures["expected_goals"]) == (2, 1)
        assert "2 rows of tables, 1 expected goals" in report.done.sentence
        asked = [rig.world.asked.count(name) for name in (XG, TABLES)]
        assert asked == [5, len(SERVED)], "a call a league that the source has"
        rig.clock.at += HOUR
        rig.run("stats")
        assert [rig.world.asked.count(name) for name in (XG, TABLES)] == asked
        rig.clock.at += timedelta(days=1)
        rig.world.points[match.league, match.away] = 43
        again = rig.run("stats").done.figures
        assert (again["standings"], again["expected_goals"]) == (2, 0), "who fell behind has a new row too"
        table = rig.context.standings.current(match.league)
        assert [(place.team, place.rank, place.points) for place in table] == [
            (match.away, 1, 43),
            (match.home, 2, 40),
        ]
        found = rig.context.expected_goals.current(match.league)
        assert {key: (goals.home, goals.away, goals.source) for key, goals in found.items()} == {
            match_id: (1.75, 0.5, XG)
        }
        assert rig.context.insights.scored_publication().publication.matches.keys() == {
            goals.id
            for goals in rig.world.matches
            if goals.id in rig.context.insights.publications.get().matches
        }


def test_without_a_source_nothing_is_missing_and_nothing_breaks(world: World, tmp_path: Path) -> None:
    with rig_of(settings_of(world, tmp_path)) as rig:
        play(rig)
        rig.world.unreachable.add(XG)
        report = rig.run("stats")
        assert report.outcome == "done"
        assert [problem.split(":")[0] for problem in problems(report)] == [XG]
        assert report.done.figures["settled"] == 0
        assert (TABLES in rig.world.asked, report.done.figures["standings"]) == (False, 0)
        rig.world.unreachable.clear()
        rig.clock.at += HOUR
        assert rig.run("stats").done.figures["expected_goals"] == 1, "asked again within the hour"


def test_a_team_that_nobody_knows_is_named_for_an_alias_and_never_guessed(
    world: World, tmp_path: Path
) -> None:
    with rig_of(with_tables(settings_of(world, tmp_path))) as rig:
        play(rig)
        league = rig.soon[0].league
        rig.world.names = {**rig.world.names, "strangers": "Strangers United"}
        rig.world.points[league, "strangers"] = 50
        assert rig.run("stats").done.figures["standings"] == 2
        (line,) = rig.context.sources.records.read(TABLES).unmatched
        assert line.startswith("strangers-united = ")


@pytest.mark.parametrize("kind", ["standings", "expected_goals"])
def test_what_is_said_again_is_not_kept_again_and_corrections_do_not_hide_what_was(
    database_url: str, kind: str
) -> None:
    database = Database(database_url)
    later = NOW + timedelta(days=1)
    if kind == "standings":
        tables = StandingStore(database)
        assert [tables.add([replace(PLACE, known_at=at)]) for at in (NOW, later)] == [1, 0]
        assert tables.add([replace(PLACE, known_at=later, points=5)]) == 1
        assert tables.add([replace(PLACE, season="2425", known_at=later)]) == 1
        assert [place.points for place in tables.current("epl")] == [5]
        assert tables.current("laliga") == []
    else:
        store = ExpectedGoalsStore(database)
        assert [store.add([replace(EXPECTED, known_at=at)]) for at in (NOW, later)] == [1, 0]
        assert store.add([replace(EXPECTED, known_at=later, home=1.5)]) == 1
        assert store.add([]) == 0
        assert {key: goals.home for key, goals in store.current("epl").items()} == {EXPECTED.match_id: 1.5}
    with database.transaction() as connection:
        rows = connection.exec_driver_sql(f"SELECT count(*) FROM {kind}").scalar()
    assert rows == (3 if kind == "standings" else 2)
    database.close()


def test_the_command_shows_the_table_and_the_newest_expected_goals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    runner = CliRunner()
    empty = runner.invoke(app, ["stats", "epl"])
    assert "There is no store at" in str(empty.exception)
    database = Database(f"sqlite:///{tmp_path}/sabiscore.db")
    StandingStore(database).add([PLACE, replace(PLACE, team="b", rank=2, points=3)])
    ExpectedGoalsStore(database).add([EXPECTED])
    database.close()
    shown = runner.invoke(app, ["stats", "EPL"])
    assert (shown.exit_code, "made-up" in shown.output) == (0, True)
    assert "epl-2526-a-b" in shown.output
    shown = json.loads(runner.invoke(app, ["stats", "epl", "--json"]).output)
    assert [place["team"] for place in shown["standings"]] == ["a", "b"]
    assert shown["expected_goals"][0]["home"] == 1.25
