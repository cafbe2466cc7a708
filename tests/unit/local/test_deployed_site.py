"""What a deployment keeps of the site before it: the files that pages in caches name, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from infra.site.deployed import keep_deployed, write_index
from sabiscore.errors import NotFound, Untrusted
from sabiscore.net.client import Client

SITE = "https://football.example"


def site(files: dict[str, str]) -> Client:
    def answered(request: httpx.Request) -> httpx.Response:
        text = files.get(request.url.path)
        return httpx.Response(404) if text is None else httpx.Response(200, content=iter([text.encode()]))

    return Client(transport=httpx.MockTransport(answered))


@pytest.fixture
def public(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "site-NEW.js").write_text("new")
    (tmp_path / "assets" / "site-SAME.css").write_text("as it is")
    write_index(tmp_path)
    return tmp_path


def test_what_the_deployed_site_lists_is_kept_and_what_is_there_stays(public: Path) -> None:
    listed = {"/built.json": '["site-OLD.js", "site-SAME.css"]'}
    with site({**listed, "/assets/site-OLD.js": "old", "/assets/site-SAME.css": "not this"}) as client:
        assert keep_deployed(SITE, public, client) == ("site-OLD.js",)
    assert (public / "assets" / "site-OLD.js").read_text() == "old"
    assert (public / "assets" / "site-SAME.css").read_text() == "as it is"
    assert json.loads((public / "built.json").read_text()) == ["site-NEW.js", "site-SAME.css"]


def test_a_site_without_a_list_has_nothing_to_keep(public: Path) -> None:
    with site({}) as client, pytest.raises(NotFound):
        keep_deployed(SITE, public, client)


@pytest.mark.parametrize(
    "listed", ["<html>", "{}", '["../../pyproject.toml"]', '["a.png"]', "[1]", json.dumps(["a.js"] * 61)]
)
def test_nothing_but_a_list_of_scripts_and_styles_is_taken(public: Path, listed: str) -> None:
    before = sorted(public.rglob("*"))
    with site({"/built.json": listed, "/assets/a.png": "x"}) as client, pytest.raises(Untrusted):
        keep_deployed(SITE, public, client)
    assert sorted(public.rglob("*")) == before
