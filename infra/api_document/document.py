"""The OpenAPI 3.1 document, from the route tables and the documents' own models."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.routing import Route

from infra.api_document.examples import examples
from sabiscore.http import signatures
from sabiscore.http.cron_body import CronCall, Job
from sabiscore.http.parameters import CALENDAR_FILE, ENTRY, MATCH_ID, MOST_FILE, MOST_ID, SEASON
from sabiscore.http.problems import TITLES
from sabiscore.http.push_body import PushSubscribe, PushUnsubscribe
from sabiscore.http.queries import (
    CalendarQuery,
    LedgerParameters,
    MatchQuery,
    PerformanceQuery,
    ValueBetQuery,
)
from sabiscore.http.revalidate_body import Revalidate
from sabiscore.http.schema import (
    HealthReport,
    Live,
    Problem,
    PushState,
    Revalidated,
    RevalidationState,
    RunReport,
    RunUnderWay,
    ScheduleList,
    Subscribed,
)
from sabiscore.insights.document import (
    Insight,
    LeagueList,
    MatchList,
    MatchReport,
    Matchup,
    ValueBetList,
)
from sabiscore.insights.ledger_documents import LedgerPageView, LedgerProof
from sabiscore.insights.price_history import PriceList
from sabiscore.insights.system_board import SystemBoard
from sabiscore.insights.track_record import Performance, RecordDays

JSON = "application/json"
PROBLEM = "application/problem+json"

API_VERSION = "1.0.0"
TAGS: Mapping[str, str] = {
    "Insights": "Forecasts for single matches, scheduled or imagined.",
    "Matches": "Lists of what is to come: matches, value bets, leagues.",
    "Record": "What earlier forecasts came to.",
    "Revalidation": "Signed calls that put stored answers out of date.",
    "Notifications": "A browser's subscription to goals, kick-offs and value alerts.",
    "Schedules": "When the schedules run, and signed calls that run one now.",
    "Health": "Whether the service can answer, and its counters.",
    "About": "This document.",
}
"""Groups of operations by name, in the order of the document."""

_REF = "#/components/schemas/{model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What a route does, as readers see it. ``answer`` is a model or a media type of text.

    ``under_way`` is what a 202 says, where there may be one. What is ``kept`` has an entity tag too.
    ``also`` are media types of text that a parameter asks for.
    """

    summary: str
    description: str
    tag: str
    answer: type[BaseModel] | str
    errors: tuple[int, ...]
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    signed: bool = False
    kept: bool = False
    has_etag: bool = False
    under_way: type[BaseModel] | None = None
    also: tuple[str, ...] = ()


OPERATIONS: Mapping[str, Operation] = {
    "get_insight": Operation(
        summary="One match",
        description="Probabilities, confidence, goals, known markets, value bets and the main reasons for a "
        "match.",
        tag="Insights",
        answer=Insight,
        errors=(404, 405, 422, 500, 503),
        kept=True,
    ),
    "post_insight": Operation(
        summary="A pairing in your own words",
        description="Understands names, nicknames and short forms. A pairing that is not scheduled is "
        "forecast as if "
        "it were played on the day of publication. Unknown names are refused with the best candidates.",
        tag="Insights",
        answer=Insight,
        errors=(400, 405, 413, 415, 422, 500, 503),
        body=Matchup,
    ),
    "get_matches": Operation(
        summary="Matches",
        description="Matches with their probabilities and where they stand, by UTC day: from today on, or "
        "those of `day`, or `from` … `to`; back to seven days ago. A match that is over comes with its "
        "result and what had been sealed of it. An empty list says why, and when the next matches are.",
        tag="Matches",
        answer=MatchList,
        errors=(405, 422, 500, 503),
        query=MatchQuery,
        kept=True,
    ),
    "get_match": Operation(
        summary="Where one match stands",
        description="The state, score and sealed predictions of a match that is coming, or was played in the "
        "last seven days.",
        tag="Matches",
        answer=MatchReport,
        errors=(404, 405, 422, 500, 503),
        kept=True,
    ),
    "get_prices": Operation(
        summary="Prices of a match over time",
        description="What each book opened at, quotes now and quoted between, in every market that is known; "
        "at most 200 points. The best price of each outcome is marked. Only until kick-off.",
        tag="Matches",
        answer=PriceList,
        errors=(404, 405, 422, 500, 503),
        kept=True,
    ),
    "get_value_bets": Operation(
        summary="Value bets",
        description="Prices of coming matches that are worth more than they cost: an edge of 0.042 or more "
        "at a price "
        "that is young, plausible and before kick-off. Nothing here is advice to bet.",
        tag="Matches",
        answer=ValueBetList,
        errors=(405, 422, 500, 503),
        query=ValueBetQuery,
        kept=True,
    ),
    "get_performance": Operation(
        summary="The public record",
        description="What predictions sealed before kick-off and value bets came to, losses included, "
        "beside the market.",
        tag="Record",
        answer=Performance,
        errors=(405, 422, 500, 503),
        query=PerformanceQuery,
        kept=True,
        also=("text/csv", "application/vnd.apache.parquet"),
    ),
    "get_performance_season": Operation(
        summary="The public record of a season, day by day",
        description="Of every day on which a match kicked off the record as it stood then, and of every day "
        "the head of the ledger. `previous` and `next`, and `Link`, say where the neighbouring seasons are.",
        tag="Record",
        answer=RecordDays,
        errors=(404, 405, 422, 500, 503),
        kept=True,
    ),
    "get_ledger": Operation(
        summary="The public ledger",
        description="Predictions sealed before kick-off and what became of them, beyond entry `cursor` in "
        "`order`; `next`, and `Link`, say where more are. `format=jsonl` gives each text exactly as it was "
        "hashed, one a line: the SHA-256 of a line without its end is the entry's hash, and the next line "
        "names it in `previous`. `X-Ledger-Head` has number and hash of the newest entry.",
        tag="Record",
        answer=LedgerPageView,
        errors=(405, 422, 500, 503),
        query=LedgerParameters,
        kept=True,
        also=("application/x-ndjson",),
    ),
    "get_ledger_entry": Operation(
        summary="One entry of the ledger",
        description="By its number or hash, with the entry before it, the head that was published after it, "
        "and where the chain can be followed.",
        tag="Record",
        answer=LedgerProof,
        errors=(404, 405, 422, 500, 503),
        kept=True,
    ),
    "get_system": Operation(
        summary="How the system stands",
        description="Checks and alerts, the age of each league's data, sources with their quotas and "
        "schedules as one looked last, and what the process that answers has measured. Made anew every ten "
        "seconds.",
        tag="Health",
        answer=SystemBoard,
        errors=(405, 422, 500, 503),
        kept=True,
    ),
    "get_calendar": Operation(
        summary="Matches for calendars",
        description="An iCalendar file (RFC 5545) of a league's matches, from seven days ago on, with their "
        "chances or results: `epl.ics`. Instants are UTC.",
        tag="Matches",
        answer="text/calendar",
        errors=(405, 422, 500, 503),
        query=CalendarQuery,
        kept=True,
    ),
    "get_feed": Operation(
        summary="Predictions for feed readers",
        description="The 50 newest entries of the ledger as a JSON Feed 1.1.",
        tag="Record",
        answer="application/feed+json",
        errors=(405, 422, 500, 503),
        kept=True,
    ),
    "get_leagues": Operation(
        summary="Leagues",
        description="The leagues we answer for, their teams and how many of their matches are published.",
        tag="Matches",
        answer=LeagueList,
        errors=(405, 422, 500, 503),
        kept=True,
    ),
    "get_revalidate": Operation(
        summary="Whether calls are taken",
        description="`ready` when calls for revalidation are taken here.",
        tag="Revalidation",
        answer=RevalidationState,
        errors=(405, 422, 500, 503),
    ),
    "post_revalidate": Operation(
        summary="Forget and make anew",
        description="Drops every stored answer about a match, a tag or a path, makes those that readers "
        "will ask for "
        "next, and tells the edge. Signed by Standard Webhooks 1.0; a call is taken once: a copy is refused, "
        "and a retry (the same id, signed anew) gets the outcome of the first attempt. Callers that cannot "
        "sign may send `secret` and `path`, and get `revalidated`, `path` and `timestamp` back.",
        tag="Revalidation",
        answer=Revalidated,
        errors=(400, 401, 405, 409, 413, 415, 422, 500, 503),
        body=Revalidate,
        signed=True,
    ),
    "get_push": Operation(
        summary="Whether there are push messages",
        description="The key that a browser subscribes with at its push service; `null` with the reason "
        "where no messages are sent.",
        tag="Notifications",
        answer=PushState,
        errors=(405, 422, 500, 503),
    ),
    "post_push_subscription": Operation(
        summary="Subscribe a browser",
        description="Sends the browser's push service goals and kick-offs of what `topics` name, "
        "and one value alert a day where they hold `value`; in place of what its endpoint asked for before. "
        "Who the reader is nobody asks.",
        tag="Notifications",
        answer=Subscribed,
        errors=(400, 405, 413, 415, 422, 500, 503),
        body=PushSubscribe,
    ),
    "delete_push_subscription": Operation(
        summary="Unsubscribe a browser",
        description="Forgets the endpoint and what waits for it; the same for one that is not known.",
        tag="Notifications",
        answer=Subscribed,
        errors=(400, 405, 413, 415, 422, 500, 503),
        body=PushUnsubscribe,
    ),
    "get_schedules": Operation(
        summary="The schedules",
        description="When each schedule ran last, what came of it and when it is due; `ready` when calls "
        "are taken.",
        tag="Schedules",
        answer=ScheduleList,
        errors=(405, 422, 500, 503),
    ),
    "post_cron": Operation(
        summary="Run a schedule",
        description="Runs one schedule now and answers with its report. Signed by Standard Webhooks 1.0, "
        "the body naming "
        "the schedule of the path; a call is worked for once: a copy is refused, and a retry (the same id, "
        "signed anew) gets the outcome of the first attempt. 202: the run goes on behind the answer. 409: "
        "another run is under way and nothing was done. Callers that cannot sign may send `secret`.",
        tag="Schedules",
        answer=RunReport,
        errors=(400, 401, 404, 405, 409, 413, 415, 422, 500, 503),
        body=CronCall,
        signed=True,
        under_way=RunUnderWay,
    ),
    "get_openapi": Operation(
        summary="This document",
        description="OpenAPI 3.1.",
        tag="About",
        answer=JSON,
        errors=(405, 422, 500),
        has_etag=True,
    ),
    "get_llms": Operation(
        summary="This document for language models",
        description="The reads of this API in plain words.",
        tag="About",
        answer="text/plain",
        errors=(405, 422, 500),
        has_etag=True,
    ),
    "get_docs": Operation(
        summary="This document as a page",
        description="The reference, for people. How to use it is at `/docs`.",
        tag="About",
        answer="text/html",
        errors=(405, 422, 500),
        has_etag=True,
    ),
    "get_health": Operation(
        summary="Health",
        description="Every check, whatever its outcome.",
        tag="Health",
        answer=HealthReport,
        errors=(405, 500),
    ),
    "get_live": Operation(
        summary="Alive",
        description="Answers while the process runs.",
        tag="Health",
        answer=Live,
        errors=(405, 500),
    ),
    "get_ready": Operation(
        summary="Ready",
        description="Whether answers can be given; `degraded` says that an older copy serves because a "
        "newer one was "
        "refused, or that the publication is old.",
        tag="Health",
        answer=HealthReport,
        errors=(405, 500, 503),
    ),
    "get_metrics": Operation(
        summary="Metrics",
        description="Counts of the whole fleet as Prometheus text.",
        tag="Health",
        answer="text/plain",
        errors=(405, 500),
    ),
}
"""By operation id, which is the name of the route."""

ANYWHERE = (412, 414, 429, 431, 504)
"""Statuses that any route may answer with."""

STATUS_TEXT = {
    200: "The answer.",
    206: "The part of the answer that `Range` asks for.",
    202: "It is under way; `Location` tells of it.",
    304: "You already hold the answer.",
    400: "The body is not JSON.",
    401: "Not signed, signed wrongly or too long ago, or a copy of a call.",
    404: "No such match or entry, or no such path.",
    405: "The method is not allowed here.",
    409: "The id of this call was used for another one, or a run is under way.",
    412: "The answer is not the one that `If-Match` or `If-Unmodified-Since` expects.",
    414: "Path and query are longer than 4096 bytes.",
    416: "The answer has none of the bytes that `Range` asks for.",
    431: "The header fields are longer than 8192 bytes together.",
    413: "The body is longer than 64 KiB.",
    415: "The body is not `application/json`.",
    422: "A value cannot be used, or a name is not known.",
    429: "More requests than the limit of one minute.",
    500: "Something went wrong on our side.",
    503: "Nothing is published yet, it failed verification, or a part that is needed is away.",
    504: "No answer was there in time.",
}

_DESCRIPTION = """Calibrated probabilities for football matches.

Every number says how old it is and where it is from (`freshness`). What is not known is `null`, with the
reason in `unknown`. Edges are `p × odds − 1`; nothing here is advice to bet. Errors are RFC 9457 problem
documents with the same members always."""


def openapi_bytes(routes: Iterable[Route]) -> bytes:
    """The document of ``routes`` as JSON."""
    return json.dumps(openapi(routes), ensure_ascii=False, separators=(",", ":")).encode()


def openapi(routes: Iterable[Route]) -> dict[str, Any]:
    """The document of ``routes``; a route without an Operation is a KeyError, so none goes untold."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        for method in sorted((route.methods or set()) - {"HEAD"}):
            paths.setdefault(route.path, {})[method.lower()] = _operation(route.path, route.name)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "SabiScore Edge",
            "version": API_VERSION,
            "summary": "Football intelligence at the edge.",
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "headers": _HEADERS, "securitySchemes": _SCHEMES},
    }


def _operation(path: str, name: str) -> dict[str, Any]:
    documented = OPERATIONS[name]
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": documented.summary,
        "description": documented.description,
        "tags": [documented.tag],
        "security": [dict.fromkeys(_SCHEMES, ())] if documented.signed else [],
        "parameters": [
            *_path_parameters(path),
            *_query_parameters(documented.query),
            *(_SIGNATURE if documented.signed else ()),
        ],
        "responses": _responses(documented),
    }
    if documented.body is not None:
        content = {"schema": _reference(documented.body), "examples": _examples(documented.body.__name__)}
        operation["requestBody"] = {"required": True, "content": {JSON: content}}
    return operation


def _responses(documented: Operation) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": _success(documented)}
    if documented.under_way is not None:
        content = {
            "schema": _reference(documented.under_way),
            "examples": _examples(documented.under_way.__name__),
        }
        headers = _headers("X-Request-Id", "Cache-Control", "Location")
        responses["202"] = {"description": STATUS_TEXT[202], "headers": headers, "content": {JSON: content}}
    ranges = (416,) if documented.kept or documented.has_etag else ()
    if ranges:
        headers = _headers("ETag", "Cache-Control", *(("Age", *_KEPT) if documented.kept else ()))
        part = {"description": STATUS_TEXT[206], "headers": {**headers, **_headers("Content-Range")}}
        responses["206"] = part
        responses["304"] = {"description": STATUS_TEXT[304], "headers": headers}
    for status in sorted({*documented.errors, *ANYWHERE, *ranges}):
        content = {"schema": _reference(Problem), "examples": _examples(f"Problem {status}")}
        responses[str(status)] = {
            "description": STATUS_TEXT[status],
            "headers": _headers("X-Request-Id", *_OF_STATUS.get(status, ())),
            "content": {PROBLEM: content},
        }
    return responses


def _success(documented: Operation) -> dict[str, Any]:
    of_kept = ("ETag", "Age", *_KEPT) if documented.kept else ("ETag",) if documented.has_etag else ()
    headers = _headers("X-Request-Id", "Cache-Control", *of_kept)
    if isinstance(documented.answer, str):
        kind = "object" if documented.answer.endswith("json") else "string"
        content: dict[str, Any] = {"schema": {"type": kind}}
        return {"description": STATUS_TEXT[200], "headers": headers, "content": {documented.answer: content}}
    content = {"schema": _reference(documented.answer), "examples": _examples(documented.answer.__name__)}
    others = {kind: {"schema": {"type": "string"}} for kind in documented.also}
    return {"description": STATUS_TEXT[200], "headers": headers, "content": {JSON: content, **others}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    names = re.findall(r"{(\w+)}", path)
    return [{"name": name, "in": "path", "required": True, **_IN_PATH[name]} for name in names]


def _query_parameters(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    properties = model.model_json_schema(by_alias=True)["properties"]
    parameters = []
    for name, schema in properties.items():
        options = schema.get("anyOf", [schema])
        option = next(option for option in options if option["type"] != "null")
        plain = {key: value for key, value in option.items() if key not in ("description", "title")}
        parameters.append(
            {"name": name, "in": "query", "schema": plain, "description": schema["description"]}
        )
    return parameters


def _schemas() -> dict[str, Any]:
    answers = {
        documented.answer for documented in OPERATIONS.values() if not isinstance(documented.answer, str)
    }
    answers |= {
        documented.under_way for documented in OPERATIONS.values() if documented.under_way is not None
    }
    models = sorted(answers | {Problem}, key=lambda model: model.__name__)
    bodies = [documented.body for documented in OPERATIONS.values() if documented.body is not None]
    pairs = [*((model, "serialization") for model in models), *((model, "validation") for model in bodies)]
    _, schemas = models_json_schema(pairs, ref_template=_REF)  # type: ignore[arg-type]
    defined: dict[str, Any] = schemas["$defs"]
    defined["Problem"]["properties"]["type"]["enum"] = [f"/docs#problem-{slug}" for slug in TITLES]
    return defined


def _reference(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _examples(name: str) -> dict[str, Any]:
    return {title: {"value": value} for title, value in _made_examples().get(name, {}).items()}


@cache
def _made_examples() -> Mapping[str, Mapping[str, Any]]:
    return examples()


def _headers(*names: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


_IN_PATH: Mapping[str, Mapping[str, Any]] = {
    "file": {
        "schema": {"type": "string", "pattern": f"^{CALENDAR_FILE.pattern}$", "maxLength": MOST_FILE},
        "description": "A league's key and `.ics`.",
        "example": "epl.ics",
    },
    "entry": {
        "schema": {"type": "string", "pattern": f"^({ENTRY.pattern})$"},
        "description": "Its number, or its hash in hex.",
        "example": "812",
    },
    "season": {
        "schema": {"type": "string", "pattern": f"^{SEASON.pattern}$"},
        "description": "The years that it begins and ends in.",
        "example": "2425",
    },
    "match_id": {
        "schema": {"type": "string", "pattern": f"^{MATCH_ID.pattern}$", "maxLength": MOST_ID},
        "description": "League, season, home and away; a leg number where a fixture is repeated.",
        "example": "epl-2526-arsenal-chelsea",
    },
    "name": {
        "schema": {"type": "string", "enum": list(get_args(Job))},
        "description": "The schedule.",
        "example": "odds",
    },
}

_SIGNATURE = [
    {"name": name, "in": "header", "schema": {"type": "string", **schema}, "description": description}
    for name, schema, description in (
        (signatures.ID, {"pattern": "^[A-Za-z0-9_-]{1,128}$"}, "Of the call; a retry keeps it."),
        (signatures.TIMESTAMP, {"pattern": "^[0-9]{1,12}$"}, "Seconds since 1970, at most 300 off."),
        (signatures.SIGNATURE, {}, "`v1,` and the HMAC-SHA256 in base64; several are separated by spaces."),
    )
]

_SCHEMES: Mapping[str, Any] = {
    name: {"type": "apiKey", "in": "header", "name": field, "description": description}
    for name, field, description in (
        ("webhookId", signatures.ID, "Of the call; a retry keeps it."),
        ("webhookTimestamp", signatures.TIMESTAMP, "Seconds since 1970, at most 300 off."),
        ("webhookSignature", signatures.SIGNATURE, "Of both and the body, by Standard Webhooks 1.0."),
    )
}
"""All three together sign a call."""

_KEPT = ("Last-Modified", "CDN-Cache-Control", "Cache-Tag", "Cache-Status", "Vary")
_OF_STATUS: Mapping[int, tuple[str, ...]] = {
    416: ("Content-Range",),
    429: ("Retry-After", "RateLimit-Policy", "RateLimit"),
}

_HEADERS: Mapping[str, Any] = {
    "X-Request-Id": {
        "description": "Yours if it was well formed (up to 64 letters, digits, `.`, `_`, `-`), else ours.",
        "schema": {"type": "string"},
    },
    "Cache-Control": {
        "description": "How long the answer may be kept; the nearer kick-off, the shorter.",
        "schema": {"type": "string"},
    },
    "ETag": {"description": "Strong: equal tags, equal bytes.", "schema": {"type": "string"}},
    "Last-Modified": {"description": "When the answer was made.", "schema": {"type": "string"}},
    "Content-Range": {
        "description": "Which bytes these are, and how many there are.",
        "schema": {"type": "string"},
    },
    "Age": {"description": "Seconds since `generated_at`.", "schema": {"type": "string"}},
    "CDN-Cache-Control": {
        "description": "What shared caches may do, stale answers while revalidating included (RFC 9213).",
        "schema": {"type": "string"},
    },
    "Cache-Tag": {"description": "What the answer is about, to purge it by.", "schema": {"type": "string"}},
    "Cache-Status": {"description": "Which tier answered (RFC 9211).", "schema": {"type": "string"}},
    "Location": {"description": "Where to look for its outcome.", "schema": {"type": "string"}},
    "Vary": {"description": "What of the request the bytes depend on.", "schema": {"type": "string"}},
    "Retry-After": {
        "description": "Seconds after which a request passes for certain; it may before.",
        "schema": {"type": "string"},
    },
    "RateLimit-Policy": {"description": "Requests a window, for each reader.", "schema": {"type": "string"}},
    "RateLimit": {"description": "What is left of it, and for how long.", "schema": {"type": "string"}},
}
