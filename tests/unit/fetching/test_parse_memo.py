"""The same bytes are parsed once, and whatever else a parser looks at is not taken for the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from sabiscore.errors import BadAnswer
from sabiscore.fetching.parse_memo import KEPT, ParseMemo
from sabiscore.sources.base import Reply, Request
from tests.support.providers import Made, body

ASKED = Request("https://one.example/v1/epl", "epl.json")


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
    one, readings = Counting("one"), ParseMemo()
    first = readings.read(one, ASKED, body("epl"), {"date": "now"})
    assert readings.read(one, ASKED, body("epl"), {"date": "later"}) is first
    assert one.parsed == 1


def test_other_bytes_another_request_or_another_provider_are_parsed() -> None:
    one, two, readings = Counting("one"), Counting("two"), ParseMemo()
    asked = [ASKED, replace(ASKED, url="https://one.example/v1/other"), replace(ASKED, given="more")]
    for request in asked:
        readings.read(one, request, body("epl"), {})
    assert readings.read(one, ASKED, body("epl", (3.0, 3.0, 3.0)), {}).facts != ()
    assert one.parsed == 4
    assert readings.read(two, ASKED, body("epl"), {}).provider == "two"
    assert readings.read(one, ASKED, body("epl"), {}).provider == "one"
    assert one.parsed == 5, "only the newest answer to a request is kept"


def test_a_parser_that_looks_at_the_fields_is_asked_again() -> None:
    one, readings = Counting("one", looks_at=("date",)), ParseMemo()
    for date in ("now", "later"):
        readings.read(one, ASKED, body("epl"), {"date": date})
    assert one.parsed == 2


def test_what_was_refused_is_refused_again() -> None:
    one, readings = Counting("one"), ParseMemo()
    for _ in range(2):
        with pytest.raises(BadAnswer):
            readings.read(one, ASKED, b"<html>", {})
    assert one.parsed == 2


def test_no_more_than_a_few_are_kept() -> None:
    one, readings = Counting("one"), ParseMemo()
    asked = [replace(ASKED, url=f"https://one.example/v1/{number}") for number in range(KEPT + 1)]
    for request in (*asked, asked[0], asked[-1]):
        readings.read(one, request, body("epl"), {})
    assert one.parsed == KEPT + 2
