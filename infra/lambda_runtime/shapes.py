"""Events as a function may meet them: what API Gateway sends, bent in more than a hundred ways.

Line B2 of the reliability bar asks that none of them makes a handler raise.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from infra.lambda_runtime.event import event

Shape = tuple[str, Any]

INSIGHT = "/api/v1/insights/"

PATHS = {
    "root": "/",
    "unknown": "/nothing/here",
    "trailing slash": "/api/v1/matches/",
    "doubled slash": "//api//v1//matches",
    "dots": "/api/v1/../../etc/passwd",
    "encoded dots": "/api/v1/insights/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "encoded slash": "/api/v1/insights/epl%2F2425",
    "empty id": INSIGHT,
    "blank id": INSIGHT + "%20",
    "NUL": INSIGHT + "epl%00",
    "newline": INSIGHT + "epl%0d%0aSet-Cookie:%20a=b",
    "bad escape": INSIGHT + "%zz",
    "not UTF-8": INSIGHT + "%ff%fe",
    "right to left": INSIGHT + "%e2%80%ae",
    "markup": INSIGHT + "%3Cscript%3E",
    "long": INSIGHT + "a" * 8000,
    "deep": "/a" * 2000,
    "semicolon": INSIGHT + "epl;jsessionid=1",
    "another case": "/API/V1/LEAGUES",
    "absolute": "http://example.com/api/v1/leagues",
    "no slash": "api/v1/leagues",
}

QUERIES = {
    "empty": "?",
    "unknown name": "?nothing=1",
    "blank league": "?league=",
    "repeated": "?league=epl&league=la-liga",
    "unknown league": "?league=no-such-league",
    "bad date": "?from=yesterday",
    "impossible date": "?from=2025-02-30",
    "year zero": "?from=0000-01-01",
    "huge year": "?from=99999-01-01",
    "backwards": "?from=2025-05-12&to=2025-05-10",
    "NUL": "?league=%00",
    "not UTF-8": "?league=%ff",
    "bad escape": "?league=%zz",
    "only signs": "?&&&==&",
    "long": "?league=" + "a" * 8000,
    "many": "?" + "&".join(f"a{i}=1" for i in range(1000)),
    "injection": "?league=epl'%20OR%201=1--",
}

BODIES = {
    "none": None,
    "empty": b"",
    "not JSON": b"matchup=Arsenal vs Chelsea",
    "cut off": b'{"matchup": "Arsenal',
    "null": b"null",
    "number": b"42",
    "text": b'"Arsenal vs Chelsea"',
    "list": b"[1, 2, 3]",
    "no fields": b"{}",
    "wrong types": b'{"matchup": 1, "league": []}',
    "unknown field": b'{"matchup": "Arsenal vs Chelsea", "league": "EPL", "admin": true}',
    "doubled field": b'{"matchup": "A vs B", "matchup": "C vs D"}',
    "blank names": b'{"matchup": " vs ", "league": "EPL"}',
    "unknown team": b'{"matchup": "Nowhere vs Elsewhere", "league": "EPL"}',
    "same team": b'{"matchup": "Arsenal vs Arsenal", "league": "EPL"}',
    "not a number": b'{"matchup": NaN}',
    "infinite": b'{"matchup": 1e999}',
    "huge number": b'{"matchup": ' + b"9" * 5000 + b"}",
    "deep": b"[" * 20000 + b"]" * 20000,
    "wide": b'{"matchup": "' + b"a" * 200_000 + b'"}',
    "NUL": b'{"matchup": "Arsenal\\u0000 vs Chelsea"}',
    "lone surrogate": b'{"matchup": "\\ud800 vs Chelsea"}',
    "byte order mark": b'\xef\xbb\xbf{"matchup": "Arsenal vs Chelsea"}',
    "UTF-16": '{"matchup": "Arsenal vs Chelsea"}'.encode("utf-16"),
    "not UTF-8": b"\xff\xfe\xfd",
    "markup": b'{"matchup": "<script>alert(1)</script> vs Chelsea"}',
}

HEADERS: Mapping[str, Mapping[str, str]] = {
    "another host": {"host": "evil.example"},
    "empty host": {"host": ""},
    "long": {"x-long": "a" * 9000},
    "many": {f"x-{i}": "1" for i in range(300)},
    "not ASCII": {"user-agent": "Fußball"},
    "emoji": {"x-request-id": "⚽"},
    "newline": {"x-request-id": "a\r\nset-cookie: b=c"},
    "long request id": {"x-request-id": "a" * 5000},
    "bad length": {"content-length": "many"},
    "negative length": {"content-length": "-1"},
    "no type": {"content-type": ""},
    "another type": {"content-type": "application/xml"},
    "odd charset": {"content-type": "application/json; charset=utf-7"},
    "said to be gzip": {"content-encoding": "gzip"},
    "method override": {"x-http-method-override": "DELETE"},
    "any ETag": {"if-none-match": "*"},
    "broken ETag": {"if-none-match": '"unfinished'},
    "bad range": {"range": "bytes=9999999-1"},
    "spoofed address": {"x-forwarded-for": "127.0.0.1, ::1, not an address"},
    "broken cookie": {"cookie": "a=b; =; ;;"},
    "bad authorization": {"authorization": "Bearer " + "." * 2000},
    "nothing acceptable": {"accept": "image/png"},
}

BROKEN_HEADERS: Mapping[str, Mapping[str, str]] = {
    "host of many parts": {"host": "a:b:c"},
    "host with a named port": {"host": "example.com:http"},
    "forwarded port of letters": {"x-forwarded-port": "https"},
    "lone surrogate": {"user-agent": "\ud800"},
}
"""The gateway sets or refuses these itself."""

METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "get", "", "PROPFIND")

MISSING: tuple[tuple[str, ...], ...] = (
    ("headers",),
    ("rawPath",),
    ("rawQueryString",),
    ("requestContext",),
    ("requestContext", "http"),
    ("requestContext", "http", "method"),
    ("requestContext", "http", "path"),
    ("requestContext", "http", "sourceIp"),
    ("requestContext", "stage"),
    ("isBase64Encoded",),
    ("routeKey",),
    ("version",),
)

STRANGERS: Mapping[str, Any] = {
    "nothing": {},
    "null": None,
    "text": "hello",
    "number": 7,
    "list": [],
    "a schedule": {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}},
    "a queue": {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
    "a bucket": {"Records": [{"eventSource": "aws:s3", "s3": {}}]},
    "a warmer": {"warmer": True, "concurrency": 3},
    "a load balancer, bare": {"requestContext": {"elb": {}}},
    "payload format 1.0, bare": {"version": "1.0", "httpMethod": "GET", "path": "/health"},
    "payload format 3.0": {**event("GET", "/health"), "version": "3.0"},
    "fields of other types": {"version": 2, "headers": [], "requestContext": "x", "rawPath": 5},
}


def from_the_gateway() -> Iterator[Shape]:
    """Events that API Gateway can really send, most of them a client's mistake or malice."""
    for name, path in PATHS.items():
        yield f"path: {name}", event("GET", path)
    for name, query in QUERIES.items():
        yield f"query: {name}", event("GET", "/api/v1/matches" + query)
    for name, body in BODIES.items():
        yield f"body: {name}", event("POST", "/api/v1/insights", body=body)
    for name, headers in HEADERS.items():
        yield f"header: {name}", event("GET", "/api/v1/leagues", headers=headers)
    for method in METHODS:
        yield f"method: {method or 'none'}", event(method, "/api/v1/leagues")
    yield "cookies", {**event("GET", "/api/v1/leagues"), "cookies": ["a=b", "c=d", "="]}
    yield "a body on GET", event("GET", "/api/v1/leagues", body=b"{}")


def from_elsewhere() -> Iterator[Shape]:
    """Events that the gateway does not send: parts missing, base64 that is not, other services."""
    for parts in MISSING:
        yield f"without {'.'.join(parts)}", _without(parts)
    posted = event("POST", "/api/v1/insights", body=b"{}")
    yield "base64: not", {**posted, "body": "*not base64*", "isBase64Encoded": True}
    yield "base64: cut off", {**posted, "body": "e30", "isBase64Encoded": True}
    yield "base64: right", {**posted, "body": base64.b64encode(b"{}").decode(), "isBase64Encoded": True}
    yield "body: an object", {**posted, "body": {"matchup": "Arsenal vs Chelsea"}}
    for field in ("headers", "body", "queryStringParameters", "cookies", "rawPath", "rawQueryString"):
        yield f"null {field}", {**posted, field: None}
    for name, headers in BROKEN_HEADERS.items():
        yield f"header: {name}", event("GET", "/api/v1/leagues", headers=headers)
    for part, value in (("method", 5), ("path", ["a"]), ("path", 5)):
        yield f"{part}: {value}", _with_http({part: value})
    for name, stranger in STRANGERS.items():
        yield name, deepcopy(stranger)


def _with_http(parts: Mapping[str, Any]) -> dict[str, Any]:
    made = event("GET", "/api/v1/leagues")
    made["requestContext"]["http"] |= parts
    return made


def _without(parts: tuple[str, ...]) -> dict[str, Any]:
    made = event("GET", "/api/v1/leagues")
    inner: dict[str, Any] = made
    for part in parts[:-1]:
        inner = inner[part]
    del inner[parts[-1]]
    return made
