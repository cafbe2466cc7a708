"""Pages of what was: the ledger, the prices of a match over time."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from sabiscore.publication.ledger_pages import publish_ledger
from sabiscore.publication.price_history import PriceHistory, PricePoint, PriceSeries, plain_history
from sabiscore.publication.supplements import PRICES, encode_parts, put_supplements
from tests.contract.test_pages import ID, outline
from tests.support.ledgers import chain, reader
from tests.support.served import NOW, World, world

N = 120


@pytest.fixture
def served(tmp_path: Path) -> World:
    served = world(tmp_path)
    publish_ledger(served.folder, chain(N)[-1].hash, reader(chain(N)))
    return served


def entries(served: World, path: str) -> list[dict[str, str]]:
    return [json.loads(a["data-entry"]) for a in outline(served, path).all("li") if "data-entry" in a]


def test_the_ledger_shows_every_entry_once_the_newest_first(served: World) -> None:
    path, seen = "/record/ledger", []
    while path:
        page = outline(served, path)
        assert page.faults == []
        seen += [json.loads(a["data-entry"])["hash"] for a in page.all("li") if "data-entry" in a]
        older = [a["href"] for a in page.all("a") if a.get("href", "").startswith("/record/ledger?cursor=")]
        path = older[0] if older else ""
    assert seen == [entry.hash for entry in reversed(chain(N))]


def test_each_entry_carries_what_proves_it(served: World) -> None:
    listed = entries(served, "/record/ledger")
    assert all(sha256(entry["text"].encode()).hexdigest() == entry["hash"] for entry in listed)
    assert [entry["previous"] for entry in listed[:-1]] == [entry["hash"] for entry in listed[1:]]


def test_an_entry_has_a_page_with_its_place_in_the_chain(served: World) -> None:
    page = outline(served, "/record/ledger/7")
    assert page.faults == []
    assert chain(N)[6].body in page.text
    assert f"№ 6, {chain(N)[5].hash[:16]}…" in page.text
    assert f"№ {N}, {chain(N)[-1].hash[:16]}…" in page.text
    assert outline(served, "/record/ledger/999", 404).faults == []


def test_prices_are_shown_from_the_first_to_now_with_the_best_marked(served: World) -> None:
    points = tuple(
        PricePoint(NOW - timedelta(hours=hours), odds, "the-odds-api.com")
        for hours, odds in ((30, (2.1, 3.5, 3.8)), (2, (2.0, 3.6, 3.9)))
    )
    history = PriceHistory((PriceSeries("1x2", "b365", None, points),), 99)
    put_supplements(served.folder, {PRICES: (encode_parts({ID: plain_history(history)}), "jsonl")})
    page = outline(served, f"/match/{ID}/prices")
    assert page.faults == []
    assert "2.10 → 2.00" in page.text
    assert len([a for a in page.all("path") if a.get("class", "").startswith("curve")]) == 3
    assert len([a for a in page.all("td") if a.get("class") == "best"]) == 3


def test_a_match_without_earlier_prices_says_so(served: World) -> None:
    assert "No earlier prices were collected." in outline(served, f"/match/{ID}/prices").text
