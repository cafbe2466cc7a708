"""API Gateway events (HTTP API, payload format 2.0), made from a request.

Format: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote


def event(
    method: str,
    target: str,
    *,
    route: str | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> dict[str, Any]:
    """The event that API Gateway sends for ``method target``, matched by ``route``.

    ``target`` is a path with an optional query string, as on the request line. A body that is not
    UTF-8 is sent as base64, as API Gateway does.
    """
    path, _, query = target.partition("?")
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route or f"{method} {path}",
        "rawPath": unquote(path),
        "rawQueryString": query,
        "headers": _headers(headers, body),
        "requestContext": _context(method, unquote(path), route or f"{method} {path}"),
        "isBase64Encoded": False,
    }
    if query:
        made["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if body is not None:
        made["body"], made["isBase64Encoded"] = _body(body)
    return made


def _headers(headers: Mapping[str, str] | None, body: bytes | None) -> dict[str, str]:
    base = {
        "accept": "*/*",
        "host": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
        "user-agent": "curl/8.5.0",
        "x-amzn-trace-id": "Root=1-00000000-000000000000000000000000",
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    if body is not None:
        base |= {"content-length": str(len(body)), "content-type": "application/json"}
    return base | {name.lower(): value for name, value in (headers or {}).items()}


def _context(method: str, path: str, route: str) -> dict[str, Any]:
    return {
        "accountId": "000000000000",
        "apiId": "abcdefghij",
        "domainName": "abcdefghij.execute-api.eu-west-1.amazonaws.com",
        "domainPrefix": "abcdefghij",
        "http": {
            "method": method,
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": "203.0.113.7",
            "userAgent": "curl/8.5.0",
        },
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": route,
        "stage": "$default",
        "time": "10/May/2025:12:00:00 +0000",
        "timeEpoch": 1746878400000,
    }


def _joined(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Repeated names become one value joined by commas, as in the format."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes) -> tuple[str, bool]:
    try:
        return body.decode(), False
    except UnicodeDecodeError:
        return base64.b64encode(body).decode(), True
