"""A body is the same in whatever pieces it comes, and never larger than agreed."""

from __future__ import annotations

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.net.unpack import Body, TooLarge, Torn

MOST = 4_096


def read(data: bytes, cuts: list[int], most: int = MOST) -> bytes:
    """``data`` taken in the pieces that end at ``cuts``."""
    body, last = Body(most), 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        body.add(data[last:cut])
        last = cut
    return body.whole()


CUTS = st.lists(st.integers(0, MOST), max_size=6)


@given(plain=st.binary(max_size=600), cuts=CUTS, members=st.integers(1, 3))
def test_packed_or_plain_in_any_pieces(plain: bytes, cuts: list[int], members: int) -> None:
    assert read(gzip.compress(plain) * members, cuts) == plain * members
    if not plain.startswith(b"\x1f\x8b"):
        assert read(plain, cuts) == plain


@given(cuts=CUTS, size=st.integers(MOST + 1, 50 * MOST))
def test_what_unpacks_to_more_than_agreed_is_refused(cuts: list[int], size: int) -> None:
    with pytest.raises(TooLarge):
        read(gzip.compress(bytes(size)), cuts)


def test_the_limit_holds_for_what_is_sent_too() -> None:
    assert read(bytes(MOST), []) == bytes(MOST)
    with pytest.raises(TooLarge):
        read(bytes(MOST + 1), [])


@given(cuts=CUTS, kept=st.integers(2, 40))
def test_a_stream_that_ends_early_is_torn(cuts: list[int], kept: int) -> None:
    packed = gzip.compress(b"a season of matches, told in full")
    with pytest.raises(Torn):
        read(packed[: min(kept, len(packed) - 1)], cuts)


def test_a_body_that_only_begins_like_gzip_is_torn() -> None:
    with pytest.raises(Torn):
        read(b"\x1f\x8b and then words", [])
    with pytest.raises(Torn):
        read(gzip.compress(b"a") + zlib.compress(b"b"), [])
