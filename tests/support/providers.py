"""Two made-up providers that speak a small JSON of our own, and what they would answer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from sabiscore.domain.facts import Event, Fact, Kind, Quote, Result
from sabiscore.errors import BadAnswer, SabiScoreError
from sabiscore.sources.base import KeyPlace, Provider, RefusedRow, Reply, Request, Wanted

DAY = date(2026, 4, 18)
KICK_OFF = datetime(2026, 4, 18, 14, tzinfo=UTC)
EVERY: frozenset[Kind] = frozenset({"fixtures", "odds"})


@dataclass
class Made:
    """A provider at ``https://{name}.example`` with one request a league, ``leagues`` covered."""

    name: str
    keys: tuple[str, ...] = ()
    gives: frozenset[Kind] = EVERY
    leagues: tuple[str, ...] = ("epl", "laliga")
    places: tuple[KeyPlace, ...] = ()

    @property
    def origin(self) -> str:
        return f"https://{self.name}.example"

    def requests(self, wanted: Wanted, now: datetime) -> Sequence[Request]:
        return [
            Request(
                url=f"{self.origin}/v1/{league}", name=f"{league}.json", max_bytes=100_000, keys=self.places
            )
            for league in wanted.leagues
            if league in self.leagues and wanted.kinds & self.gives
        ]

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:
        try:
            content = json.loads(data)
            return reply(self.name, content["league"], content["odds"], content.get("more", ()))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadAnswer(f"{self.name}: not what was asked for.") from error


def reply(
    name: str, league: str, odds: Sequence[float] = (), more: Sequence[str] = (), *, refused: int = 0
) -> Reply:
    """One event of ``league`` with its odds; no event at all without odds."""
    facts: list[Fact] = (
        [Quote(event="1", market="1x2", book="avg", prices=tuple(odds)), Result("1", "scheduled")]
        if odds
        else []
    )
    return Reply(
        provider=name,
        events=(
            Event(
                id="1", league=league, season="2526", kickoff_at=KICK_OFF, home="Ashford", away="Brookvale"
            ),
        )
        if odds
        else (),
        facts=tuple(facts),
        refused=tuple(RefusedRow(line, "no team", "x") for line in range(refused)),
        more=tuple(Request(url=f"https://{name}.example/v1/{path}", name=path) for path in more),
    )


def body(league: str, odds: Sequence[float] = (2.0, 3.5, 4.0), more: Sequence[str] = ()) -> bytes:
    """What a provider sends."""
    return json.dumps({"league": league, "odds": list(odds), "more": list(more)}).encode()


def wanted(*leagues: str, kinds: frozenset[Kind] = EVERY) -> Wanted:
    """What is asked of both."""
    return Wanted(kinds, leagues or ("epl",), DAY, DAY)


@dataclass
class Scripted:
    """An fetcher that answers from a table: (provider, path) → a reply or an error."""

    table: Mapping[tuple[str, str], Reply | SabiScoreError]
    asked: list[tuple[str, str]] = field(default_factory=list)
    urgent: list[tuple[str, str]] = field(default_factory=list)

    def ask(self, provider: Provider, request: Request, *, urgent: bool = False) -> Reply:
        key = provider.name, request.url.rsplit("/", 1)[-1]
        self.asked.append(key)
        self.urgent += [key] * urgent
        found = self.table[key]
        if isinstance(found, SabiScoreError):
            raise found
        return found
