"""The names that answers are kept and dropped under."""

from __future__ import annotations

from hashlib import sha256

import pytest

from sabiscore.cache import keys, tags
from sabiscore.cache.targets import Targets, of_lists, of_match, of_tags
from sabiscore.domain.league import SERVED

DIGEST = "0123456789abcdef" * 4


def test_tags_are_a_word_or_a_word_and_a_name():
    assert tags.match_tag("epl-2526-a-b") == "match:epl-2526-a-b"
    assert tags.league_tag("epl") == "league:epl"
    assert tags.list_tag("epl") == "list:epl"
    assert tags.bundle_tag("1.0.0") == "bundle:1.0.0"
    assert tags.record_tag(DIGEST) == "record:0123456789abcdef"
    assert tags.publication_tag(DIGEST) == "publication:0123456789abcdef"
    assert tags.calibration_tag("m") == "calibration:m"
    for good in ("odds", "a1-b", "match:A.b_c-1", "x" * 32, "x:" + "y" * 128):
        assert tags.is_tag(good)
    for bad in ("", "Odds", "1a", "match:", "a b", "a:b:c", "x" * 33, "x:" + "y" * 129, 3, None):
        assert not tags.is_tag(bad)


def test_what_an_answer_was_made_from_is_told_from_what_it_is_about():
    parts = ("bundle:1", "publication:1", "record:1", "calibration:1")
    assert all(map(tags.is_publication_part, parts))
    assert not any(
        map(tags.is_publication_part, ("match:bundle:1", "odds", "league:epl", "list:epl", "bundle"))
    )


def test_keys_begin_with_the_format():
    assert keys.entry_key("/a") == "sabiscore:1:entry:/a"
    assert keys.generation_key("odds") == "sabiscore:1:generation:odds"
    assert keys.members_key("odds") == "sabiscore:1:tag:odds"
    assert keys.lock_key("x") == "sabiscore:1:lock:x"


@pytest.mark.parametrize(("length", "short"), [(400, True), (401, False)])
def test_a_long_target_is_kept_by_its_hash(length, short):
    target = "/" + "a" * (length - 1)
    digest = sha256(target.encode()).hexdigest()
    assert keys.entry_key(target) == f"sabiscore:1:entry:{target if short else f'sha256:{digest}'}"


def test_a_target_has_its_pairs_in_order():
    assert keys.target("/a", "b=2&&a=1&") == "/a?a=1&b=2"
    assert keys.target("/a", "&") == keys.target("/a") == "/a"


def test_a_match_brings_the_lists_of_its_league_where_that_is_served():
    assert of_match("epl-2526-arsenal-chelsea") == Targets(("list:epl", "match:epl-2526-arsenal-chelsea"))
    assert of_match("ligue-1-2526-lyon-lille").tags[0] == "list:ligue-1"
    assert of_match("national-league-2526-a-b").tags == ("match:national-league-2526-a-b",)
    assert of_match("mars-2526-a-b").tags == ("match:mars-2526-a-b",)
    assert of_match("nonsense").tags == ("match:nonsense",)


def test_tags_are_named_each_once_in_order():
    found = of_tags(["odds", "match:epl-2526-a-b", "match:epl-2526-c-d", "bundle:match:1", "odds"])
    assert found.tags == ("bundle:match:1", "list:epl", "match:epl-2526-a-b", "match:epl-2526-c-d", "odds")
    assert found.paths == ()
    assert of_tags(["match:epl:2526"]).tags == ("match:epl:2526",)


def test_targets_are_dropped_by_tag_and_by_the_key_of_a_path():
    assert Targets(("odds",), ("/a", "/b")).names == ["odds", "sabiscore:1:entry:/a", "sabiscore:1:entry:/b"]


def test_every_list_is_that_of_a_served_league():
    assert of_lists().tags == tuple(sorted(f"list:{league.key}" for league in SERVED))
    assert of_lists().paths == ()
