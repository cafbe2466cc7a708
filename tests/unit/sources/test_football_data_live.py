from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from sabiscore.domain.facts import Quote, Result, TeamStatistics
from sabiscore.errors import BadAnswer, NotFound
from sabiscore.sources.base import Request, Wanted
from sabiscore.sources.football_data_live import FootballDataLive

NOW = datetime(2031, 9, 13, tzinfo=UTC)
SEASON = Request(url="https://made.up", name="E0_3132.csv")
FIXTURES = Request(url="https://made.up", name="fixtures.csv")
HEADER = b"Div,Date,Time,HomeTeam,AwayTeam,FTHG,FTAG,FTR,HTHG,HTAG,HS,AS,B365H,B365D,B365A\n"
PLAYED = b"E0,13/09/2031,15:00,Nott'm Forest,Man City,1,2,A,1,0,8,17,5.5,4.2,1.6\n"


def test_season_files_for_results_and_the_list_of_coming_matches_for_odds():
    wanted = Wanted(frozenset({"results", "odds"}), ("epl",), date(2031, 9, 12), date(2031, 9, 14))
    names = [request.name for request in FootballDataLive().requests(wanted, NOW)]
    assert names == ["fixtures.csv", "E0_3132.csv"]


def test_a_season_file_gives_events_under_our_ids_with_their_facts():
    reply = FootballDataLive().parse(SEASON, HEADER + PLAYED, {})
    (event,) = reply.events
    assert (event.id, event.home) == ("epl-3132-nottm-forest-man-city", "Nott'm Forest")
    assert reply.of(Result) == (Result(event.id, "finished", (1, 2), (1, 0)),)
    assert [fact.values for fact in reply.of(TeamStatistics)] == [{"shots": 8.0}, {"shots": 17.0}]
    (quote,) = reply.of(Quote)
    assert (quote.book, quote.prices, quote.phase) == ("b365", (5.5, 4.2, 1.6), "pre")


@pytest.mark.parametrize("data", [b"", b"<html>", HEADER, PLAYED, b"\0"])
def test_what_is_no_file_of_matches_is_one_error(data):
    with pytest.raises(BadAnswer, match=r"^football-data\.co\.uk"):
        FootballDataLive().parse(SEASON, data, {})


@pytest.mark.parametrize("data", [HEADER, HEADER + PLAYED.replace(b"E0", b"EC")])
@pytest.mark.parametrize(
    ("now", "error"),
    [(datetime(2031, 8, 8, tzinfo=UTC), NotFound), (datetime(2031, 11, 8, tzinfo=UTC), BadAnswer)],
)
def test_what_stands_in_for_a_season_file_is_no_fault_until_autumn(data, now, error):
    wanted = Wanted(frozenset({"results"}), ("epl",), now.date(), now.date())
    (request,) = FootballDataLive().requests(wanted, now)
    with pytest.raises(error, match=r"^football-data\.co\.uk"):
        FootballDataLive().parse(request, data, {})


def test_a_list_of_coming_matches_may_be_empty_but_not_useless():
    assert FootballDataLive().parse(FIXTURES, HEADER, {}).events == ()
    with pytest.raises(BadAnswer, match="unknown division"):
        FootballDataLive().parse(FIXTURES, HEADER + PLAYED.replace(b"E0", b"ZZ"), {})
