"""What a request's path names, read strictly: a value that cannot be used is refused by name.

Queries and bodies are read by ``queries``, whose pydantic a cached answer that takes none must not import.
"""

from __future__ import annotations

import re

from starlette.requests import Request

from sabiscore.errors import Refused

MATCH_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MOST_ID = 120
SEASON = re.compile(r"[0-9]{4}")
ENTRY = re.compile(r"[1-9][0-9]{0,14}|[0-9a-f]{64}")
CALENDAR_FILE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\.ics")
MOST_FILE = 40


class InvalidParameters(Refused):
    """Values of a request that cannot be used, each with its place and why."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(
            f"{errors[0]['where']}: {errors[0]['message']}", hint="See /docs/api for what is taken."
        )
        self.errors = errors


def calendar_league(request: Request) -> str:
    """The league whose calendar the path names, as `epl.ics`."""
    text: str = request.path_params["file"]
    if len(text) > MOST_FILE or not CALENDAR_FILE.fullmatch(text):
        raise InvalidParameters(
            [{"where": "path.file", "message": "a calendar is named by a league's key and .ics"}]
        )
    return text.removesuffix(".ics")


def ledger_entry(request: Request) -> str:
    """The number or hash of an entry in the path."""
    text: str = request.path_params["entry"]
    if not ENTRY.fullmatch(text):
        raise InvalidParameters(
            [{"where": "path.entry", "message": "an entry is named by its number, or by its hash in hex"}]
        )
    return text


def season(request: Request) -> str:
    """The season in the path, as 2425."""
    text: str = request.path_params["season"]
    if not SEASON.fullmatch(text):
        raise InvalidParameters([{"where": "path.season", "message": "a season is named as 2425"}])
    return text


def match_id(request: Request) -> str:
    """The match id in the path."""
    text: str = request.path_params["match_id"]
    if len(text) > MOST_ID or not MATCH_ID.fullmatch(text):
        raise InvalidParameters(
            [{"where": "path.match_id", "message": "an id is lower-case words joined by hyphens"}]
        )
    return text


def no_query(request: Request) -> None:
    """Refuses any query parameter."""
    if not request.scope["query_string"]:
        return
    for name in request.query_params:
        raise InvalidParameters([{"where": f"query.{name[:80]}", "message": "no such parameter"}])
