"""What a request's query and body say, read strictly: a value that cannot be used is refused by name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from math import isfinite
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from starlette.exceptions import HTTPException
from starlette.requests import Request

from sabiscore.domain.value import THRESHOLD
from sabiscore.http.parameters import MATCH_ID, MOST_ID, InvalidParameters

M = TypeVar("M", bound=BaseModel)

MOST_ENTRIES = 10**15
LONGEST_NAME = 23

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def _iso(value: object) -> object:
    if isinstance(value, str) and not _DATE.fullmatch(value):
        raise ValueError("a date is written YYYY-MM-DD")
    return value


def _decimal(value: object) -> object:
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise ValueError("a number is written in digits")
    return value


Number = Annotated[int, BeforeValidator(_decimal)]

IsoDate = Annotated[date, BeforeValidator(_iso), WithJsonSchema({"type": "string", "format": "date"})]


class MatchQuery(BaseModel):
    """Which matches are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    league: str | None = Field(
        default=None, min_length=1, max_length=80, description="Key, name or alias of a served league."
    )
    first: IsoDate | None = Field(default=None, alias="from", description="First day, inclusive.")
    last: IsoDate | None = Field(default=None, alias="to", description="Last day, inclusive.")
    day: IsoDate | None = Field(default=None, description="One UTC day, instead of `from` and `to`.")
    team: str | None = Field(
        default=None, min_length=1, max_length=80, description="Key, name or nickname of a team."
    )


class ValueBetQuery(BaseModel):
    """Which value bets are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    league: str | None = Field(
        default=None, min_length=1, max_length=80, description="Key, name or alias of a served league."
    )
    min_edge: float = Field(
        default=THRESHOLD, ge=THRESHOLD, le=1, allow_inf_nan=False, description="Least p × odds − 1."
    )
    quality: Literal["PREMIUM", "VALUE"] | None = Field(
        default=None, description="MARGINAL and AVOID prices are no value bets."
    )


class LedgerParameters(BaseModel):
    """Which entries of the ledger are asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cursor: Annotated[int, Field(ge=0, le=MOST_ENTRIES), BeforeValidator(_decimal)] | None = Field(
        default=None, description="A number of an entry: those beyond it, in `order`."
    )
    limit: Number = Field(default=50, ge=1, le=100, description="How many entries at most.")
    order: Literal["oldest", "newest"] = Field(default="oldest", description="Which entries come first.")
    league: str | None = Field(
        default=None, min_length=1, max_length=80, description="Key, name or alias of a served league."
    )
    match: str | None = Field(
        default=None, pattern=f"^{MATCH_ID.pattern}$", max_length=MOST_ID, description="Id of a match."
    )
    format: Literal["json", "jsonl"] = Field(
        default="json", description="`jsonl`: the texts as they were hashed, one a line."
    )


class CalendarQuery(BaseModel):
    """Whose matches a calendar holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    team: str | None = Field(
        default=None, min_length=1, max_length=80, description="Key, name or nickname of a team."
    )


class PerformanceQuery(BaseModel):
    """How the record is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["json", "csv", "parquet"] = Field(
        default="json", description="`csv`, `parquet`: the scores as a table."
    )


def query(request: Request, model: type[M]) -> M:
    """The query string as ``model``; a parameter given twice or not known is refused."""
    values: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name in values:
            raise InvalidParameters([{"where": f"query.{name[:80]}", "message": "given more than once"}])
        values[name] = value
    return _validated("query", lambda: model.model_validate(values))


async def body(request: Request, model: type[M]) -> M:
    """The JSON body as ``model``. Raises 415 for another media type, 400 for what is not JSON."""
    # Of two types that are named API Gateway makes one; neither reader may take the one it likes.
    named = ",".join(request.headers.getlist("content-type"))
    if named.partition(";")[0].strip().lower() != "application/json":
        raise HTTPException(415)
    content = await request.body()
    _require_plain_json(content)
    return _validated("body", lambda: model.model_validate_json(content, strict=True))


def _require_plain_json(content: bytes) -> None:
    """400 for what two readers could take for different things: a member twice, NaN, an endless number."""
    try:
        json.loads(content, object_pairs_hook=_each_once, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        raise HTTPException(400) from None


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    plain = dict(members)
    if len(plain) != len(members):
        raise ValueError("a member is given more than once")
    return plain


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("a number without end")
    return number


def _shown(name: str) -> str:
    """A member's name as an error repeats it: no member of ours is long, but a secret put in its place is."""
    return name if len(name) <= LONGEST_NAME else f"{name[:8]}…"


def _validated(place: str, validate: Callable[[], M]) -> M:
    try:
        return validate()
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
    if any(detail["type"] == "json_invalid" for detail in details):
        raise HTTPException(400)
    raise InvalidParameters(
        [
            {
                "where": ".".join([place, *(_shown(str(part)) for part in detail["loc"])]),
                "message": detail["msg"].removeprefix("Value error, "),
            }
            for detail in details[:10]
        ]
    )
