"""A row whose one field cannot be is refused or set aside under a reason that names it, whoever sent it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from sabiscore.domain.facts import Quote
from sabiscore.errors import BadAnswer, SourceBusy, SourceDenied
from tests.support.provider_replies import BY_FILE, Case

ABSENT = object()
"""Takes the field away instead of changing it."""


def changed(case: Case, path: Sequence[str | int], value: object) -> bytes:
    """The case's JSON with the field at ``path`` set to ``value``."""
    document = json.loads(case.data)
    holder = document
    for step in path[:-1]:
        holder = holder[step]
    if value is ABSENT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return json.dumps(document).encode()


def reasons(case: Case, data: bytes) -> Counter[str]:
    """How often the parsed answer gives each reason for what it does not take."""
    reply = case.parse(data)
    return Counter(row.reason for row in reply.refused) + Counter(reply.set_aside)


def path(dotted: str) -> list[str | int]:
    return [int(step) if step.isdigit() else step for step in dotted.split("/")]


FIXTURE, PLAYED = "response/0", "response/0/score"
MATCH = "events/0/competitions/0"
SIDE = f"{MATCH}/competitors/0"
BOOK = "0/bookmakers/0"
PERIOD = "leagues/0/events/0/periods/0"
MARKET, RUNNER = "result/0", "result/0/runners/0"

MATCH_OF_A_FEED = {
    "league": "epl",
    "season": "3132",
    "kickoff_at": "2031-09-13T14:00:00Z",
    "home": "Fulham",
    "away": "Everton",
}
BETFAIR_IS_BUSY = {"error": {"data": {"APINGException": {"errorCode": "TOO_MANY_REQUESTS"}}}}
BETFAIR_DENIES = {"error": {"data": {"APINGException": {"errorCode": "INVALID_APP_KEY"}}}}

MALFORMED = {
    "api_football_fixtures.json": [
        (f"{FIXTURE}/league/id", 999, "another league"),
        (f"{FIXTURE}/league/round", "Promotion Final", "a play-off"),
        (f"{FIXTURE}/fixture/timestamp", 5, "fixture.date contradicts fixture.timestamp"),
        (f"{FIXTURE}/fixture/status/short", "??", "fixture.status.short is not one we know"),
        (f"{FIXTURE}/league/season", 2030, "the kick-off is outside the season"),
        (f"{FIXTURE}/league/season", 1890, "season is not a year"),
        (f"{PLAYED}/fulltime", {"home": None, "away": None}, "finished without goals"),
        (f"{PLAYED}/fulltime", {"home": 3}, "goals: away is missing"),
        (f"{PLAYED}/fulltime/home", None, "goals of one side only"),
        (f"{PLAYED}/halftime/home", 4, "more goals at half time than at full time"),
        (f"{FIXTURE}/teams/home/name", "Brighton", "a team against itself"),
        (f"{FIXTURE}/teams/home/name", "x" * 61, "teams.home.name: a name is too long"),
        (f"{FIXTURE}/teams/home/name", "x" * 999, "teams.home.name: a name is too long"),
        (f"{FIXTURE}/teams/home/name", 7, "teams.home.name: not a text"),
        (f"{FIXTURE}/teams/home", 7, "teams.home is not an object"),
        (f"{FIXTURE}/fixture/id", True, "fixture.id: not an id"),
        (f"{FIXTURE}/fixture/date", 7, "fixture.date: not a time with its offset"),
        (f"{FIXTURE}/fixture/date", "2031-02-30T14:00:00Z", "fixture.date: not a time with its offset"),
        (f"{FIXTURE}/fixture/date", "1031-09-13T14:00:00Z", "fixture.date: not a time of ours"),
    ],
    "api_football_headtohead.json": [
        (f"{FIXTURE}/fixture/status/short", "NS", "not played yet"),
        (f"{PLAYED}/fulltime", {"home": None, "away": None}, "finished without goals"),
    ],
    "api_football_standings.json": [
        (f"{FIXTURE}/league/id", 999, "another league"),
    ],
    "api_football_team_season.json": [
        ("response/league/id", 999, "another league"),
    ],
    "api_football_match_statistics.json": [
        (f"{FIXTURE}/statistics/0", {"type": "Fouls"}, "statistics.value is missing"),
        (f"{FIXTURE}/statistics/0/type", "Fouls", "a statistic is named twice"),
        (f"{FIXTURE}/statistics/0/value", "many", "on_target: not a number"),
        (f"{FIXTURE}/statistics/0/value", 1.5, "on_target: not a count"),
        (f"{FIXTURE}/statistics/0/value", 201, "on_target: not a count"),
        (f"{FIXTURE}/statistics/0/value", 10**400, "on_target: not a number"),
    ],
    "espn_scoreboard.json": [
        ("events/0/competitions", [], "competitions: not one match"),
        (f"{MATCH}/id", "1", "competition.id is of another event"),
        (f"{MATCH}/timeValid", "yes", "competition.timeValid: not true or false"),
        (f"{SIDE}/homeAway", "home", "competitors: not one home and one away"),
        (f"{MATCH}/status/type/name", "STATUS_FULL_PEN", "decided after 90 minutes"),
        (f"{MATCH}/status/type", {"name": "ODD", "state": "odd"}, "status.type.name is not one we know"),
        (f"{MATCH}/status/type/state", "pre", "status.type.state contradicts its name"),
        (f"{SIDE}/statistics/1/displayValue", "9.5", "shots: not a count"),
    ],
    "pinnacle_fixtures.json": [
        ("league/0/events/0/liveStatus", 1, "in play"),
        ("league/0/events/0/parentId", 7, "a part of another event"),
    ],
    "pinnacle_odds.json": [
        (f"{PERIOD}/number", 1, "periods: not one whole match"),
        (f"{PERIOD}/status", 2, "not open"),
        (f"{PERIOD}/totals/1/points", 3.5, "ou25 ps: another line"),
        (f"{PERIOD}/spreads/0/altLineId", 9, "ah ps: not one main line"),
        (f"{PERIOD}/spreads/0/hdp", 0.1, "ah ps: no handicap line"),
        (f"{PERIOD}/moneyline/home", 1.0, "1x2 ps: a price outside 1.01 to 1000"),
        (f"{PERIOD}/moneyline/home", 1.01, "1x2 ps: impossible overround"),
    ],
    "betfair_catalogue.json": [
        (f"{MARKET}/competition/id", "1", "another league"),
        (f"{MARKET}/description/marketType", "CORRECT_SCORE", "another market"),
        (f"{MARKET}/event/name", "Aston Villa", "event.name is not 'home v away'"),
        (f"{RUNNER}/runnerName", "The Draw", "a runner is named twice"),
        (f"{RUNNER}/runnerName", "Everton", "the runners are not those of the match"),
        (f"{MARKET}/marketStartTime", "2031-09-13T15:00:00.000Z", "two markets of one event disagree"),
    ],
    "betfair_books.json": [
        (f"{MARKET}/marketId", "1.9", "a market that was not asked for"),
        (f"{MARKET}/inplay", True, "in play"),
        (f"{MARKET}/inplay", "no", "inplay: not true or false"),
        (f"{MARKET}/status", "SUSPENDED", "not open"),
        (f"{RUNNER}/selectionId", 999, "the runners are not those of the catalogue"),
        (f"{RUNNER}/status", "REMOVED", "a runner was withdrawn"),
        (f"{RUNNER}/ex/availableToBack/0/price", 1.0, "a level that cannot be"),
        (f"{RUNNER}/ex/availableToLay", [], "1x2 bfe: an outcome without both sides"),
        (f"{RUNNER}/ex/availableToLay/0/price", 9.0, "1x2 bfe: the sides are too far apart"),
    ],
    "the_odds_api_odds.json": [
        ("0/sport_key", "soccer_elsewhere", "another league"),
        ("0/bookmakers", ABSENT, "bookmakers is missing"),
        ("0/bookmakers", {}, "bookmakers: not a list"),
        (f"{BOOK}/key", "b365", "a book's key that means something else here"),
        (f"{BOOK}/markets/0/key", "outrights", "another market"),
        (f"{BOOK}/markets/0/key", "x" * 81, "market.key: a text is too long"),
        (f"{BOOK}/markets/0/outcomes/0/name", "Draw", "1x2: an outcome is named twice"),
        (f"{BOOK}/markets/0/outcomes/0/name", "Leeds", "1x2: the outcomes are not those of the match"),
        (f"{BOOK}/markets/0/last_update", "2031-09-13T14:00:00Z", "1x2: quoted in play"),
        (f"{BOOK}/markets/1/outcomes/0/point", 3.5, "ou25: two lines in one market"),
        (f"{BOOK}/markets/2/outcomes/0/point", 0.5, "ah: two lines in one market"),
    ],
    "understat_season.json": [
        ("dates/0/isResult", "yes", "isResult: not true or false"),
        ("dates/0/xG/h", "20.1", "xG: not a number of goals"),
        ("dates/0/datetime", "2031-09-13 24:00:00", "datetime: not a time"),
        ("dates/0/datetime", "2031-09-13T14:00Z", "datetime: not a time"),
    ],
    "licensed_values.json": [
        ("rows/0/squad_value_eur", 0, "squad_value_eur: not a value"),
        ("rows/0/day", "someday", "day: not a day"),
        ("rows/0/season", "31/32", "season: not like 2526"),
        ("rows/0/season", "3133", "season: its two years do not follow each other"),
        ("rows/0", MATCH_OF_A_FEED, "nothing is said of the match"),
        ("rows/0", MATCH_OF_A_FEED | {"home_goals": 1}, "goals of one side only"),
        ("rows/0", MATCH_OF_A_FEED | {"home_shots": 1.5, "away_shots": 2}, "shots: not a count"),
    ],
}  # fmt: skip


def cases(by_file):
    return [(file, *case) for file, cases in by_file.items() for case in cases]


@pytest.mark.parametrize(("file", "where", "value", "reason"), cases(MALFORMED))
def test_a_field_that_cannot_be_is_said_by_its_reason(file, where, value, reason):
    case = BY_FILE[file]
    damaged = changed(case, path(where), value)
    assert reasons(case, damaged)[reason] == reasons(case, case.data)[reason] + 1


UNUSABLE = {
    "api_football_standings.json": [
        (f"{FIXTURE}/league/standings/0/0/all/played", 5, "matches do not add up"),
    ],
    "api_football_team_season.json": [
        ("response/fixtures/played/total", 5, "fixtures.played does not add up"),
        ("response/form", "WLX", "not a row of W, D and L"),
    ],
    "espn_scoreboard.json": [
        ("leagues", [], "leagues: not one league"),
        ("leagues/0/slug", "esp.1", "not the league that was asked for"),
        ("events", ABSENT, "events is missing"),
    ],
    "pinnacle_odds.json": [
        ("leagues", 7, "leagues: not a list"),
    ],
    "betfair_books.json": [
        ("result", 7, "result: not a list"),
        ("error", {"code": -32602}, "the request was wrong"),
    ],
    "understat_season.json": [
        ("dates", ABSENT, "dates is missing"),
    ],
    "licensed_values.json": [
        ("rows", ABSENT, "rows is missing"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(("file", "where", "value", "reason"), cases(UNUSABLE))
def test_an_answer_of_which_nothing_can_be_used_says_why(file, where, value, reason):
    case = BY_FILE[file]
    with pytest.raises(BadAnswer, match=reason):
        case.parse(changed(case, path(where), value))


REFUSALS = [
    ("the_odds_api_odds.json", {"error_code": "OUT_OF_USAGE_CREDITS"}, SourceBusy),
    ("the_odds_api_odds.json", {"error_code": "DEACTIVATED_KEY"}, SourceDenied),
    ("the_odds_api_odds.json", {"message": "something else"}, BadAnswer),
    ("the_odds_api_odds.json", "no list", BadAnswer),
    ("betfair_books.json", BETFAIR_IS_BUSY, SourceBusy),
    ("betfair_books.json", BETFAIR_DENIES, SourceDenied),
]  # fmt: skip


@pytest.mark.parametrize(("file", "answer", "error"), REFUSALS)
def test_a_providers_own_refusal_is_known_by_its_code(file, answer, error):
    with pytest.raises(error):
        BY_FILE[file].parse(json.dumps(answer).encode())


def test_a_second_quote_of_a_book_is_set_aside_and_the_first_stays():
    case = BY_FILE["the_odds_api_odds.json"]
    rows = json.loads(case.data)
    rows[0]["bookmakers"].append(rows[0]["bookmakers"][0])
    reply = case.parse(json.dumps(rows).encode())
    assert reply.set_aside["a second quote of one book"] == 3
    assert reply.of(Quote) == case.parse().of(Quote)


def test_a_delayed_book_is_dated_by_its_delay_and_not_at_all_without_a_date():
    case = BY_FILE["betfair_books.json"]
    dated = {quote.market: quote.quoted_at for quote in case.parse().of(Quote)}
    assert (dated["1x2"] - dated["ou25"]).total_seconds() == 180
    undated = Case(case.provider, case.name, case.path, case.given)
    assert {quote.quoted_at for quote in undated.parse().of(Quote)} == {None}
