"""What a rehearsal's providers say: read by the real parsers, in time, and never before it was known."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from infra.backtest.network import PastNetwork
from infra.backtest.season import PastSeason, Played, read_season
from sabiscore.clock import FixedClock
from sabiscore.domain.facts import Quote, Result, TeamStatistics
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.errors import Refused
from sabiscore.net.client import Client, HttpCall
from sabiscore.sources.base import Provider, Reply, Wanted
from sabiscore.sources.espn import Espn
from sabiscore.sources.football_data_live import FootballDataLive
from sabiscore.sources.the_odds_api import TheOddsApi
from tests.support.season_files import csv, season

EPL = LEAGUE_BY_KEY["epl"]
MINUTE = timedelta(minutes=1)
FILES = FootballDataLive()


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> PastSeason:
    folder = tmp_path_factory.mktemp("seasons")
    rows = season("E0", 2024)
    (folder / "E0_2425.csv").write_bytes(csv(rows))
    return read_season([folder / "E0_2425.csv"], "2425", [EPL])


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2024, 8, 1, tzinfo=UTC))


@pytest.fixture
def client(past: PastSeason, clock: FixedClock) -> Iterator[Client]:
    with Client(transport=PastNetwork(past, clock)) as open_client:
        yield open_client


@pytest.fixture
def played(past: PastSeason) -> Played:
    return past.matches[10]


def ask(client: Client, provider: Provider, kind: str, at: datetime) -> Reply:
    """What ``provider`` says of the league's ``kind`` at ``at``, by its real requests and parser."""
    wanted = Wanted(frozenset({kind}), ("epl",), at.date(), at.date() + timedelta(days=7))  # type: ignore[arg-type]
    (request,) = provider.requests(wanted, at)
    answer = client.send(HttpCall(url=request.url))
    assert answer.status == 200
    return provider.parse(request, answer.body, answer.headers)


def quotes(reply: Reply, event: str) -> dict[str, tuple[float, ...]]:
    return {
        fact.book: fact.prices for fact in reply.of(Quote) if fact.event == event and fact.market == "1x2"
    }


def test_fixtures_are_listed_from_ten_days_before_until_kick_off(
    client: Client, clock: FixedClock, played: Played
) -> None:
    shown = []
    for at in (played.listed_at - MINUTE, played.listed_at, played.kickoff_at - MINUTE, played.kickoff_at):
        clock.at = at
        shown.append(played.match.id in {event.id for event in ask(client, FILES, "fixtures", at).events})
    assert shown == [False, True, True, False]


def test_early_prices_are_known_from_the_afternoon_on_which_they_are_collected(
    client: Client, clock: FixedClock, played: Played
) -> None:
    assert played.match.priced_at is not None
    clock.at = played.match.priced_at - MINUTE
    assert quotes(ask(client, FILES, "fixtures", clock.at), played.match.id) == {}
    clock.at = played.match.priced_at
    answer = ask(client, FILES, "fixtures", clock.at)
    assert quotes(answer, played.match.id) == {
        book: prices
        for (market, book, phase), prices in played.match.prices.items()
        if (market, phase) == ("1x2", "pre")
    }
    assert not [fact for fact in answer.facts if not isinstance(fact, Quote) or fact.phase != "pre"]


def test_the_season_file_grows_the_morning_after_and_then_says_all(
    client: Client, clock: FixedClock, played: Played
) -> None:
    clock.at = played.filed_at - MINUTE
    before = ask(client, FILES, "results", clock.at)
    clock.at = played.filed_at
    after = ask(client, FILES, "results", clock.at)
    assert {event.id for event in after.events} - {event.id for event in before.events} == {played.match.id}
    assert [fact.goals for fact in after.of(Result) if fact.event == played.match.id] == [played.match.goals]
    assert {fact.phase for fact in after.of(Quote)} == {"pre", "close"}


def test_a_season_without_a_result_yet_has_no_file(client: Client) -> None:
    (request,) = FILES.requests(
        Wanted(frozenset({"results"}), ("epl",), date(2024, 8, 1), date(2024, 8, 8)),
        datetime(2024, 8, 1, tzinfo=UTC),
    )
    assert client.send(HttpCall(url=request.url)).status == 404


def test_a_books_closing_price_takes_the_place_of_its_early_one_shortly_before_kick_off(
    client: Client, clock: FixedClock, played: Played
) -> None:
    odds = TheOddsApi(("h2h", "totals"))
    assert played.match.priced_at is not None
    found = {}
    for name, at in (("none", played.match.priced_at - MINUTE), ("pre", played.match.priced_at)):
        clock.at = at
        answer = ask(client, odds, "odds", at)
        (event,) = [event for event in answer.events if event.kickoff_at == played.kickoff_at]
        found[name] = quotes(answer, event.id)
    assert found == {"none": {}, "pre": {"b365": played.match.prices["1x2", "b365", "pre"]}}
    clock.at = played.closes_at - MINUTE
    assert [quote.quoted_at for quote in ask(client, odds, "odds", clock.at).of(Quote)] == [
        played.match.priced_at
    ]


def test_a_score_is_reported_two_hours_after_kick_off_with_its_statistics(
    client: Client, clock: FixedClock, played: Played
) -> None:
    answer = {}
    for name, at in (
        ("before", played.kickoff_at - MINUTE),
        ("on", played.kickoff_at + MINUTE),
        ("over", played.ends_at),
    ):
        clock.at = at
        reply = ask(client, Espn(), "results", at)
        events = [event.id for event in reply.events if event.kickoff_at == played.kickoff_at]
        answer[name] = [(fact.status, fact.goals) for fact in reply.of(Result) if fact.event in events]
    assert answer == {"before": [("scheduled", None)], "on": [], "over": [("finished", played.match.goals)]}
    shots = [fact.values["shots"] for fact in reply.of(TeamStatistics) if fact.event in events]
    assert tuple(shots) == played.match.statistics["shots"]


def test_nobody_else_is_there(client: Client) -> None:
    assert client.send(HttpCall(url="https://understat.com/getLeagueData/EPL/2024")).status == 404
    assert client.send(HttpCall(url="https://api.the-odds-api.com/v4/sports/soccer_spl/odds")).status == 404
    assert (
        client.send(
            HttpCall(url="https://site.api.espn.com/apis/site/v2/sports/soccer/esp.1/scoreboard")
        ).status
        == 404
    )


def test_a_season_that_is_not_there_or_tells_no_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"E0_2324\.csv"):
        read_season([], "2324", [EPL])
    timeless = tmp_path / "E0_2425.csv"
    timeless.write_bytes(csv([row | {"Time": ""} for row in season("E0", 2024)]))
    with pytest.raises(Refused, match="no times of kick-off"):
        read_season([timeless], "2425", [EPL])
