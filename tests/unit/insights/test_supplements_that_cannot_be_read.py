"""What lies beside the publication cannot be read: answers say so, and never that there is nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sabiscore.publication.supplements import SUPPLEMENTS_DIR, SUPPLEMENTS_FILE
from tests.support.every_supplement import put_every_supplement
from tests.support.served import world

ID = "epl-2526-arsenal-chelsea"
CANNOT_BE_READ = "What sources last said of matches and what was sealed cannot be read."
DAMAGES: dict[str, Callable[[Path], object]] = {
    "the list is cut": lambda folder: (folder / SUPPLEMENTS_FILE).write_bytes(b'{"digest": "0'),
    "the list is missing": lambda folder: (folder / SUPPLEMENTS_FILE).unlink(),
    "the files are missing": lambda folder: shutil.rmtree(folder / SUPPLEMENTS_DIR),
}


@pytest.fixture(params=DAMAGES)
def served(tmp_path, request):
    put_every_supplement(tmp_path)
    DAMAGES[request.param](tmp_path)
    return world(tmp_path)


def test_a_ledger_is_never_empty_that_only_cannot_be_read(served):
    for path in ("/api/v1/ledger", "/api/v1/ledger/1"):
        assert served.client.get(path).status_code == 503


def test_coming_matches_are_listed_and_the_past_is_said_to_be_missing(served):
    document = served.client.get("/api/v1/matches").json()
    assert document["count"] > 0
    assert document["unknown"]["matches.state"].startswith(CANNOT_BE_READ)


@pytest.mark.parametrize("path", [f"/api/v1/matches/{ID}", f"/api/v1/insights/{ID}"])
def test_nobody_says_that_nothing_was_sealed(served, path):
    document = served.client.get(path).json()
    assert (document["sealed"], document["unknown"]["sealed"]) == (None, CANNOT_BE_READ)


def test_a_match_of_the_past_may_be_there(served):
    assert served.client.get("/api/v1/matches/epl-2526-chelsea-arsenal").status_code == 503


def test_prices_are_those_of_the_publication_and_say_why(served):
    document = served.client.get(f"/api/v1/matches/{ID}/prices").json()
    assert document["markets"]
    assert document["unknown"]["markets.books.points"] == "Earlier prices cannot be read."
