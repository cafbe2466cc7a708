"""Secrets in texts that are about to be seen."""

from __future__ import annotations

import logging

import pytest

from sabiscore.net.redact import Redactor, Secret

WORD = "made-up/secret+1"
ADDRESS = "https://feed.example.com/private-feed/of-ours"
REDACTOR = Redactor([Secret(WORD), Secret(ADDRESS), Secret("short"), Secret("")])


@pytest.mark.parametrize(
    "written",
    [
        WORD,
        "made-up%2Fsecret%2B1",
        "made-up\\/secret+1",
        "bWFkZS11cC9zZWNyZXQrMQ==",
        ADDRESS,
        "/private-feed/of-ours",
    ],
)
def test_a_secret_is_removed_however_it_is_written(written):
    assert written not in REDACTOR(f"asked with {written}, and refused")
    assert written.encode() not in REDACTOR.scrub(b"asked with " + written.encode())


def test_what_is_too_short_to_be_found_safely_stays():
    assert REDACTOR("a short word") == "a short word"


def test_without_secrets_only_what_looks_like_one_goes():
    nothing = Redactor([])
    assert nothing("token=abcdefgh, kept") == "token=***, kept"
    assert nothing.scrub(b"token=abcdefgh") == b"token=abcdefgh"


def record(*, exc_info=None) -> logging.LogRecord:
    return logging.LogRecord("x", logging.INFO, __file__, 1, "asked with %s", (WORD,), exc_info)


def test_a_log_record_is_cleaned_and_kept():
    cleaned = record()
    assert REDACTOR.filter(cleaned)
    assert cleaned.getMessage() == "asked with ***"


def test_a_traceback_in_the_log_is_cleaned():
    try:
        raise ValueError(WORD)
    except ValueError as error:
        cleaned = record(exc_info=(type(error), error, error.__traceback__))
    REDACTOR.filter(cleaned)
    assert "ValueError: ***" in cleaned.exc_text
    assert cleaned.exc_info is None
