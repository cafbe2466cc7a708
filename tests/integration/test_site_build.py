"""The site is built once for its sources, with its hashes in its names, and replaced file by file."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from infra.site import build
from infra.site.build import Place, built
from infra.site.static_pages import PAGES
from sabiscore.errors import Unavailable


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("site")
    made = Place(folder / "public", folder / "built", folder / "stamp")
    assert not built(made).reused
    return made


def test_every_address_leads_to_a_file_with_its_hash_in_the_name(place: Place) -> None:
    assets = json.loads((place.built / "assets.json").read_text())
    assert {"early.js", "site.js", "site.css"} <= set(assets)
    for name, address in assets.items():
        assert re.fullmatch(rf"/assets/{Path(name).stem}-[A-Z0-9]{{8}}{Path(name).suffix}", address)
        assert (place.public / address.removeprefix("/")).stat().st_size > 0


def test_a_page_that_is_a_file_names_its_scripts_and_styles_as_they_are(place: Place) -> None:
    named = re.findall(r'"(/assets/[^"]+)"', (place.public / "404.html").read_text())
    assets = json.loads((place.built / "assets.json").read_text())
    assert set(named) == {path for name, path in assets.items() if name != "embed.css"}  # of cards alone


def test_the_service_worker_keeps_what_is_there(place: Place) -> None:
    kept = re.findall(r'"/([\w./-]+\.\w+)"', (place.public / "sw.js").read_text())
    assert {f"/{path}" for path in kept} >= set(
        json.loads((place.built / "assets.json").read_text()).values()
    )
    assert all((place.public / path).is_file() for path in kept)


def test_each_page_that_is_a_file_says_what_to_do(place: Place) -> None:
    for name, (title, detail, hint) in PAGES.items():
        page = (place.public / f"{name}.html").read_text()
        assert all(sentence in page for sentence in (title, detail, hint))


def test_what_is_there_is_kept(place: Place) -> None:
    assert built(place).reused


def test_what_was_changed_by_hand_is_built_again_and_the_rest_removed(place: Place) -> None:
    (place.public / "assets" / "site-0LDBUILD.js").write_text("old")
    (place.public / "robots.txt").unlink()
    assert not built(place).reused
    assert (place.public / "robots.txt").is_file()
    assert not (place.public / "assets" / "site-0LDBUILD.js").exists()


def test_without_node_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = shutil.which
    monkeypatch.setattr(build.shutil, "which", lambda name: None if name == "node" else found(name))
    with pytest.raises(Unavailable, match="there is no node") as refused:
        built(Place(tmp_path / "public", tmp_path / "built", tmp_path / "stamp"))
    assert "Install Node 20" in refused.value.hint
    assert not (tmp_path / "public").exists()
