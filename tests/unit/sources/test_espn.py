from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import Result, TeamStatistics
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import BadAnswer
from sabiscore.sources.base import Request, Wanted
from sabiscore.sources.espn import SLUGS, Espn
from tests.support.provider_replies import BY_FILE, data_folder

CASE = BY_FILE["espn_scoreboard.json"]
NOW = datetime(2031, 9, 13, 20, tzinfo=UTC)


def test_the_undated_scoreboard_is_asked_for():
    wanted = Wanted(frozenset({"results"}), ("epl",), NOW.date(), NOW.date())
    (request,) = Espn().requests(wanted, NOW)
    assert request.url == "https://site.api.espn.com/apis/site/v2/sports/soccer/eng.1/scoreboard"
    assert request.keys == ()


def test_days_that_the_undated_scoreboard_does_not_show_are_not_asked_for():
    wanted = Wanted(frozenset({"results"}), ("epl",), date(2031, 3, 1), date(2031, 3, 8))
    assert Espn().requests(wanted, NOW) == []


def test_every_league_has_its_slug():
    assert set(SLUGS) == set(LEAGUE_BY_KEY)


def test_scores_are_texts_and_sides_are_known_by_name_not_by_order():
    reply = CASE.parse()
    assert (reply.events[0].home, reply.events[0].away) == ("AFC Bournemouth", "Tottenham Hotspur")
    assert reply.events[0].kickoff_at == datetime(2031, 9, 13, 14, tzinfo=UTC)
    assert reply.of(Result) == (
        Result("800001", "finished", (2, 0)),
        Result("800002", "in_play", (1, 1)),
        Result("800003", "scheduled"),
        Result("800004", "postponed"),
        Result("800005", "abandoned"),
    )
    assert not reply.refused


@pytest.mark.parametrize("score", [None, "", "-"])
def test_a_match_in_play_without_a_score_is_in_play_all_the_same(score):
    board = json.loads(CASE.data)
    board["events"] = [event for event in board["events"] if event["id"] == "800002"]
    for side in board["events"][0]["competitions"][0]["competitors"]:
        side["score"] = score
    reply = CASE.parse(json.dumps(board).encode())
    assert reply.of(Result) == (Result("800002", "in_play"),)
    assert sum(reply.set_aside.values()) == 1


def test_one_unfit_match_is_refused_and_its_provider_has_not_failed():
    board = json.loads(CASE.data)
    board["events"] = [event for event in board["events"] if event["id"] == "800001"]
    for side in board["events"][0]["competitions"][0]["competitors"]:
        side["score"] = None
    reply = CASE.parse(json.dumps(board).encode())
    assert (reply.events, [row.line for row in reply.refused]) == ((), [1])


def test_neutral_ground_and_unknown_times_are_said():
    events = {event.id: event for event in CASE.parse().events}
    assert events["800003"].neutral
    assert not events["800001"].neutral
    assert events["800004"].kickoff_at is None


def test_statistics_of_finished_matches_only():
    home, away = CASE.parse().of(TeamStatistics)
    assert (home.event, home.team) == ("800001", "AFC Bournemouth")
    assert home.values == {"shots": 14.0, "on_target": 6.0, "corners": 7.0, "fouls": 10.0}
    assert away.values["fouls"] == 11.0


@pytest.mark.parametrize("odds", [[None], [], None, [{"provider": None}]])
def test_a_list_of_odds_with_null_in_it_harms_nothing(odds):
    board = json.loads(CASE.data)
    board["events"][0]["competitions"][0]["odds"] = odds
    assert CASE.parse(json.dumps(board).encode()).facts == CASE.parse().facts


def test_another_leagues_board_is_refused():
    with pytest.raises(BadAnswer, match=r"^espn\.com .* not the league that was asked for"):
        CASE.parse(CASE.data.replace(b'"eng.1"', b'"eng.2"'))


@pytest.mark.parametrize("status", ["STATUS_MADE_UP", "STATUS_FINAL_AET", "STATUS_FINAL_PEN"])
def test_an_end_that_we_do_not_know_or_count_is_no_result(status):
    reply = CASE.parse(CASE.data.replace(b"STATUS_FULL_TIME", status.encode()))
    assert "800001" not in {event.id for event in reply.events}
    assert len(reply.refused) == 1


@pytest.mark.skipif(data_folder() is None, reason="the made-up scoreboard stands in for the captured one")
def test_a_captured_scoreboard_is_read():
    folder = data_folder()
    assert folder is not None
    data = (folder / "api-samples/espn/scoreboard_fifa_world_2026.json").read_bytes()
    request = Request(url="https://made.up", name="scoreboard/epl")
    with pytest.raises(BadAnswer):
        Espn().parse(request, data, {})
    reply = Espn().parse(request, data.replace(b'"slug":"fifa.world"', b'"slug":"eng.1"'), {})
    assert [fact.goals for fact in reply.of(Result)] == [(1, 1), (4, 1)]
    assert reply.events[1].home == "United States"
    assert len(reply.of(TeamStatistics)) == 4
    assert not reply.refused
