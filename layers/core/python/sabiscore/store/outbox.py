"""What stored facts make happen: each function records its events in the transaction of their cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection

from sabiscore.events.event import (
    Event,
    Goal,
    OddsMoved,
    PredictionSealed,
    PredictionSettled,
    ScoreCorrected,
    ValueBetChanged,
    ValueBetDied,
    ValueBetOpened,
)
from sabiscore.events.odds_moves import is_move
from sabiscore.events.scores import AcceptedScore, ReportedScore, after, scored
from sabiscore.ledger.entry import LedgerEntry
from sabiscore.store.events import newest, record

AVERAGE = "avg"
MARKETS = ("1x2", "ou25")
"""An average of handicaps would be one of different lines."""

Prices = tuple[float, ...]
Place = tuple[str, str]
"""Match and market."""
Bet = tuple[str, str, str]
"""Match, outcome and bundle."""


class Average(NamedTuple):
    """The average price of the books in a market, as quoted ``at``."""

    match_id: str
    market: Literal["1x2", "ou25"]
    at: datetime
    odds: Prices


def record_goals(
    connection: Connection,
    seen: Iterable[ReportedScore],
    earlier: Mapping[str, Sequence[tuple[int, int] | None]],
) -> None:
    """Goals and corrections by ``seen``; ``earlier`` has what each source said last of a match, by match.

    A match that nobody had reported before has no goals yet to compare with: its score is taken as it is.
    """
    of_match: defaultdict[str, list[ReportedScore]] = defaultdict(list)
    for observation in seen:
        of_match[observation.match_id].append(observation)
    previous = {observation.match_id: after(observation) for observation in _scores(connection, of_match)}
    happened: list[Event] = []
    for match_id, ones in of_match.items():
        believed = previous.get(match_id) or _start(earlier.get(match_id, ()))
        happened += scored(believed or AcceptedScore(ones[0].score), ones)
    record(connection, happened)


def _scores(connection: Connection, match_ids: Iterable[str]) -> list[Goal | ScoreCorrected]:
    found = newest(connection, ("goal", "score_corrected"), match_ids)
    return [row for row in found if isinstance(row, Goal | ScoreCorrected)]


def _start(earlier: Sequence[tuple[int, int] | None]) -> AcceptedScore | None:
    """What was believed before the first goal event: the highest score seen, 0-0 before kick-off."""
    if not earlier:
        return None
    return AcceptedScore(max((score for score in earlier if score is not None), key=sum, default=(0, 0)))


def record_moves(connection: Connection, first: Mapping[Place, Prices], averages: Iterable[Average]) -> None:
    """Moves of the averages since the last event, or since ``first``; the first price is no move."""
    last = {(average.match_id, average.market): average for average in averages}
    previous = {(move.match_id, move.market): move for move in _moves(connection, {key[0] for key in last})}
    happened = []
    for place, (match_id, market, at, odds) in last.items():
        before = previous[place].new if place in previous else first.get(place)
        is_newer = place not in previous or at > previous[place].at
        if before is not None and is_newer and is_move(before, odds):
            happened.append(OddsMoved(match_id=match_id, at=at, market=market, old=before, new=odds))
    record(connection, happened)


def _moves(connection: Connection, match_ids: Iterable[str]) -> list[OddsMoved]:
    found = newest(connection, ("odds_moved",), match_ids)
    return [row for row in found if isinstance(row, OddsMoved)]


def record_bets(
    connection: Connection, prices: Iterable[tuple[Bet, float | None, float | None]], at: datetime
) -> None:
    """What became of bets, each with its best price before and now; None where its edge was or is gone."""
    happened: list[Event] = []
    for (match_id, outcome, bundle), old, new in prices:
        which: dict[str, Any] = {"match_id": match_id, "at": at, "outcome": outcome, "bundle": bundle}
        if old is None and new is not None:
            happened.append(ValueBetOpened(**which, odds=new))
        elif old is not None and new is None:
            happened.append(ValueBetDied(**which, odds=old))
        elif old is not None and new is not None and old != new:
            happened.append(ValueBetChanged(**which, old=old, new=new))
    record(connection, happened)


def record_entries(connection: Connection, entries: Iterable[LedgerEntry], at: datetime) -> None:
    """What was sealed and settled by new entries of the ledger."""
    record(connection, [_of_entry(entry, at) for entry in entries])


def _of_entry(entry: LedgerEntry, at: datetime) -> Event:
    content = entry.content
    which: dict[str, Any] = {
        "match_id": content["match"],
        "at": at,
        "bundle": content["bundle"],
        "entry": entry.hash,
    }
    if content["kind"] == "settled":
        return PredictionSettled(**which, goals=tuple(content["goals"]))
    kickoff_at = datetime.fromisoformat(content["kickoff_at"])
    return PredictionSealed(**which, stage=content["stage"], p=tuple(content["p"]), kickoff_at=kickoff_at)
