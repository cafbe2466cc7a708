"""What answers say to the caches in front: RFC 9111, 5861, 9211, 9213."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sabiscore.cache.entry import MOST_TAGS, CacheEntry, decode, encode
from sabiscore.domain.league import SERVED
from tests.support.served import KICKOFF, NOW, match, world

ID = "epl-2526-arsenal-chelsea"
READ = f"/api/v1/insights/{ID}"


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def test_an_insight_says_who_may_keep_it_for_how_long_and_what_it_is_about(served):
    headers = served.client.get(READ).headers
    assert headers["cache-control"] == "public, max-age=300"
    assert headers["cdn-cache-control"] == (
        "public, max-age=300, stale-while-revalidate=3000, stale-if-error=3000"
    )
    tags = headers["cache-tag"].split(",")
    assert tags == sorted(tags)
    assert {"bundle:1.2.3", "league:epl", f"match:{ID}", "odds"} < set(tags)
    assert headers["vary"] == "Accept-Encoding"
    assert headers["cache-status"] == "SabiScore; fwd=miss; stored; ttl=300; detail=computed"
    assert headers["age"] == "0"
    assert headers["content-type"] == "application/json"


def test_a_hit_says_so_and_how_long_it_stays_fresh(served):
    served.client.get(READ)
    served.clock.at = NOW + timedelta(seconds=20)
    headers = served.client.get(READ).headers
    assert headers["cache-status"] == "SabiScore; hit; ttl=280; detail=memory"
    assert headers["age"] == "20"


def test_a_304_carries_what_the_200_would_have(served):
    first = served.client.get(READ).headers
    second = served.client.get(READ, headers={"if-none-match": first["etag"]})
    assert second.status_code == 304
    for name in ("etag", "cache-control", "cdn-cache-control", "cache-tag", "vary", "age", "cache-status"):
        assert name in second.headers


def test_no_stale_copy_outlives_an_instant_at_which_its_content_changes(tmp_path):
    served = world(tmp_path, [match("arsenal", "chelsea", priced_at=KICKOFF - timedelta(hours=2))])
    served.clock.at = KICKOFF - timedelta(seconds=90)
    headers = served.client.get(READ).headers
    assert headers["cdn-cache-control"] == "public, max-age=60, stale-while-revalidate=60, stale-if-error=60"
    served.clock.at = KICKOFF - timedelta(seconds=30)
    served.client.get(READ)  # may be the copy of before, and is refreshed behind
    headers = served.client.get(READ).headers
    assert headers["cdn-cache-control"] == "public, max-age=60, must-revalidate"
    served.clock.at = KICKOFF
    assert "fwd=miss" in served.client.get(READ).headers["cache-status"]


@pytest.mark.parametrize("path", ["/api/v1/matches", "/api/v1/matches?league=epl", "/api/v1/leagues"])
def test_lists_are_kept_too(served, path):
    headers = served.client.get(path).headers
    assert "stale-while-revalidate" in headers["cdn-cache-control"]
    assert "publication:" in headers["cache-tag"]
    assert served.client.get(path).headers["cache-status"].endswith("detail=memory")


def test_the_order_of_a_query_makes_no_second_entry(served):
    served.client.get("/api/v1/matches?league=epl&from=2025-08-15")
    headers = served.client.get("/api/v1/matches?from=2025-08-15&league=epl").headers
    assert "hit" in headers["cache-status"]


def test_a_post_is_answered_from_the_same_entry_but_kept_by_nobody(served):
    body = served.client.get(READ).content
    answer = served.client.post("/api/v1/insights", json={"matchup": "Arsenal vs Chelsea"})
    assert answer.content == body
    assert answer.headers["cache-control"] == "no-store"
    assert not {"etag", "cdn-cache-control", "cache-tag", "age"} & set(answer.headers)
    assert served.models.model.batches == [9]


def test_a_pairing_that_is_not_scheduled_never_lies_under_a_match(served):
    asked = {"matchup": "Chelsea vs Arsenal"}
    assert (
        json.loads(served.client.post("/api/v1/insights", json=asked).content)["match"]["scheduled"] is False
    )
    assert served.client.get("/api/v1/insights/epl-2526-chelsea-arsenal").status_code == 404


def test_a_problem_is_kept_by_nobody(served):
    headers = served.client.get("/api/v1/insights/epl-2526-nobody-nowhere").headers
    assert headers["cache-control"] == "no-store"
    assert "cdn-cache-control" not in headers


@pytest.mark.parametrize(
    "path",
    ["/api/v1/matches", "/api/v1/value-bets", "/api/v1/leagues", "/api/v1/performance", READ, "/", "/value"],
)
def test_every_answer_has_fewer_tags_than_may_be_kept(served, path):
    """A list over all leagues has two for each; with more than the bound nobody would share it."""
    client = served.client if path.startswith("/api") else served.pages
    tags = client.get(path).headers["cache-tag"].split(",")
    assert len(tags) <= MOST_TAGS
    if path == "/api/v1/matches":
        assert len(tags) > 2 * len(SERVED)


def test_a_list_over_all_leagues_is_one_that_may_be_shared(served):
    kept = served.client.get("/api/v1/matches")
    tags = tuple(kept.headers["cache-tag"].split(","))
    times = {"stored_at": 0, "fresh_until": 1, "stale_until": 1}
    entry = CacheEntry(status=200, headers=(), body=kept.content, tags=tags, **times)
    assert decode(encode(entry)) == entry
