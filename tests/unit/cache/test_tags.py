"""A tag names what it is about by the first sixteen digits of a digest, everywhere alike."""

from __future__ import annotations

import hashlib

import pytest

from sabiscore.cache import tags
from sabiscore.cache.targets import of_match

DIGEST = hashlib.sha256(b"anything").hexdigest()


@pytest.mark.parametrize("kind", ["record", "matchday", "ledger", "prices", "clubs", "site", "system"])
def test_a_digest_is_cut_to_sixteen_digits(kind):
    assert getattr(tags, f"{kind}_tag")(DIGEST) == f"{kind}:{DIGEST[:16]}"


def test_what_tells_of_a_match_that_is_no_id_has_no_league():
    assert not [tag for tag in of_match("no id").tags if tag.startswith(("league", "list"))]
