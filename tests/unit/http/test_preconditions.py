"""What a request's conditions ask of a representation (RFC 9110, section 13)."""

from __future__ import annotations

import pytest

from sabiscore.http.preconditions import http_date, preconditions

TAG = (b"etag", b'"a"')
WEAK = (b"etag", b'W/"a"')
CHANGED = (b"last-modified", b"Sun, 06 Nov 1994 08:49:37 GMT")
BEFORE, AT, AFTER = (b"Sun, 06 Nov 1994 08:49:%02d GMT" % second for second in (36, 37, 38))


def verdict(asked: list[tuple[bytes, bytes]], representation: list[tuple[bytes, bytes]]) -> str:
    found = preconditions(asked)
    assert found is not None
    return found.verdict(representation)


@pytest.mark.parametrize(
    ("name", "value", "representation", "expected"),
    [
        (b"if-match", b"*", [], "send"),
        (b"if-match", b'"a"', [TAG], "send"),
        (b"if-match", b'"b", "a"', [TAG], "send"),
        (b"if-match", b'"b"', [TAG], "failed"),
        (b"if-match", b'W/"a"', [WEAK], "failed"),
        (b"if-match", b'"a"', [], "failed"),
        (b"if-unmodified-since", AT, [CHANGED], "send"),
        (b"if-unmodified-since", BEFORE, [CHANGED], "failed"),
        (b"if-unmodified-since", BEFORE, [TAG], "send"),
        (b"if-unmodified-since", b"yesterday", [CHANGED], "send"),
        (b"if-none-match", b"*", [], "not modified"),
        (b"if-none-match", b'W/"a"', [TAG], "not modified"),
        (b"if-none-match", b'"b", "a"', [WEAK], "not modified"),
        (b"if-none-match", b'"b"', [TAG], "send"),
        (b"if-none-match", b'"a"', [], "send"),
        (b"if-none-match", b'*, "b"', [TAG], "send"),
        (b"if-modified-since", AFTER, [CHANGED], "not modified"),
        (b"if-modified-since", AT, [CHANGED], "not modified"),
        (b"if-modified-since", BEFORE, [CHANGED], "send"),
        (b"if-modified-since", AT, [TAG], "send"),
    ],
)
def test_each_condition_alone(name, value, representation, expected):
    assert verdict([(name, value)], representation) == expected


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([(b"if-match", b'"a"'), (b"if-unmodified-since", BEFORE)], "send"),
        ([(b"if-none-match", b'"b"'), (b"if-modified-since", AFTER)], "send"),
        ([(b"if-match", b'"b"'), (b"if-none-match", b'"a"')], "failed"),
        ([(b"if-none-match", b'"b"'), (b"if-none-match", b'"a"')], "not modified"),
    ],
    ids=["a tag before a date", "a tag before a date again", "what must hold first", "two fields are a list"],
)
def test_conditions_together_are_evaluated_in_their_order(asked, expected):
    assert verdict(asked, [TAG, CHANGED]) == expected


def test_a_request_without_conditions_has_none():
    assert preconditions([(b"accept", b"*/*")]) is None


@pytest.mark.parametrize(
    "text",
    [b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sunday, 06-Nov-94 08:49:37 GMT", b"Sun Nov  6 08:49:37 1994"],
)
def test_a_date_is_read_in_any_of_its_three_forms(text):
    assert http_date(text) == http_date(CHANGED[1])


@pytest.mark.parametrize(
    "text", [None, b"", b"1994-11-06", b"Sun, 31 Foo 1994 08:49:37 GMT", b"Sun, 31 Feb 1994 08:49:37 GMT"]
)
def test_what_is_no_date_is_none(text):
    assert http_date(text) is None


def test_two_digits_of_a_year_are_never_more_than_fifty_years_ahead():
    assert http_date(b"Friday, 01-Jan-99 00:00:00 GMT").year == 1999
    assert http_date(b"Monday, 01-Jan-40 00:00:00 GMT").year == 2040
