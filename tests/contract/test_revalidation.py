"""The revalidation webhook: what it takes, what it answers, what it does and in which order."""

from __future__ import annotations

import asyncio
import json
import random
from datetime import timedelta

import pytest

from sabiscore.cache import keys
from sabiscore.cache.memory import MemoryTier
from sabiscore.domain.league import SERVED
from sabiscore.errors import CacheUnavailable, EdgeUnavailable
from sabiscore.http.schema import Revalidated, RevalidationState
from sabiscore.http.signatures import signed_headers
from tests.contract.test_problem_documents import check
from tests.support.served import SECRET, FakeModel, world

ID = "epl-2526-arsenal-chelsea"
URL = "/api/revalidate"
READ = f"/api/v1/insights/{ID}"
OF_MATCH = ("list:epl", f"match:{ID}")


@pytest.fixture
def served(tmp_path):
    return world(tmp_path)


def signed(served, asked, call_id=None, late_s=0):
    """Content and headers of a call."""
    body = json.dumps(asked).encode()
    at = served.clock.now() + timedelta(seconds=late_s)
    headers = {"content-type": "application/json", **signed_headers([SECRET], body, at, call_id)}
    return {"content": body, "headers": headers}


def call(served, asked, call_id=None, late_s=0):
    return served.client.post(URL, **signed(served, asked, call_id, late_s))


def test_it_says_whether_calls_are_taken(served):
    answer = served.client.get(URL)
    assert answer.json() == {"status": "ready", "edge": True}
    RevalidationState.model_validate_json(answer.content)
    served.calls._secrets = ()
    assert served.client.get(URL).json()["status"] == "closed"


@pytest.mark.parametrize(
    ("asked", "tags", "paths"),
    [
        ({"match": ID}, OF_MATCH, ()),
        ({"path": f"/match/{ID}"}, OF_MATCH, ()),
        ({"path": READ}, OF_MATCH, ()),
        ({"tag": f"match:{ID}"}, OF_MATCH, ()),
        ({"match": "epl-2526-gone-away"}, ("list:epl", "match:epl-2526-gone-away"), ()),
        ({"match": "no-such-league"}, ("match:no-such-league",), ()),
        ({"tag": "odds"}, ("odds",), ()),
        ({"tags": ["odds", "league:epl", "odds"]}, ("league:epl", "odds"), ()),
        ({"tags": ["bundle:1.2.3", "publication:0a1b"]}, ("bundle:1.2.3", "publication:0a1b"), ()),
        (
            {"path": "/api/v1/matches"},
            tuple(sorted(f"list:{league.key}" for league in SERVED)),
            (),
        ),
        ({"path": "/api/v1/leagues"}, (), ("/api/v1/leagues",)),
    ],
)
def test_a_call_names_a_match_tags_or_a_path(served, asked, tags, paths):
    answer = call(served, asked)
    body = Revalidated.model_validate_json(answer.content)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (body.revalidated, body.path, body.timestamp) == (True, asked.get("path"), served.clock.now())
    assert body.tags == tags
    assert body.edge is not None
    assert body.edge.purged
    assert served.edge.purges == [(tags, paths)]


BAD = [
    {},
    {"match": ID, "tag": "odds"},
    {"match": "EPL"},
    {"match": "a" * 121},
    {"match": f"{ID}\n"},
    {"tag": "nothing"},
    {"tag": "other:epl"},
    {"tag": "match:"},
    {"tag": "odds:epl"},
    {"tag": "league:e pl"},
    {"tags": []},
    {"tags": ["odds"] * 51},
    {"tags": "odds"},
    {"tags": [1]},
    {"path": 1},
    {"path": ID, "secret": SECRET, "tag": "odds"},
    {"tag": "odds", "secret": SECRET},
    {"nothing": 1},
    [],
    None,
    "odds",
]
BAD_PATHS = [
    "",
    "/",
    "/match",
    "/match/",
    f"match/{ID}",
    f"//match/{ID}",
    f"/match//{ID}",
    f"/match/{ID}/",
    f"/match/{ID}?a=1",
    f"/match/{ID}#a",
    f"/match/{ID}\n",
    f"/match/{ID}\x00",
    f" /match/{ID}",
    "/match/..",
    "/match/../health",
    "/match/%2e%2e/health",
    f"/match%2f{ID}",
    f"/match/%2F{ID}",
    f"/match\\{ID}",
    f"/match/./{ID}",
    f"/MATCH/{ID}",
    f"/match/{ID}@evil.example",
    f"https://evil.example/match/{ID}",
    f"//evil.example/match/{ID}",
    "http://169.254.169.254/latest/meta-data",
    "http://[::ffff:169.254.169.254]/",
    "/api/v1/matches?league=epl",
    "/api/v1/insights",
    "/api/revalidate",
    "/edge/purge",
    "/match/" + "a" * 2000,
    "/match/é",
]


@pytest.mark.parametrize("asked", [*BAD, *({"path": path} for path in BAD_PATHS)])
def test_nothing_else_is_taken_and_nothing_is_done(served, asked):
    """B7: no host, no way up, no encoding, no query."""
    check(call(served, asked), 422, "invalid")
    assert served.edge.purges == []


def test_an_old_caller_sends_its_secret(served):
    path = f"/match/{ID}"
    answer = served.client.post(URL, json={"secret": SECRET, "path": path})
    assert answer.json() == {"revalidated": True, "path": path, "timestamp": "2025-08-15T09:00:00Z"}
    assert served.edge.purges == [(OF_MATCH, ())]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_an_old_caller_has_no_more_paths(served, path):
    check(served.client.post(URL, json={"secret": SECRET, "path": path}), 422, "invalid")
    assert served.edge.purges == []


def test_a_wrong_method_type_or_query_is_refused(served):
    check(served.client.request("PUT", URL), 405, "method-not-allowed")
    check(served.client.post(URL + "?x=1"), 422, "invalid")
    answer = signed(served, {"match": ID})
    answer["headers"]["content-type"] = "text/plain"
    check(served.client.post(URL, **answer), 415, "unsupported-media-type")
    assert served.edge.purges == []


def test_a_signed_body_that_is_not_json_is_refused(served):
    headers = {"content-type": "application/json", **signed_headers([SECRET], b"{", served.clock.now())}
    check(served.client.post(URL, content=b"{", headers=headers), 400, "bad-request")
    assert served.edge.purges == []


def test_what_was_kept_is_forgotten_and_made_anew_before_the_edge_is_purged(served):
    served.client.get(READ)
    served.client.get("/api/v1/matches?league=epl")
    served.clock.at += timedelta(seconds=130)
    seen = []

    class Watching:
        async def purge(self, tags, paths):
            for target in (READ, "/api/v1/matches", "/api/v1/matches?league=epl"):
                kept = await served.answers._chain._l1.read(keys.entry_key(target), ())
                seen.append(kept.entry.stored_at // 1000 if kept.entry else None)

    served.revalidation._edge = Watching()
    answer = call(served, {"match": ID}).json()
    assert (answer["hot"], answer["recomputed"]) == (3, 3)
    assert all(at >= served.clock.now().timestamp() - 130 for at in seen)
    assert len(seen) == 3
    assert "detail=memory" in served.client.get(READ).headers["cache-status"]


def test_what_is_not_about_the_match_stays(served):
    other = "/api/v1/insights/laliga-2526-barcelona-real-madrid"
    first = [served.client.get(path).content for path in (other, "/api/v1/matches?league=laliga")]
    made = served.models.model.batches.copy()
    call(served, {"match": ID})
    again = [served.client.get(path) for path in (other, "/api/v1/matches?league=laliga")]
    assert [answer.content for answer in again] == first
    assert all("detail=memory" in answer.headers["cache-status"] for answer in again)
    assert made


def test_an_edge_that_is_away_is_reported_and_a_retry_tries_again(served):
    served.edge.error = EdgeUnavailable("The edge gave no answer within 2 s.")
    problem = check(call(served, {"match": ID}, "call_1"), 503, "unavailable")
    assert problem["errors"] == [{"where": "edge", "message": "The edge gave no answer within 2 s."}]
    served.edge.error = None
    assert call(served, {"match": ID}, "call_1", late_s=5).json()["edge"]["told"]
    assert served.edge.purges == [(OF_MATCH, ())]


def test_without_an_edge_there_is_none_to_tell(served):
    served.revalidation._edge = None
    assert call(served, {"match": ID}).json()["edge"] == {"told": False, "reason": "There is no edge."}


def test_a_fleet_that_could_not_be_notified_is_an_error_and_the_edge_is_left_alone(served):
    async def fail(names):
        raise CacheUnavailable("The shared cache took longer than 500 ms.")

    served.revalidation._kept.invalidate = fail
    check(call(served, {"match": ID}, "call_1"), 503, "unavailable")
    assert served.edge.purges == []


def test_it_works_while_nothing_is_published_or_no_model_is_there(served):
    served.models.model = None
    answer = call(served, {"match": ID}).json()
    assert (answer["revalidated"], answer["recomputed"]) == (True, 0)
    assert served.failures
    served.insights.publications.refused = None
    assert served.edge.purges == [(OF_MATCH, ())]


def test_an_answer_that_takes_long_does_not_keep_the_edge_waiting(served):
    async def for_ever(target, answer):
        await asyncio.Event().wait()

    served.revalidation._hot_s = 0.01
    served.revalidation._kept.warm = for_ever
    body = call(served, {"match": ID}).json()
    assert (body["hot"], body["recomputed"]) == (3, 0)
    assert served.edge.purges == [(OF_MATCH, ())]


def test_a_hundred_attempts_at_once_are_one_effect_and_one_answer(served):
    """B4."""

    async def story():
        client = served.client
        attempts = [client.ask("POST", URL, **signed(served, {"match": ID}, "call_1", n)) for n in range(100)]
        return await asyncio.gather(*attempts)

    body = asyncio.run(story())
    assert {answer.status_code for answer in body} == {200}
    assert len({answer.content for answer in body}) == 1
    assert len(served.edge.purges) == 1


def test_an_id_stands_for_one_call(served):
    assert call(served, {"match": ID}, "call_1").status_code == 200
    check(call(served, {"tag": "odds"}, "call_1"), 409, "conflict")
    assert len(served.edge.purges) == 1


def test_deliveries_that_come_twice_and_out_of_order_with_poison_among_them_take_effect_once(served):
    """F4: a copy or a retry of each of 50 calls, shuffled, and every tenth delivery poison."""
    chance = random.Random(4)
    deliveries, poison = [], []
    for n in range(50):
        asked = {"match": f"epl-2526-home-away{n}"}
        first = signed(served, asked, f"call_{n}")
        again = first if n % 2 else signed(served, asked, f"call_{n}", late_s=7)
        deliveries += [first, again]
        if n % 5 == 0:
            bad = signed(served, {"match": "POISON"}, f"bad_{n}")
            unsigned = {**first, "content": first["content"] + b" "}
            poison.append(chance.choice((bad, unsigned)))
    everything = [*deliveries, *poison]
    chance.shuffle(everything)
    body = [(delivery, served.client.post(URL, **delivery)) for delivery in everything]
    assert sorted(tags for tags, _ in served.edge.purges) == sorted(
        ("list:epl", f"match:epl-2526-home-away{n}") for n in range(50)
    )
    for delivery, answer in body:
        is_poison = any(delivery is poisoned for poisoned in poison)
        assert answer.status_code in ((401, 422) if is_poison else (200, 401))
    assert sum(answer.status_code == 200 for _, answer in body) == 75


class Changed(FakeModel):
    """Says the opposite under the same version: facts that changed without a new publication."""

    def predict(self, X):
        return super().predict(X)[:, ::-1]


def test_another_process_gives_the_edge_nothing_old(served):
    """Its memory has not heard of the drop, but a request that says no-cache, as the edge's, goes past it."""
    shared = MemoryTier(served.now)
    served.over(shared)
    here, elsewhere = served.answers, served.answers_over(shared)

    def ask(answers, **headers):
        served.answers = answers
        return served.client.get(READ, headers=headers).json()["probabilities"]

    old = ask(elsewhere)
    served.models.model = Changed()
    assert call(served, {"match": ID}).status_code == 200
    assert ask(elsewhere) == old  # for 30 s at most
    new = ask(elsewhere, **{"cache-control": "no-cache"})
    assert new != old
    assert ask(here) == ask(elsewhere) == new
