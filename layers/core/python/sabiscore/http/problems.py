"""Errors as RFC 9457 problem documents: the same members always, and nothing from inside."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from sabiscore.errors import (
    AccountsOff,
    BadSetting,
    CallConflict,
    NotAllowed,
    NothingPublished,
    Overloaded,
    Refused,
    SabiScoreError,
    SecretsUnavailable,
    SignedOut,
    TooManyAttempts,
    Unavailable,
    UnknownEntry,
    UnknownLeague,
    UnknownMatch,
    UnknownSeason,
    UnknownTeam,
    Unsigned,
    Untrusted,
    WrongCredentials,
)

MEDIA_TYPE = "application/problem+json"

TITLES: Mapping[str, str] = {
    "bad-request": "The request cannot be read",
    "unauthorized": "The signature does not hold",
    "signed-out": "Nobody is signed in",
    "wrong-credentials": "E-mail or password is wrong",
    "invalid": "A value cannot be used",
    "unknown-league": "No such league",
    "unknown-team": "No such team",
    "unknown-match": "No such match",
    "unknown-entry": "No such entry",
    "unknown-season": "No such season",
    "not-found": "Nothing is here",
    "method-not-allowed": "The method is not allowed here",
    "conflict": "This was said differently before",
    "busy": "This is being done already",
    "precondition-failed": "The answer is not the expected one",
    "body-too-large": "The body is too large",
    "uri-too-long": "The address is too long",
    "range-not-satisfiable": "There are no such bytes",
    "fields-too-large": "The header fields are too large",
    "unsupported-media-type": "The body is not JSON",
    "too-many-requests": "Too many requests",
    "nothing-published": "Nothing is published yet",
    "accounts-off": "There are no accounts here",
    "unavailable": "A part that is needed is away",
    "overloaded": "Too much to do just now",
    "timeout": "No answer in time",
    "not-stored": "No stored answer",
    "forbidden": "This is not open to you",
    "upgrade-required": "A WebSocket is needed",
    "misconfigured": "A setting cannot be used",
    "untrusted": "Stored data failed verification",
    "unexpected": "Something went wrong on our side",
}
"""Every problem type by its slug; ``type`` links to where /docs explains it."""

_BY_CLASS: tuple[tuple[type[SabiScoreError], int, str], ...] = (
    (UnknownLeague, 422, "unknown-league"),
    (UnknownTeam, 422, "unknown-team"),
    (UnknownMatch, 404, "unknown-match"),
    (UnknownEntry, 404, "unknown-entry"),
    (UnknownSeason, 404, "unknown-season"),
    (Unsigned, 401, "unauthorized"),
    (SignedOut, 401, "signed-out"),
    (WrongCredentials, 401, "wrong-credentials"),
    (NotAllowed, 403, "forbidden"),
    (TooManyAttempts, 429, "too-many-requests"),
    (CallConflict, 409, "conflict"),
    (BadSetting, 503, "misconfigured"),
    (Refused, 422, "invalid"),
    (NothingPublished, 503, "nothing-published"),
    (Overloaded, 503, "overloaded"),
    (AccountsOff, 503, "accounts-off"),
    (Unavailable, 503, "unavailable"),
    (Untrusted, 503, "untrusted"),
)

_BY_STATUS = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "unsupported-media-type",
    422: "invalid",
    503: "unavailable",
}

_ALWAYS: Mapping[int | str, Mapping[str, str]] = {
    401: {"WWW-Authenticate": "StandardWebhooks"},  # RFC 9110 wants a 401 to name the way in
    "signed-out": {"WWW-Authenticate": "Bearer"},
    "wrong-credentials": {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "30"},
    "overloaded": {"Retry-After": "1"},
}


def problem(
    scope: Scope,
    status: int,
    slug: str,
    detail: str,
    *,
    hint: str = "",
    candidates: Sequence[str] = (),
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A response with all members; ``errors`` are ``{"where", "message"}`` a bad value."""
    document: dict[str, Any] = {
        "type": f"/docs#problem-{slug}",
        "title": TITLES[slug],
        "status": status,
        "detail": detail,
        "instance": scope["path"][:200],
        "request_id": scope.get("request_id", ""),
        "hint": hint,
        "candidates": list(candidates),
        "errors": list(errors),
    }
    return Response(
        json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"),
        status,
        {"Cache-Control": "no-store", **_ALWAYS.get(status, {}), **_ALWAYS.get(slug, {}), **(headers or {})},
        MEDIA_TYPE,
    )


def from_error(scope: Scope, error: SabiScoreError) -> Response:
    """The problem that an error of ours is for the caller."""
    status, slug = next(
        ((s, slug) for kind, s, slug in _BY_CLASS if isinstance(error, kind)), (500, "unexpected")
    )
    # Only a refusal speaks of what the caller sent; the other errors name files and hosts of ours.
    detail = str(error) if status < 500 else _ours(error, slug)
    return problem(
        scope,
        status,
        slug,
        detail,
        hint=error.hint if status < 500 else "",
        candidates=getattr(error, "candidates", ()),
        errors=getattr(error, "errors", ()),
        headers=({"Retry-After": str(error.retry_after_s)} if isinstance(error, TooManyAttempts) else None),
    )


def from_http(scope: Scope, error: HTTPException) -> Response:
    """The problem that the framework's own refusal is: no such path, a wrong method."""
    slug = _BY_STATUS.get(error.status_code, "bad-request")
    method, path = scope["method"], scope["path"][:200]
    detail = {
        404: f"There is nothing at {path}.",
        405: f"{method} is not allowed at {path}.",
    }.get(error.status_code, HTTPStatus(error.status_code).phrase)
    return problem(scope, error.status_code, slug, detail, hint="See /docs.", headers=error.headers)


def unexpected(scope: Scope) -> Response:
    """The problem for everything nobody thought of."""
    return problem(scope, 500, "unexpected", _OURS["unexpected"], hint="Tell us the request_id.")


def bad_setting_detail(error: BadSetting) -> str:
    """What anybody may read of ``error``: the variable and never what it holds."""
    return f"The setting {error.setting} cannot be used." if error.setting else _OURS["misconfigured"]


SECRETS_UNAVAILABLE = "The secrets that SABISCORE_SECRETS names cannot be read at the moment."


def _ours(error: SabiScoreError, slug: str) -> str:
    if isinstance(error, SecretsUnavailable):
        return SECRETS_UNAVAILABLE
    if isinstance(error, AccountsOff):
        return str(error)  # which names a variable and nothing else
    return bad_setting_detail(error) if isinstance(error, BadSetting) else _OURS[slug]


_OURS = {
    "misconfigured": "A setting of this service cannot be used.",
    "nothing-published": "There are no matches or no bundle to answer from yet.",
    "overloaded": "More is asked for at this moment than can be answered.",
    "unavailable": "Something that the answer is made from is away.",
    "untrusted": "What the answer is made from failed verification and is not used.",
    "unexpected": "The answer could not be made. It has been reported with this request_id.",
}
