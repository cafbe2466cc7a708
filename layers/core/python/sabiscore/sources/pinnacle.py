"""Pinnacle's lines API: the sharpest prices, for those who still have access (public access ended in 2026).

https://pinnacleapi.github.io/linesapi. Fixtures and odds are two answers that meet by event number. The
shapes are from the documentation, not from a capture.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial

from sabiscore.domain.facts import Event, Fact, Kind, Quote
from sabiscore.sources.base import KeyPlace, Reply, Request, Wanted
from sabiscore.sources.prices import GOALS, validate_line, validate_odds
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope, bad_answer, read_instant, read_json
from sabiscore.sources.row_collector import ParsedRow, RowCollector

NUMBERS: Mapping[str, int] = {
    "epl": 1980, "championship": 1977, "league-one": 1957, "league-two": 1958, "laliga": 2196,
    "segunda": 2432, "bundesliga": 1842, "bundesliga-2": 1843, "serie-a": 2436, "serie-b": 2438,
    "ligue-1": 2036, "ligue-2": 2037, "eredivisie": 1928, "pro-league": 1817, "primeira-liga": 2386,
    "super-league": 2081, "super-lig": 2592, "scottish-premiership": 2421,
}  # fmt: skip
_LEAGUES = {number: league for league, number in NUMBERS.items()}
SOCCER = 29
_KEY = KeyPlace("SABISCORE_PINNACLE_AUTHORIZATION", "header", "Authorization")


class Pinnacle:
    """The source; the setting holds the whole Authorization field (``Basic …``)."""

    name = "pinnacle.com"
    origin = "https://api.pinnacle.com"
    gives: frozenset[Kind] = frozenset({"odds", "fixtures"})
    keys = (_KEY.variable,)

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:  # noqa: ARG002
        """The fixtures of all leagues wanted, then their odds."""
        numbers = ",".join(str(NUMBERS[league]) for league in wanted.leagues if league in NUMBERS)
        if not numbers or not wanted.kinds & self.gives:
            return []
        where = f"sportId={SOCCER}&leagueIds={numbers}"
        asked = [Request(url=f"{self.origin}/v3/fixtures?{where}", name="fixtures", keys=(_KEY,))]
        if "odds" in wanted.kinds:
            address = f"{self.origin}/v3/odds?{where}&oddsFormat=Decimal"
            asked.append(Request(url=address, name="odds", keys=(_KEY,)))
        return asked

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """The events of the fixtures, or the prices of the odds."""
        collector = RowCollector(provider=self.name)
        list_name, read = ("league", _event) if request.name == "fixtures" else ("leagues", _prices)
        try:
            for row in Fields(read_json(self.name, data), "the answer").rows(list_name):
                league = Fields(row, "league")
                key = _LEAGUES.get(league.whole("id", 10**9))
                if key is not None:
                    collector.each(league.rows("events"), partial(read, league=key, collector=collector))
        except InvalidRow as reason:
            raise bad_answer(self.name, str(reason)) from None
        return collector.reply()


def _event(row: object, league: str, collector: RowCollector) -> ParsedRow:  # noqa: ARG001
    fields = Fields(row)
    if fields.whole("liveStatus") == 1:
        raise OutOfScope("in play")
    if fields.maybe("parentId", lambda value: value) is not None:
        raise OutOfScope("a part of another event")
    if fields.word("resultingUnit") != "Regular":
        raise OutOfScope("no count of goals")
    event = Event(
        id=fields.identity("id"),
        league=league,
        season=None,
        kickoff_at=fields.instant("starts"),
        home=fields.name("home"),
        away=fields.name("away"),
    )
    return ParsedRow(event)


def _prices(row: object, league: str, collector: RowCollector) -> ParsedRow:  # noqa: ARG001
    fields = Fields(row)
    event = fields.identity("id")
    periods = [Fields(period, "period") for period in fields.rows("periods")]
    whole = [period for period in periods if period.whole("number") == 0]
    if len(whole) != 1:
        raise InvalidRow("periods: not one whole match")
    if whole[0].whole("status") != 1:
        raise OutOfScope("not open")
    return ParsedRow(facts=tuple(_quotes(event, whole[0], collector)))


def _quotes(event: str, period: Fields, collector: RowCollector) -> Iterator[Fact]:
    yield from collector.validated("1x2 ps", lambda: _winner(event, period))
    yield from collector.validated("ou25 ps", lambda: _goals(event, period))
    yield from collector.validated("ah ps", lambda: _handicap(event, period))


def _winner(event: str, period: Fields) -> Quote:
    line = period.at("moneyline")
    prices = validate_odds([line.number(side) for side in ("home", "draw", "away")])
    return Quote(
        event=event,
        market="1x2",
        book="ps",
        prices=prices,
        quoted_at=period.maybe("moneylineUpdatedAt", read_instant),
    )


def _goals(event: str, period: Fields) -> Quote:
    lines = [Fields(row, "totals") for row in period.rows("totals")]
    at_goals = [line for line in lines if line.number("points") == GOALS]
    if len(at_goals) != 1:
        raise InvalidRow("another line")
    prices = validate_odds([at_goals[0].number(side) for side in ("over", "under")])
    return Quote(
        event=event,
        market="ou25",
        book="ps",
        prices=prices,
        quoted_at=period.maybe("totalUpdatedAt", read_instant),
    )


def _handicap(event: str, period: Fields) -> Quote:
    lines = [Fields(row, "spreads") for row in period.rows("spreads")]
    main = [line for line in lines if not line.has("altLineId")]
    if len(main) != 1:
        raise InvalidRow("not one main line")
    prices = validate_odds([main[0].number(side) for side in ("home", "away")])
    at = period.maybe("spreadUpdatedAt", read_instant)
    return Quote(
        event=event,
        market="ah",
        book="ps",
        prices=prices,
        line=validate_line(main[0].number("hdp")),
        quoted_at=at,
    )
