"""A provider's bytes → JSON values and typed fields, or a clear word on what is wrong with them."""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, TypeVar

from sabiscore.domain.match import in_season, season_start_year
from sabiscore.errors import BadAnswer
from sabiscore.sources.base import MEBIBYTE

MOST_ANSWER_BYTES = 8 * MEBIBYTE
LONGEST_NAME = 60
LONGEST_ID = 80
EXCERPT = 200
CHANGED = "What is stored stays in use. If this goes on, the provider has changed its format."

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?", re.ASCII)
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_IDENTITY = re.compile(rf"[!-~]{{1,{LONGEST_ID}}}", re.ASCII)
_YEARS = range(1990, 2100)


class InvalidRow(Exception):
    """A row, or a value, that cannot be used; the message is the reason it is counted under."""


class OutOfScope(InvalidRow):
    """A sound row that is of no use here, such as one of a league we do not know."""


def bad_answer(provider: str, why: str) -> BadAnswer:
    """The error for an answer of which nothing can be used."""
    return BadAnswer(f"{provider} sent an answer that cannot be used: {why}.", hint=CHANGED)


def read_json(provider: str, data: bytes) -> Any:
    """The JSON value in ``data``: UTF-8 with or without a mark. Raises BadAnswer."""
    if len(data) > MOST_ANSWER_BYTES:
        raise bad_answer(provider, f"it has more than {MOST_ANSWER_BYTES // MEBIBYTE} MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_answer(provider, "it is not UTF-8") from None
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once_each)
    except InvalidRow as reason:
        raise bad_answer(provider, str(reason)) from None
    except (ValueError, RecursionError):
        raise bad_answer(provider, "it is no JSON") from None


def _no_constant(word: str) -> float:
    raise InvalidRow(f"it holds {word}")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        raise InvalidRow("it names a field twice")
    return row


def excerpt(row: object) -> str:
    """How ``row`` begins, in ASCII that is harmless in a terminal and in a page.

    >>> excerpt({"home": "<b>\u202e"})
    '{"home": "\\\\u003cb\\\\u003e\\\\u202e"}'
    """
    text = row if isinstance(row, str) else json.dumps(row, default=str)
    escaped = text[:EXCERPT].encode("ascii", "backslashreplace").decode()
    for mark, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        escaped = escaped.replace(mark, code)
    return "".join(c if c.isprintable() else " " for c in escaped)[:EXCERPT]


@lru_cache(maxsize=5_000)  # the teams of one answer stand at every price of it
def clean_name(text: str) -> str:
    """``text`` as one line of visible letters: entities resolved, marks of direction gone.

    >>> clean_name(" Brighton &amp;\u200f Hove  Albion ")
    'Brighton & Hove Albion'

    Raises InvalidRow for what is empty, over LONGEST_NAME letters, or holds markup.
    """
    if len(text) > 4 * LONGEST_NAME:
        raise InvalidRow("a name is too long")
    plain = unicodedata.normalize("NFC", html.unescape(text))
    kept = "".join(
        " " if c.isspace() else c for c in plain if unicodedata.category(c)[0] != "C" or c.isspace()
    )
    name = " ".join(kept.split())
    if not name:
        raise InvalidRow("a name is empty")
    if len(name) > LONGEST_NAME:
        raise InvalidRow("a name is too long")
    if "<" in name or ">" in name:
        raise InvalidRow("a name holds markup")
    return name


def read_number(value: object) -> float:
    """The finite number that ``value`` is, or that its text plainly writes. Raises InvalidRow."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidRow("not a number")
    try:
        number = float(value)
    except OverflowError:
        raise InvalidRow("not a number") from None
    if not math.isfinite(number):
        raise InvalidRow("not a number")
    return number


def read_whole(value: object, most: int) -> int:
    """The whole number from 0 to ``most`` that ``value`` is. Raises InvalidRow."""
    number = read_number(value)
    if not number.is_integer() or not 0 <= number <= most:
        raise InvalidRow("not a count")
    return int(number)


def read_instant(value: object) -> datetime:
    """The instant that ``value`` writes as ISO 8601 with its offset, in UTC. Raises InvalidRow.

    >>> read_instant("2026-06-12T19:00Z").isoformat()
    '2026-06-12T19:00:00+00:00'
    """
    if not isinstance(value, str):
        raise InvalidRow("not a time with its offset")
    return _instant(value)


@lru_cache(maxsize=5_000)  # the books of one answer were looked at in the same minute
def _instant(text: str) -> datetime:
    found = _INSTANT.fullmatch(text)
    if not found:
        raise InvalidRow("not a time with its offset")
    try:
        at = datetime.fromisoformat(f"{found[1]}T{found[2]}{found[3]}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRow("not a time with its offset") from None
    if at.year not in _YEARS:
        raise InvalidRow("not a time of ours")
    return at


def read_identity(value: object) -> str:
    """A provider's id: a whole number or a short word of plain letters. Raises InvalidRow."""
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else value
    if not isinstance(text, str) or not _IDENTITY.fullmatch(text):
        raise InvalidRow("not an id")
    return text


def read_season(start_year: int, kickoff_at: datetime | None) -> str:
    """The season that begins in ``start_year``; raises InvalidRow when the kick-off cannot lie in it."""
    season = f"{start_year % 100:02d}{(start_year + 1) % 100:02d}"
    if start_year not in _YEARS or season_start_year(season) != start_year:
        raise InvalidRow("season is not a year")
    if kickoff_at is not None and not in_season(kickoff_at.date(), start_year):
        raise InvalidRow("the kick-off is outside the season")
    return season


def answered_at(headers: Mapping[str, str]) -> datetime | None:
    """When the answer was made, by its Date field; None without one."""
    try:
        at = parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    return None if at.tzinfo is None else at.astimezone(UTC)


class Fields:
    """The fields of one JSON object, read by type; every refusal names the field it is about."""

    __slots__ = ("_path", "_values")

    def __init__(self, value: object, path: str = "") -> None:
        if not isinstance(value, dict):
            raise InvalidRow(f"{path or 'a row'} is not an object")
        self._values: dict[str, object] = value
        self._path = path

    def read(self, name: str, reader: Callable[[object], T]) -> T:
        """What ``reader`` makes of the field; it must be there."""
        value = self._values.get(name)
        if value is None:
            raise InvalidRow(f"{self._full(name)} is missing")
        try:
            return reader(value)
        except InvalidRow as reason:
            raise InvalidRow(f"{self._full(name)}: {reason}") from None

    def maybe(self, name: str, reader: Callable[[object], T]) -> T | None:
        """The same, None where the field is absent or null."""
        return None if self._values.get(name) is None else self.read(name, reader)

    def at(self, name: str) -> Fields:
        """The object in a field."""
        value = self._values.get(name)
        if value is None:
            raise InvalidRow(f"{self._full(name)} is missing")
        return Fields(value, self._full(name))

    def rows(self, name: str) -> Sequence[object]:
        """The list in a field."""
        return self.read(name, _list)

    def has(self, name: str) -> bool:
        """Whether the field is there, be it null."""
        return name in self._values

    def name(self, name: str) -> str:
        """The team name in a field."""
        return self.read(name, lambda value: clean_name(_text(value)))

    def word(self, name: str) -> str:
        """The short text in a field."""
        return self.read(name, _word)

    def identity(self, name: str) -> str:
        return self.read(name, read_identity)

    def number(self, name: str) -> float:
        return self.read(name, read_number)

    def whole(self, name: str, most: int = 10_000) -> int:
        return self.read(name, lambda value: read_whole(value, most))

    def instant(self, name: str) -> datetime:
        return self.read(name, read_instant)

    def _full(self, name: str) -> str:
        return f"{self._path}.{name}" if self._path else name


def _list(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise InvalidRow("not a list")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidRow("not a text")
    return value


def _word(value: object) -> str:
    text = _text(value)
    if len(text) > LONGEST_ID:
        raise InvalidRow("a text is too long")
    return text
