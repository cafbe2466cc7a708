"""What happens, as one frozen type a kind; the same fact always has the same id.

An event is sent as one JSON object: its ``id``, its ``kind`` and its own fields. Whoever reads one
believes nothing of it: a field that is missing, unknown or out of bounds, or an id that is not the one of
this content, makes it poison.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from sabiscore.domain.odds import Outcome
from sabiscore.errors import BadEvent

LONGEST_EVENT = 4_096
"""Bytes of one event; the longest of ours has 600."""
SHOWN = 80


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_utc)]
MatchId = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=200)]
Word = Annotated[str, Field(min_length=1, max_length=80)]
Odds = Annotated[float, Field(gt=1, le=10_000)]
"""Decimal odds."""
Prices = Annotated[tuple[Odds, ...], Field(min_length=2, max_length=3)]
Probability = Annotated[float, Field(ge=0, le=1)]
Goals = Annotated[int, Field(ge=0, le=99)]
Score = tuple[Goals, Goals]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Happened(BaseModel):
    """What every event has: its match, and when it was seen (aware UTC)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    told_by: ClassVar[tuple[str, ...]]
    """The fields that tell this fact from every other of its kind and match."""

    kind: str
    match_id: MatchId
    at: Instant

    @property
    def id(self) -> str:
        """The same for the same fact, whoever tells of it and how often."""
        content = self.model_dump(mode="json", include={"kind", "match_id", *self.told_by})
        return f"evt_{sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]}"

    @property
    def topic(self) -> str:
        """What a newer event of the same topic makes old."""
        return f"{self.match_id}/{self.kind}"


class OddsMoved(_Happened):
    """The average of the books went from ``old`` to ``new``, by enough to be an event."""

    told_by = ("market", "old", "new", "at")
    kind: Literal["odds_moved"] = "odds_moved"
    market: Literal["1x2", "ou25"]
    old: Prices
    new: Prices

    @property
    def topic(self) -> str:
        return f"{self.match_id}/odds/{self.market}"


class _Scored(_Happened):
    """``corrections``: how often a score of this match had been taken back before."""

    told_by = ("score", "corrections")
    before: Score
    score: Score
    corrections: Annotated[int, Field(ge=0, le=999)] = 0
    source: Word

    @property
    def topic(self) -> str:
        return f"{self.match_id}/score"


class Goal(_Scored):
    """The score of a match rose, perhaps by more than one goal since anybody looked."""

    kind: Literal["goal"] = "goal"


class ScoreCorrected(_Scored):
    """A goal was taken away, or given to the other side."""

    kind: Literal["score_corrected"] = "score_corrected"


class _OfBet(_Happened):
    told_by = ("outcome", "bundle", "at")
    outcome: Outcome
    bundle: Word

    @property
    def topic(self) -> str:
        return f"{self.match_id}/bet/{self.outcome}/{self.bundle}"


class ValueBetOpened(_OfBet):
    """A price worth more than it costs appeared, or is there again."""

    kind: Literal["value_bet_opened"] = "value_bet_opened"
    odds: Odds


class ValueBetChanged(_OfBet):
    """The best price of a value bet went from ``old`` to ``new``."""

    kind: Literal["value_bet_changed"] = "value_bet_changed"
    old: Odds
    new: Odds


class ValueBetDied(_OfBet):
    """The edge or the price is gone; ``odds`` was the last one."""

    kind: Literal["value_bet_died"] = "value_bet_died"
    odds: Odds


class _OfLedger(_Happened):
    """``entry`` is the hash of the ledger's entry, by which anybody can look it up."""

    told_by = ("entry",)
    bundle: Word
    entry: Digest


class PredictionSealed(_OfLedger):
    """Probabilities of home win, draw and away win were sealed before kick-off."""

    kind: Literal["prediction_sealed"] = "prediction_sealed"
    stage: Word
    p: tuple[Probability, Probability, Probability]
    kickoff_at: Instant


class PredictionSettled(_OfLedger):
    """A sealed prediction met its result."""

    kind: Literal["prediction_settled"] = "prediction_settled"
    goals: Score


Event = (
    OddsMoved
    | Goal
    | ScoreCorrected
    | ValueBetOpened
    | ValueBetChanged
    | ValueBetDied
    | PredictionSealed
    | PredictionSettled
)
KINDS: tuple[str, ...] = tuple(kind_class.model_fields["kind"].default for kind_class in get_args(Event))

_READER: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="kind")])


def encode(event: Event) -> str:
    """The event as one JSON object.

    >>> text = encode(Goal(match_id="epl-2526-arsenal-chelsea", at=datetime(2026, 3, 14, 15, 31, tzinfo=UTC),
    ...                    before=(0, 0), score=(1, 0), source="espn.com"))
    >>> decode(text).score
    (1, 0)
    """
    return json.dumps({"id": event.id, **event.model_dump(mode="json")}, ensure_ascii=False)


def decode(text: str) -> Event:
    """The event that ``text`` tells of.

    Raises BadEvent, saying what is wrong, for everything else.
    """
    raw = text.encode("utf-8", "surrogatepass")
    if len(raw) > LONGEST_EVENT:
        raise bad(f"has more than {LONGEST_EVENT} bytes")
    try:
        fields = from_json(raw, allow_inf_nan=False)
    except ValueError as error:
        raise bad("is no JSON") from error
    if not isinstance(fields, dict):
        raise bad("is no JSON object")
    claimed = fields.pop("id", None)
    try:
        event = _READER.validate_json(to_json(fields))
    except ValidationError as error:
        raise bad(_first(error)) from error
    if claimed != event.id:
        raise bad(f"has the id {str(claimed)[:SHOWN]!r}, which is not that of its content")
    return event


def schema() -> dict[str, Any]:
    """The JSON schema of every kind, without the ``id`` that all have."""
    return _READER.json_schema()


def bad(what: str) -> BadEvent:
    """The error of an event that is not valid."""
    return BadEvent(f"The event {what}.", hint="It is set aside; see: sabiscore events")


def _first(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "event"
    return f"cannot be read at {place[:SHOWN]!r}: {fault['msg'][:SHOWN]}"
