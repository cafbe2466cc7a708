"""The format of stored answers, by the vectors that the Worker's tests read too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.cache import keys
from sabiscore.cache.entry import LONGEST_ENTRY, CacheEntry, decode, encode
from sabiscore.errors import BadEntry

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "entries.json").read_text(encoding="utf-8"))


def entry_of(vector):
    return CacheEntry(
        status=vector["status"],
        headers=tuple((name, value) for name, value in vector["headers"]),
        body=bytes.fromhex(vector["body_hex"]),
        stored_at=vector["stored_at"],
        fresh_until=vector["fresh_until"],
        stale_until=vector["stale_until"],
        tags=tuple(vector["tags"]),
    )


@pytest.mark.parametrize("vector", VECTORS["good"], ids=lambda vector: vector["name"])
def test_a_good_text_is_read_and_written(vector):
    assert decode(vector["text"]) == entry_of(vector)
    assert encode(entry_of(vector)) == vector["text"]


@pytest.mark.parametrize("vector", VECTORS["bad"], ids=lambda vector: vector["name"])
def test_a_bad_text_is_refused(vector):
    with pytest.raises(BadEntry):
        decode(vector["text"])


@pytest.mark.parametrize("vector", VECTORS["states_of_the_first_good_entry"], ids=lambda v: str(v["now"]))
def test_state_and_age_follow_absolute_times(vector):
    entry = entry_of(VECTORS["good"][0])
    assert (entry.state(vector["now"]), entry.age_s(vector["now"])) == (vector["state"], vector["age_s"])


@pytest.mark.parametrize("vector", VECTORS["keys"], ids=lambda vector: vector["key"][-40:])
def test_keys_follow_the_target(vector):
    assert keys.entry_key(keys.target(vector["path"], vector["query"])) == vector["key"]


def test_what_no_reader_would_take_is_not_written():
    good = entry_of(VECTORS["good"][0])
    for bad in (
        replace(good, headers=(("Set-Cookie", "a"),)),
        replace(good, fresh_until=0),
        replace(good, tags=("odds", "a b")),
        replace(good, body=b"x" * LONGEST_ENTRY),
    ):
        with pytest.raises(BadEntry):
            encode(bad)


@given(st.binary(max_size=200), st.integers(0, 2**52))
def test_any_body_comes_back(body, at):
    entry = CacheEntry(status=200, headers=(), body=body, stored_at=at, fresh_until=at, stale_until=at)
    assert decode(encode(entry)) == entry


@given(st.text(max_size=80) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_other_text_is_refused(text):
    with pytest.raises(BadEntry):
        decode(text)


@given(st.data())
def test_a_flipped_character_never_breaks_the_reader(data):
    text = VECTORS["good"][0]["text"]
    at = data.draw(st.integers(0, len(text) - 1))
    torn = text[:at] + data.draw(st.characters()) + text[at + 1 :]
    try:
        assert isinstance(decode(torn), CacheEntry)
    except BadEntry as error:
        assert error.hint  # noqa: PT017 - either outcome is right; any other exception is not
