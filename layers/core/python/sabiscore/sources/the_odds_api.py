"""The Odds API v4: prices of many bookmakers for coming matches. https://the-odds-api.com/liveapi/guides/v4/"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from sabiscore.domain.facts import Event, Fact, Kind, Quote
from sabiscore.domain.match import Market
from sabiscore.errors import SourceBusy, SourceDenied
from sabiscore.sources.base import KeyPlace, Reply, Request, Wanted
from sabiscore.sources.prices import GOALS, before, book_code, validate_line, validate_odds
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope, bad_answer, read_instant, read_json
from sabiscore.sources.row_collector import ParsedRow, RowCollector

SPORTS: Mapping[str, str] = {
    "epl": "soccer_epl",
    "championship": "soccer_efl_champ",
    "league-one": "soccer_england_league1",
    "league-two": "soccer_england_league2",
    "laliga": "soccer_spain_la_liga",
    "segunda": "soccer_spain_segunda_division",
    "bundesliga": "soccer_germany_bundesliga",
    "bundesliga-2": "soccer_germany_bundesliga2",
    "serie-a": "soccer_italy_serie_a",
    "serie-b": "soccer_italy_serie_b",
    "ligue-1": "soccer_france_ligue_one",
    "ligue-2": "soccer_france_ligue_two",
    "eredivisie": "soccer_netherlands_eredivisie",
    "pro-league": "soccer_belgium_first_div",
    "primeira-liga": "soccer_portugal_primeira_liga",
    "super-league": "soccer_greece_super_league",
    "super-lig": "soccer_turkey_super_league",
    "scottish-premiership": "soccer_spl",
}
_LEAGUES = {sport: league for league, sport in SPORTS.items()}
_MARKETS: Mapping[str, Market] = {"h2h": "1x2", "totals": "ou25", "spreads": "ah"}
_KEY = KeyPlace("SABISCORE_THE_ODDS_API_KEY", "query", "apiKey")


class TheOddsApi:
    """The source; each market in each region costs one credit a request."""

    name = "the-odds-api.com"
    origin = "https://api.the-odds-api.com"
    gives: frozenset[Kind] = frozenset({"odds", "fixtures"})
    keys = (_KEY.variable,)

    def __init__(self, markets: Sequence[str] = ("h2h",), regions: Sequence[str] = ("eu",)) -> None:
        self._markets = tuple(markets)
        self._regions = tuple(regions)

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:  # noqa: ARG002
        """One request a league; a list of fixtures alone costs nothing."""
        what: dict[str, str] = {
            "dateFormat": "iso",
            "commenceTimeFrom": f"{wanted.first.isoformat()}T00:00:00Z",
            "commenceTimeTo": f"{wanted.last.isoformat()}T23:59:59Z",
        }
        path, cost = "events", 0
        if "odds" in wanted.kinds:
            path, cost = "odds", len(self._markets) * len(self._regions)
            what |= {
                "regions": ",".join(self._regions),
                "markets": ",".join(self._markets),
                "oddsFormat": "decimal",
            }
        elif "fixtures" not in wanted.kinds:
            return []
        return [
            Request(
                url=f"{self.origin}/v4/sports/{SPORTS[league]}/{path}?{urlencode(what)}",
                name=f"{path}/{league}",
                keys=(_KEY,),
                cost=cost,
            )
            for league in wanted.leagues
            if league in SPORTS
        ]

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:  # noqa: ARG002
        """The matches of one league and the prices of each."""
        rows = read_json(self.name, data)
        if isinstance(rows, dict):
            raise self._refusal(rows)
        if not isinstance(rows, list):
            raise bad_answer(self.name, "it is no list of matches")
        collector = RowCollector(provider=self.name)
        priced = request.name.startswith("odds/")
        collector.each(rows, lambda row: _match(row, collector, priced=priced))
        return collector.reply()

    def _refusal(self, row: dict[str, object]) -> Exception:
        code = row.get("error_code")
        if code in ("OUT_OF_USAGE_CREDITS", "EXCEEDED_FREQ_LIMIT"):
            return SourceBusy(f"{self.name} says that its quota is spent.", hint="It is renewed monthly.")
        if code in ("MISSING_KEY", "INVALID_KEY", "DEACTIVATED_KEY"):
            return SourceDenied(f"{self.name} does not take the key.", hint=f"Check {_KEY.variable}.")
        return bad_answer(self.name, "it is no list of matches")


def _match(row: object, collector: RowCollector, *, priced: bool) -> ParsedRow:
    fields = Fields(row)
    league = _LEAGUES.get(fields.word("sport_key"))
    if league is None:
        raise OutOfScope("another league")
    event = Event(
        id=fields.identity("id"),
        league=league,
        season=None,
        kickoff_at=fields.instant("commence_time"),
        home=fields.name("home_team"),
        away=fields.name("away_team"),
    )
    return ParsedRow(event, tuple(_quotes(fields, event, collector)) if priced else ())


def _quotes(fields: Fields, event: Event, collector: RowCollector) -> Iterator[Fact]:
    try:
        books = fields.rows("bookmakers")
    except InvalidRow as reason:
        collector.set_aside[str(reason)] += 1
        return
    seen: set[tuple[Market, str]] = set()
    for row in books:
        try:
            book = Fields(row, "bookmaker")
            code = book_code(book.identity("key"))
            offered = [Fields(market, "market") for market in book.rows("markets")]
            markets = [(market.word("key"), market) for market in offered]
        except InvalidRow as reason:
            collector.set_aside[str(reason)] += 1
            continue
        for name, market in markets:
            if name == "h2h_lay":
                continue  # what bettors ask for, not what a book offers
            if name not in _MARKETS:
                collector.set_aside["another market"] += 1
            elif (_MARKETS[name], code) in seen:
                collector.set_aside["a second quote of one book"] += 1
            else:
                read = partial(_quote, name, market, book, code, event)
                for quote in collector.validated(_MARKETS[name], read):
                    seen.add((_MARKETS[name], code))
                    yield quote


def _quote(name: str, market: Fields, book: Fields, code: str, event: Event) -> Quote:
    at = market.maybe("last_update", read_instant) or book.maybe("last_update", read_instant)
    outcomes = [Fields(row, "outcome") for row in market.rows("outcomes")]
    prices = {outcome.name("name"): outcome.number("price") for outcome in outcomes}
    if len(prices) != len(outcomes):
        raise InvalidRow("an outcome is named twice")
    order = _order(name, event)
    if set(prices) != set(order):
        raise InvalidRow("the outcomes are not those of the match")
    line = None
    if name != "h2h":
        points = {outcome.name("name"): outcome.number("point") for outcome in outcomes}
        line = _line(name, points[order[0]], points[order[1]])
    return Quote(
        event=event.id,
        market=_MARKETS[name],
        book=code,
        prices=validate_odds([prices[outcome] for outcome in order]),
        line=line,
        quoted_at=before(event.kickoff_at, at),
    )


def _order(name: str, event: Event) -> tuple[str, ...]:
    if name == "totals":
        return ("Over", "Under")
    return (event.home, "Draw", event.away) if name == "h2h" else (event.home, event.away)


def _line(name: str, first: float, second: float) -> float | None:
    if name == "totals":
        if first != second:
            raise InvalidRow("two lines in one market")
        if first != GOALS:
            raise InvalidRow("another line")
        return None
    if first != -second:
        raise InvalidRow("two lines in one market")
    return validate_line(first)
