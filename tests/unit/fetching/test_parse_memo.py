"""The same bytes are parsed once, and whatever else a parser looks at is not taken for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from sabiscore.errors import BadAnswer
from sabiscore.fetching.parse_memo import PARSES_KEPT, ParseMemo
from sabiscore.sources.base import Reply, Request
from tests.support.providers import Made, body

ASKED = Request(url="https://one.example/v1/epl", name="epl.json")


@dataclass
class Counting(Made):
    """Counts what it parses; looks at the fields named in ``looks_at``."""

    looks_at: tuple[str, ...] = ()
    parsed: int = 0

    def parse(self, request: Request, data: bytes, headers: Mapping[str, str]) -> Reply:
        self.parsed += 1
        for name in self.looks_at:
            headers.get(name)
        return super().parse(request, data, headers)


def test_the_same_bytes_are_parsed_once_whatever_the_fields_say() -> None:
    item, readings = Counting("one"), ParseMemo()
    first = readings.read(item, ASKED, body("epl"), {"date": "now"})
    assert readings.read(item, ASKED, body("epl"), {"date": "later"}) is first
    assert item.parsed == 1


def test_other_bytes_another_request_or_another_provider_are_parsed() -> None:
    first, two, readings = Counting("one"), Counting("two"), ParseMemo()
    asked = [ASKED, replace(ASKED, url="https://one.example/v1/other"), replace(ASKED, given="more")]
    for request in asked:
        readings.read(first, request, body("epl"), {})
    assert readings.read(first, ASKED, body("epl", (3.0, 3.0, 3.0)), {}).facts != ()
    assert first.parsed == 4
    assert readings.read(two, ASKED, body("epl"), {}).provider == "two"
    assert readings.read(first, ASKED, body("epl"), {}).provider == "one"
    assert first.parsed == 5, "only the newest answer to a request is kept"


def test_a_parser_that_looks_at_the_fields_is_asked_again() -> None:
    first, readings = Counting("one", looks_at=("date",)), ParseMemo()
    for date in ("now", "later"):
        readings.read(first, ASKED, body("epl"), {"date": date})
    assert first.parsed == 2


def test_what_was_refused_is_refused_again() -> None:
    first, readings = Counting("one"), ParseMemo()
    for _ in range(2):
        with pytest.raises(BadAnswer):
            readings.read(first, ASKED, b"<html>", {})
    assert first.parsed == 2


def test_no_more_than_a_few_are_kept() -> None:
    first, readings = Counting("one"), ParseMemo()
    asked = [replace(ASKED, url=f"https://one.example/v1/{number}") for number in range(PARSES_KEPT + 1)]
    for request in (*asked, asked[0], asked[-1]):
        readings.read(first, request, body("epl"), {})
    assert first.parsed == PARSES_KEPT + 2
