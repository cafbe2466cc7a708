from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import HeadToHead, Result, SeasonStatistics, Standing, TeamStatistics
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import BadAnswer, SourceBusy, SourceDenied
from sabiscore.sources.api_football import ApiFootball, RapidApi
from sabiscore.sources.api_football_reading import LEAGUE_NUMBERS
from sabiscore.sources.base import Wanted
from tests.support.provider_replies import BY_FILE, MADE_UP, Case, data_folder, real_cases

CASE = BY_FILE["api_football_fixtures.json"]
NOW = datetime(2031, 9, 13, 10, tzinfo=UTC)
SATURDAY = date(2031, 9, 13)


def wanted(*kinds, leagues=tuple(LEAGUE_BY_KEY), last=SATURDAY):
    return Wanted(frozenset(kinds), tuple(leagues), SATURDAY, last)


def test_fixtures_are_asked_for_by_day_when_that_is_fewer_requests():
    (request,) = ApiFootball().requests(wanted("results"), NOW)
    assert request.url == "https://v3.football.api-sports.io/fixtures?date=2031-09-13&timezone=UTC"
    (key,) = request.keys
    assert (key.place, key.field) == ("header", "x-apisports-key")


def test_fixtures_are_asked_for_by_league_when_that_is_fewer_requests():
    asked = ApiFootball().requests(wanted("fixtures", leagues=("epl",), last=date(2031, 9, 20)), NOW)
    assert [request.name for request in asked] == [
        "fixtures?league=39&season=2031&timezone=UTC&from=2031-09-13&to=2031-09-20"
    ]


def test_tables_cost_a_request_a_league():
    asked = ApiFootball().requests(wanted("standings", leagues=("epl", "laliga")), NOW)
    assert [request.name for request in asked] == [
        "standings?league=39&season=2031",
        "standings?league=140&season=2031",
    ]


def test_rapidapi_is_a_backup_for_statistics_behind_its_own_host_and_key():
    assert RapidApi().requests(wanted("results"), NOW) == []
    (request,) = RapidApi().requests(wanted("statistics"), NOW)
    assert request.url.startswith("https://api-football-v1.p.rapidapi.com/v3/fixtures?")
    assert request.headers == {"x-rapidapi-host": "api-football-v1.p.rapidapi.com"}
    assert [key.variable for key in request.keys] == ["SABISCORE_RAPIDAPI_KEY"]


def test_every_league_has_its_number():
    assert set(LEAGUE_NUMBERS) == set(LEAGUE_BY_KEY)


def test_every_status_is_distinguished_and_play_offs_are_not_league_matches():
    reply = CASE.parse()
    assert reply.of(Result) == (
        Result("900001", "finished", (3, 1), (1, 1)),
        Result("900002", "scheduled"),
        Result("900003", "in_play", (1, 0), (1, 0)),
        Result("900004", "postponed"),
        Result("900005", "awarded", (3, 0)),
        Result("900006", "abandoned"),
        Result("900007", "scheduled"),
    )
    assert {event.season for event in reply.events} == {"3132"}
    assert reply.events[-1].kickoff_at is None  # to be decided
    assert [(row.line, row.reason) for row in reply.refused] == [(8, "another league"), (9, "a play-off")]


def fixture(at: int, **changes):
    """The reply with the fixture at ``at`` changed, and what it says of it."""
    answer = json.loads(CASE.data)
    row = answer["response"][at]
    row["goals"] |= changes.get("goals", {})
    for name in ("halftime", "fulltime"):
        row["score"][name] |= changes.get(name, {})
    row["fixture"]["status"]["short"] = changes.get("short", row["fixture"]["status"]["short"])
    reply = CASE.parse(json.dumps(answer).encode())
    number = str(row["fixture"]["id"])
    return reply, next((fact for fact in reply.of(Result) if fact.event == number), None)


def sides(home, away):
    return {"home": home, "away": away}


@pytest.mark.parametrize(
    ("halftime", "kept", "aside"),
    [
        (sides(0, 1), None, {"half_time: of a match that was awarded": 1}),
        (sides(1, 0), (1, 0), {}),
        (sides(None, None), None, {}),
    ],
)
def test_a_match_decided_at_a_table_keeps_its_result_whatever_half_time_was(halftime, kept, aside):
    reply, result = fixture(4, halftime=halftime)
    assert result == Result("900005", "awarded", (3, 0), kept)
    assert reply.set_aside == aside


def test_the_table_counts_before_what_was_played():
    _, result = fixture(4, fulltime=sides(0, 1), halftime=sides(0, 1))
    assert result == Result("900005", "awarded", (3, 0))


def test_an_award_without_a_result_yet_is_no_fault():
    nobody = sides(None, None)
    reply, result = fixture(4, goals=nobody, fulltime=nobody, short="WO")
    assert result == Result("900005", "awarded")
    assert len(reply.refused) == 2


@pytest.mark.parametrize(
    ("short", "half_time"), [("1H", None), ("LIVE", None), ("HT", (1, 0)), ("2H", (1, 0)), ("ET", (1, 0))]
)
def test_the_score_at_half_time_is_unknown_until_then(short, half_time):
    _, result = fixture(2, short=short)
    assert result == Result("900003", "in_play", (1, 0), half_time)


def test_finished_matches_ask_for_statistics_and_coming_ones_for_past_meetings():
    names = [request.name for request in CASE.parse().more]
    assert names == [
        "fixtures/statistics?fixture=900001",
        "fixtures/headtohead?h2h=1800004-1800005&last=10",
        "fixtures/headtohead?h2h=1800014-1800015&last=10",
    ]


def test_past_meetings_are_the_newest_first_and_only_those_played():
    (fact,) = BY_FILE["api_football_headtohead.json"].parse().of(HeadToHead)
    assert [(meeting.competition, meeting.goals) for meeting in fact.meetings] == [
        ("Premier League", (2, 2)),
        ("FA Cup", (0, 1)),
    ]


def test_a_table_is_read_whole_or_not_at_all():
    case = BY_FILE["api_football_standings.json"]
    first, second = case.parse().of(Standing)
    assert (first.team, first.rank, first.points, first.goals_against) == ("Newcastle", 1, 10, 2)
    assert (second.won, second.drawn, second.lost) == (2, 1, 1)
    with pytest.raises(BadAnswer, match="matches do not add up"):
        case.parse(case.data.replace(b'"win": 3', b'"win": 4'))


def test_a_season_of_a_team():
    (fact,) = BY_FILE["api_football_team_season.json"].parse().of(SeasonStatistics)
    assert fact == SeasonStatistics(
        league="epl",
        season="3132",
        team="Newcastle",
        played=4,
        goals_for=9,
        goals_against=2,
        clean_sheets=2,
        failed_to_score=0,
        form="WWDW",
    )


def test_statistics_of_a_match_come_side_by_side_and_nulls_are_not_zeroes():
    home, away = BY_FILE["api_football_match_statistics.json"].parse().of(TeamStatistics)
    assert (home.event, home.team, home.values["shots"], home.values["xg"]) == (
        "900001",
        "Newcastle",
        15.0,
        2.11,
    )
    assert "reds" not in home.values
    assert away.values["reds"] == 1.0


@pytest.mark.parametrize(
    ("file", "error"),
    [("api_football_denied.json", SourceDenied), ("api_football_spent.json", SourceBusy)],
)
def test_errors_say_what_to_do_in_our_words(file, error):
    with pytest.raises(error) as raised:
        Case(ApiFootball(), "fixtures?date=x", MADE_UP / file).parse()
    assert "Made-up" not in str(raised.value) + raised.value.hint


def test_an_answer_to_another_request_is_refused():
    with pytest.raises(BadAnswer, match="answers another request"):
        Case(ApiFootball(), "standings?league=39", CASE.path).parse()


def test_two_clocks_that_disagree_are_refused():
    answer = json.loads(CASE.data)
    answer["response"][0]["fixture"]["timestamp"] += 3600
    reply = CASE.parse(json.dumps(answer).encode())
    assert reply.refused[0].reason == "fixture.date contradicts fixture.timestamp"


@pytest.mark.skipif(data_folder() is None, reason="the made-up replies above stand in for the vendor's own")
def test_the_vendors_own_examples_are_read():
    replies = {
        case.path.stem: case.parse() for case in real_cases() if case.path.parent.name == "api-football"
    }
    assert replies["standings"].of(Standing)[0].points == 70
    assert replies["teams_statistics"].of(SeasonStatistics)[0].goals_for == 66
    assert replies["fixtures_statistics"].of(TeamStatistics)[0].values["fouls"] == 22.0
    assert replies["fixtures_headtohead"].of(HeadToHead)[0].meetings[0].goals == (4, 1)
    assert replies["fixtures_live"].refused[0].reason == "another league"
    folder = data_folder()
    assert folder is not None
    with pytest.raises(SourceDenied):
        Case(ApiFootball(), "fixtures", folder / "api-samples/api-football/error_suspended.json").parse()
