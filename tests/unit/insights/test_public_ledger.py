"""The ledger as readers page through it: every entry once, and each provable from what was sent."""

from __future__ import annotations

from hashlib import sha256
from json import loads

import pytest

from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.insights.track_record import Anchor
from sabiscore.publication.ledger_pages import publish_ledger, read_ledger
from sabiscore.publication.supplements import read_supplements
from tests.support.ledgers import chain, reader
from tests.support.served import world

N = 2_300


@pytest.fixture
def served(tmp_path):
    served = world(tmp_path)
    put(served, N)
    return served


def put(served, n: int) -> None:
    publish_ledger(served.folder, chain(n)[-1].hash, reader(chain(n)))


def get(served, query=""):
    return served.client.get(f"/api/v1/ledger{query}")


def walk(served, query) -> list[dict]:
    """All pages from ``query`` on, by their own ``next``."""
    pages, path = [], f"/api/v1/ledger{query}"
    while path is not None:
        answer = served.client.get(path)
        pages.append(answer.json())
        assert answer.headers.get("link") == (
            f'<{pages[-1]["next"]}>; rel="next"' if pages[-1]["next"] else None
        )
        path = pages[-1]["next"]
    return pages


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_follow_each_other_to_the_end(served, order):
    pages = walk(served, f"?limit=97&order={order}")
    numbers = [entry["seq"] for page in pages for entry in page["entries"]]
    assert sorted(numbers) == list(range(1, N + 1))
    assert numbers == sorted(numbers, reverse=order == "newest")
    assert len(pages) == -(-N // 97)
    assert pages[0]["head"] == {"seq": N, "hash": chain(N)[-1].hash}


def test_entries_say_what_was_hashed(served):
    (entry,) = get(served, "?cursor=41&limit=1").json()["entries"]
    assert (entry["seq"], entry["href"]) == (42, "/api/v1/ledger/42")
    assert sha256(entry["body"].encode()).hexdigest() == entry["hash"] == chain(N)[41].hash
    assert loads(entry["body"]) == entry["entry"]


def test_json_lines_are_the_texts_as_they_were_hashed(served):
    head, path, count = "0" * 64, "/api/v1/ledger?limit=100&format=jsonl", 0
    while path is not None:
        answer = served.client.get(path)
        assert answer.headers["content-type"] == "application/x-ndjson"
        assert answer.headers["x-ledger-head"] == f"{N} {chain(N)[-1].hash}"
        for line in answer.text.splitlines():
            assert loads(line)["previous"] == head
            head, count = sha256(line.encode()).hexdigest(), count + 1
        link = answer.headers.get("link")
        path = link[1 : link.index(">")] if link else None
    assert (head, count) == (chain(N)[-1].hash, N)


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_a_league_is_found_whole_though_a_page_may_hold_few(served, order):
    pages = walk(served, f"?league=la%20liga&limit=100&order={order}")
    matches = [entry["entry"]["match"] for page in pages for entry in page["entries"]]
    wanted = [entry.content["match"] for entry in chain(N) if entry.content["match"].startswith("laliga-")]
    assert sorted(matches) == sorted(wanted)


def test_a_match_is_found_by_its_id(served):
    late = chain(N)[-1].content["match"]
    for match, numbers in (("epl-2526-home3-away", [7, 8]), (late, [N - 1, N]), ("epl-2526-a-b", [])):
        page = get(served, f"?match={match}").json()
        assert [entry["seq"] for entry in page["entries"]] == numbers
        assert page["next"] is None
    assert page["unknown"]["entries"] == "No more entries."


@pytest.mark.parametrize("number", [1, 8, 1_000, 1_001, N])
def test_an_entry_is_found_by_number_and_by_hash(served, number):
    entry = chain(N)[number - 1]
    proof = served.client.get(f"/api/v1/ledger/{number}").json()
    assert served.client.get(f"/api/v1/ledger/{entry.hash}").json() == proof
    assert proof["entry"]["body"] == entry.body
    assert proof["head"]["seq"] == N
    if number > 1:
        assert proof["previous"] == {"seq": number - 1, "hash": chain(N)[number - 2].hash}
    if entry.content["kind"] == "settled" and number != 1_001:
        assert proof["settles"]["hash"] == entry.content["seal"]
    first = served.client.get(proof["chain_href"]).text.splitlines()[0]
    assert first == entry.body


def test_the_head_that_was_published_after_an_entry_is_its_anchor(served):
    anchors = tuple(
        Anchor(day=f"2025-08-{day}", entries=n, head=chain(N)[n - 1].hash)
        for day, n in ((14, 500), (15, 1_500))
    )
    put_track_record(served.folder, EMPTY.model_copy(update={"anchors": anchors}))
    anchor = served.client.get("/api/v1/ledger/501").json()["anchor"]
    assert anchor == {"day": "2025-08-15", "entries": 1_500, "head": chain(N)[1_499].hash}
    newest = served.client.get(f"/api/v1/ledger/{N}").json()
    assert newest["anchor"] is None
    assert "anchor" in newest["unknown"]


def test_a_new_entry_shows_at_once(served):
    assert get(served, "?order=newest&limit=1").json()["entries"][0]["seq"] == N
    put(served, N + 1)
    assert get(served, "?order=newest&limit=1").json()["entries"][0]["seq"] == N + 1


def test_an_empty_ledger_says_so(tmp_path):
    page = get(world(tmp_path)).json()
    assert (page["entries"], page["head"], page["next"]) == ([], None, None)
    assert page["unknown"] == {"entries": "Nothing is sealed yet.", "head": "Nothing is sealed yet."}


def test_a_page_that_is_missing_is_no_empty_one(served):
    read_ledger(read_supplements(served.folder)).pages[1].file.path.unlink()
    assert get(served, "?cursor=100").status_code == 200
    answer = get(served, "?cursor=1200")
    assert (answer.status_code, answer.json()["title"]) == (503, "Stored data failed verification")


@pytest.mark.parametrize(
    "query", ["?cursor=-1", "?cursor=1.0", "?cursor=1_0", "?limit=0", "?limit=101", "?format=csv", "?match=A"]
)
def test_what_cannot_be_asked_for_is_refused(served, query):
    assert get(served, query).status_code == 422


@pytest.mark.parametrize(
    ("entry", "status"), [("0", 422), ("abc", 422), ("A" * 64, 422), (str(N + 1), 404), ("0" * 64, 404)]
)
def test_an_entry_that_is_none_is_refused(served, entry, status):
    assert served.client.get(f"/api/v1/ledger/{entry}").status_code == status
