"""The Betfair Exchange: what is offered and asked on each outcome, through its JSON-RPC interface.

https://docs.developer.betfair.com: a catalogue names the markets and runners, market books hold their
prices by number. A book is therefore asked for with what the catalogue said, in the request's ``given``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from sabiscore.domain.facts import Event, Kind
from sabiscore.domain.match import Market
from sabiscore.errors import SabiScoreError, SourceBusy, SourceDenied
from sabiscore.sources.base import KeyPlace, Reply, Request, Wanted
from sabiscore.sources.betfair_book import Runners, read_book
from sabiscore.sources.reading import Fields, InvalidRow, OutOfScope, answered_at, bad_answer, read_json
from sabiscore.sources.row_collector import ParsedRow, RowCollector

COMPETITIONS: Mapping[str, str] = {
    "epl": "10932509", "championship": "7129730", "league-one": "35", "league-two": "37",
    "laliga": "117", "segunda": "12204313", "bundesliga": "59", "bundesliga-2": "61",
    "serie-a": "81", "serie-b": "12199689", "ligue-1": "55", "ligue-2": "57",
    "eredivisie": "9404054", "pro-league": "89979", "primeira-liga": "99", "super-league": "67",
    "super-lig": "194215", "scottish-premiership": "105",
}  # fmt: skip
"""Of the numbers only the larger leagues' were seen in use; a wrong one finds no team of ours."""
_LEAGUES = {number: league for league, number in COMPETITIONS.items()}

BOOKS_A_REQUEST = 40
"""Betfair weighs a market's best offers 5 and refuses requests above 200."""
MOST_MARKETS = 200
DRAW, OVER, UNDER = "The Draw", "Over 2.5 Goals", "Under 2.5 Goals"
_TYPES: Mapping[str, Market] = {"MATCH_ODDS": "1x2", "OVER_UNDER_25": "ou25"}
_PLACES = (
    KeyPlace("SABISCORE_BETFAIR_APP_KEY", "header", "X-Application"),
    KeyPlace("SABISCORE_BETFAIR_SESSION", "header", "X-Authentication"),
)
_BUSY = frozenset({"TOO_MANY_REQUESTS", "SERVICE_BUSY"})
_DENIED = frozenset(
    {"INVALID_SESSION_INFORMATION", "NO_SESSION", "NO_APP_KEY", "INVALID_APP_KEY", "ACCESS_DENIED"}
)


class Betfair:
    """The source; a session lasts hours and is renewed outside of here."""

    name = "betfair.com"
    origin = "https://api.betfair.com"
    gives: frozenset[Kind] = frozenset({"odds", "depth"})
    keys = tuple(place.variable for place in _PLACES)

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:  # noqa: ARG002
        """The catalogue of the leagues wanted; market books follow from it."""
        numbers = [COMPETITIONS[league] for league in wanted.leagues if league in COMPETITIONS]
        if not numbers or not wanted.kinds & self.gives:
            return []
        start = {"from": f"{wanted.first}T00:00:00Z", "to": f"{wanted.last}T23:59:59Z"}
        markets = {
            "eventTypeIds": ["1"],
            "competitionIds": numbers,
            "marketTypeCodes": list(_TYPES),
            "marketStartTime": start,
        }
        projection = ["COMPETITION", "EVENT", "MARKET_START_TIME", "MARKET_DESCRIPTION", "RUNNER_DESCRIPTION"]
        return [
            self._call(
                "listMarketCatalogue",
                {"filter": markets, "maxResults": str(MOST_MARKETS), "marketProjection": projection},
            )
        ]

    def _call(self, method: str, parameters: Mapping[str, object], given: str = "") -> Request:
        call = {"jsonrpc": "2.0", "method": f"SportsAPING/v1.0/{method}", "params": parameters, "id": 1}
        return Request(
            url=f"{self.origin}/exchange/betting/json-rpc/v1",
            name=method,
            method="POST",
            headers={"content-type": "application/json", "accept": "application/json"},
            body=json.dumps(call, sort_keys=True).encode(),
            keys=_PLACES,
            given=given,
        )

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:
        """The events of a catalogue and the books to ask for, or the prices of books."""
        collector = RowCollector(provider=self.name)
        try:
            answer = Fields(read_json(self.name, data), "the answer")
            if answer.has("error"):
                raise self._refusal(answer)
            rows = answer.rows("result")
        except InvalidRow as reason:
            raise bad_answer(self.name, str(reason)) from None
        if request.name == "listMarketBook":
            known = read_given(request.given)
            collector.each(
                rows, partial(read_book, known=known, at=answered_at(headers), collector=collector)
            )
        else:
            self._catalogue(rows, collector)
        return collector.reply()

    def _catalogue(self, rows: Sequence[object], collector: RowCollector) -> None:
        found: dict[str, Runners] = {}
        collector.each(rows, partial(_market, found=found, events=collector.events))
        markets = list(found.items())
        for first in range(0, len(markets), BOOKS_A_REQUEST):
            some = dict(markets[first : first + BOOKS_A_REQUEST])
            offers = {"priceData": ["EX_BEST_OFFERS"]}
            given = json.dumps({number: [r.event, r.market, list(r.numbers)] for number, r in some.items()})
            collector.more.append(
                self._call("listMarketBook", {"marketIds": list(some), "priceProjection": offers}, given)
            )

    def _refusal(self, answer: Fields) -> SabiScoreError:
        try:
            code = answer.at("error").at("data").at("APINGException").word("errorCode")
        except InvalidRow:
            code = ""
        if code in _DENIED:
            return SourceDenied(
                f"{self.name} does not take the session or the key.",
                hint="Renew SABISCORE_BETFAIR_SESSION, and check SABISCORE_BETFAIR_APP_KEY.",
            )
        if code in _BUSY:
            return SourceBusy(f"{self.name} asks for a pause.", hint="It is asked again later.")
        return bad_answer(self.name, "it says that the request was wrong")


def read_given(text: str) -> dict[str, Runners]:
    """What the catalogue said of the markets of a request: number → event, market, runners."""
    return {
        number: Runners(event, market, tuple(numbers))
        for number, (event, market, numbers) in json.loads(text or "{}").items()
    }


def _market(row: object, found: dict[str, Runners], events: Mapping[str, Event]) -> ParsedRow:
    """One market of the catalogue; the first of a match brings the event."""
    fields = Fields(row)
    league = _LEAGUES.get(fields.at("competition").identity("id"))
    market = _TYPES.get(fields.at("description").word("marketType"))
    if league is None:
        raise OutOfScope("another league")
    if market is None:
        raise OutOfScope("another market")
    match = fields.at("event")
    sides = match.name("name").split(" v ")
    if len(sides) != 2:
        raise InvalidRow("event.name is not 'home v away'")
    event = Event(
        id=match.identity("id"),
        league=league,
        season=None,
        kickoff_at=fields.instant("marketStartTime"),
        home=sides[0],
        away=sides[1],
    )
    runners = _runners(fields)
    order = (event.home, DRAW, event.away) if market == "1x2" else (OVER, UNDER)
    if set(runners) != set(order):
        raise InvalidRow("the runners are not those of the match")
    known = events.get(event.id)
    if known not in (None, event):
        raise InvalidRow("two markets of one event disagree")
    found[fields.identity("marketId")] = Runners(event.id, market, tuple(runners[name] for name in order))
    return ParsedRow(None if known else event)


def _runners(fields: Fields) -> dict[str, int]:
    rows = [Fields(row, "runner") for row in fields.rows("runners")]
    runners = {row.name("runnerName"): row.whole("selectionId", 10**12) for row in rows}
    if len(runners) != len(rows) or len(set(runners.values())) != len(rows):
        raise InvalidRow("a runner is named twice")
    return runners
