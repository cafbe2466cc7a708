"""Text and numbers of providers that mean harm, or nothing (B13)."""

from __future__ import annotations

import json

import pytest

from sabiscore.errors import BadAnswer
from sabiscore.sources.reading import (
    Fields,
    InvalidRow,
    clean_name,
    excerpt,
    read_instant,
    read_json,
    read_number,
)
from tests.support.provider_replies import BY_FILE

CASE = BY_FILE["the_odds_api_odds.json"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "\u202e\u200f",
        "x" * 61,
        "x" * 10_240,
        "<script>alert(1)</script>",
        "&lt;b&gt;Leeds",
        "a\u0000" * 200,
    ],
)
def test_a_name_that_cannot_be_shown_is_refused(name):
    rows = json.loads(CASE.data)
    rows[1]["home_team"] = name
    reply = CASE.parse(json.dumps(rows).encode())
    assert [row.line for row in reply.refused] == [2]
    assert reply.refused[0].reason.startswith("home_team: a name ")
    assert len(reply.refused[0].text) <= 200
    assert reply.refused[0].text.isascii()
    assert not set("<>&\u202e\x00") & set(reply.refused[0].text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("\u200fArsenal\u202e", "Arsenal"),
        ("Brighton &amp; Hove\tAlbion\n", "Brighton & Hove Albion"),
        ("Saint-E\u0301tienne", "Saint-Étienne"),
        ("\ufeffLille\u0000", "Lille"),
    ],
)
def test_what_is_invisible_is_taken_out_of_names(text, name):
    assert clean_name(text) == name


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 10**400, True, "1e3", "1,5", "", "٣", None, [], {}]
)
def test_what_is_no_plain_number_is_refused(value):
    with pytest.raises(InvalidRow):
        read_number(value)


@pytest.mark.parametrize(
    "value",
    [
        "2031-09-13",
        "2031-09-13T14:00",
        "2031-02-30T14:00Z",
        "0001-01-01T00:00+14:00",
        1947160800,
        "now",
        "9" * 99,
    ],
)
def test_what_is_no_instant_is_refused(value):
    with pytest.raises(InvalidRow):
        read_instant(value)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b'{"a": 1, "a": 2}', "names a field twice"),
        (b'{"a": NaN}', "holds NaN"),
        (b'{"a": -Infinity}', "holds -Infinity"),
        (b"\xe9", "not UTF-8"),
        (b"[" * 100_000, "no JSON"),
        (b"9" * 10_000, "no JSON"),
        (b" " * (8 * 2**20 + 1), "more than 8 MiB"),
    ],
)
def test_json_that_would_be_read_two_ways_or_for_long_is_refused(data, why):
    with pytest.raises(BadAnswer, match=why):
        read_json("made-up.com", data)


def test_every_refusal_names_the_field():
    fields = Fields({"a": {"b": "x"}}, "row")
    with pytest.raises(InvalidRow, match=r"^row\.a\.b: not a number$"):
        fields.at("a").number("b")
    with pytest.raises(InvalidRow, match=r"^row\.c is missing$"):
        fields.word("c")


def test_an_excerpt_is_short_and_harmless():
    text = excerpt({"a": "<b>" * 1_000, "b": "\u202e"})
    assert len(text) <= 200
    assert "<" not in text
