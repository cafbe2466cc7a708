"""``llms.txt`` (https://llmstxt.org): what a language model should know of the API, from the route table."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.routing import Route

from infra.api_document.document import OPERATIONS, TAGS

_HEAD = """# SabiScore Edge

> Calibrated probabilities for football matches, sealed in a public ledger before kick-off, with the record of
> how they did. Every number says how old it is (`freshness`); what is not known is null, with the reason in
> `unknown`. Edges are p × odds − 1. Nothing here is advice to bet.

Reads need no key. Instants are UTC. Errors are RFC 9457 problem documents. The whole description is at
[/openapi.json](/openapi.json).
"""


def llms_text(routes: Iterable[Route]) -> bytes:
    """The text of ``routes``, left out are signed calls and those that need somebody to be signed in."""
    every = list(routes)
    parts = [_HEAD]
    for tag in TAGS:
        lines = [_line(route) for route in every if _is_read(route, tag)]
        if lines:
            parts.append(f"## {tag}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts).encode()


def _is_read(route: Route, tag: str) -> bool:
    operation = OPERATIONS[route.name]
    return operation.tag == tag and not operation.signed and operation.caller is None


def _line(route: Route) -> str:
    operation = OPERATIONS[route.name]
    method = min((route.methods or {"GET"}) - {"HEAD"})
    query = operation.query.model_json_schema(by_alias=True)["properties"] if operation.query else {}
    asks = f" Parameters: {', '.join(query)}." if query else ""
    return f"- [{method} {route.path}]({route.path}): {operation.summary}. {operation.description}{asks}"
