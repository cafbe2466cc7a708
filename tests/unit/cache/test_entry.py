"""The format of stored answers, by the vectors that the Worker's tests read too."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.cache import keys
from sabiscore.cache.entry import LATEST_MS, LONGEST_ENTRY, MOST_TAGS, CacheEntry, decode, encode
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


def plain(**changes):
    """The members of a good stored answer, with some of them changed; None leaves one out."""
    whole = {**json.loads(VECTORS["good"][0]["text"]), **changes}
    return json.dumps({name: value for name, value in whole.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"more": 1}, "other members"),
        ({"body": None}, "other members"),
        ({"format": 99}, "of another format"),
        ({"status": 600}, "of no such status"),
        ({"status": 199}, "of no such status"),
        ({"stored_at": -1}, "without its times"),
        ({"stale_until": LATEST_MS + 1}, "without its times"),
        ({"stored_at": LATEST_MS}, "fresh after it is stale"),
        ({"headers": [["Set-Cookie", "a"]]}, "with other headers"),
        ({"headers": [["a"]]}, "with other headers"),
        ({"headers": [["a", 1]]}, "with other headers"),
        ({"headers": ["ab"]}, "with other headers"),
        ({"headers": [["-", "a"]]}, "with other headers"),
        ({"headers": [["_", "a"]]}, "with other headers"),
        ({"tags": ["a b"]}, "with other tags"),
        ({"tags": ["odds", "bets"]}, "with tags out of order"),
        ({"tags": [f"t{number:03}" for number in range(MOST_TAGS + 1)]}, "with tags out of order"),
        ({"body": 1}, "without a body"),
    ],
)
def test_whatever_is_refused_says_what_was_wrong_with_it(changes, reason):
    with pytest.raises(BadEntry, match=f"A stored answer is {reason}"):
        decode(plain(**changes))


@pytest.mark.parametrize("text", ["AA==\n", "AA==!", " AA=="])
def test_bytes_are_read_from_nothing_but_their_digits(text):
    with pytest.raises(BadEntry):
        decode(plain(body=None, body_base64=text))


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 200},
        {"status": 599},
        {"stored_at": 0, "fresh_until": LATEST_MS, "stale_until": LATEST_MS},
        {"tags": [f"t{number:03}" for number in range(MOST_TAGS)]},
        {"headers": [["x_y-z", "Xa bX"]]},
    ],
)
def test_what_is_just_within_the_bounds_is_read_and_written(changes):
    text = plain(**changes)
    assert json.loads(encode(decode(text))) == json.loads(text)


def test_an_entry_may_be_as_long_as_the_bound_and_no_longer():
    good = entry_of(VECTORS["good"][0])
    room = LONGEST_ENTRY - len(encode(replace(good, body=b"")))
    text = encode(replace(good, body=b"x" * room))
    assert len(text) == LONGEST_ENTRY
    assert len(decode(text).body) == room
    for refused in (lambda: encode(replace(good, body=b"x" * (room + 1))), lambda: decode(text + " ")):
        with pytest.raises(BadEntry, match="too long"):
            refused()
