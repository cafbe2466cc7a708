"""Versions, pointers and their history."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from model_export.compare import Difference, compare
from model_export.registry import Registry
from sabiscore.clock import FixedClock
from sabiscore.errors import BadBundle, NothingPublished, Refused
from sabiscore.inference.manifest import MANIFEST, MODEL
from sabiscore.inference.pointer import current
from tests.support.ensembles import SCHEMA, release

AT = datetime(2025, 5, 10, 12, tzinfo=UTC)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "models", SCHEMA, FixedClock(AT))


@pytest.fixture
def three(registry: Registry, tmp_path: Path) -> Registry:
    """Versions 1.0.0, 1.1.0 and 1.2.0, each made production in turn."""
    for matches in (100, 200, 300):
        folder = registry.add(release(tmp_path, matches=matches, log_loss=0.97 + matches / 10_000))
        registry.promote(folder.name)
    return registry


def test_an_empty_registry_serves_nothing_and_says_what_to_do(registry: Registry) -> None:
    assert registry.entries() == []
    assert registry.current() is None
    with pytest.raises(NothingPublished) as caught:
        current(registry.root)
    assert "sabiscore train" in caught.value.hint


def test_versions_say_what_changed(registry: Registry, tmp_path: Path) -> None:
    first = registry.add(release(tmp_path))
    same_training = registry.add(release(tmp_path))
    retrained = registry.add(release(tmp_path, matches=501))
    new_schema = registry.add(release(tmp_path, schema="another", matches=501))
    assert [folder.name for folder in (first, same_training, retrained, new_schema)] == [
        "1.0.0",
        "1.0.1",
        "1.1.0",
        "2.0.0",
    ]
    assert [entry.version for entry in registry.entries()] == ["1.0.0", "1.0.1", "1.1.0", "2.0.0"]


def test_versions_sort_as_numbers(registry: Registry, tmp_path: Path) -> None:
    for matches in range(11):
        registry.add(release(tmp_path, matches=matches))
    assert [entry.version for entry in registry.entries()][-2:] == ["1.9.0", "1.10.0"]


def test_an_archived_version_is_never_given_again(three: Registry, tmp_path: Path) -> None:
    three.rollback()
    three.rollback()
    three.archive("1.2.0")
    assert three.add(release(tmp_path, matches=999)).name == "1.3.0"


def test_adding_does_not_move_a_pointer(registry: Registry, tmp_path: Path) -> None:
    registry.add(release(tmp_path))
    assert registry.current() is None


def test_rollback_is_exact_and_goes_further_back_each_time(three: Registry) -> None:
    assert [three.current(), three.rollback(), three.rollback()] == ["1.2.0", "1.1.0", "1.0.0"]
    with pytest.raises(Refused, match="before"):
        three.rollback()
    assert current(three.root).name == "1.0.0"
    assert [(move.version, move.why) for move in three.history()] == [
        ("1.0.0", "promote"),
        ("1.1.0", "promote"),
        ("1.2.0", "promote"),
        ("1.1.0", "rollback"),
        ("1.0.0", "rollback"),
    ]
    assert {move.moved_at for move in three.history()} == {AT.isoformat()}


def test_promotion_after_a_rollback_goes_on_from_there(three: Registry) -> None:
    three.rollback()
    three.promote("1.0.0")
    assert three.rollback() == "1.1.0"


def test_promoting_the_current_one_adds_no_history(three: Registry) -> None:
    before = three.history()
    three.promote("1.2.0")
    assert three.history() == before


def test_pointers_are_independent(three: Registry) -> None:
    three.promote("1.1.0", "challenger")
    assert (three.current(), three.current("challenger")) == ("1.2.0", "1.1.0")
    assert three.show("1.1.0").pointers == ("challenger",)


@pytest.mark.parametrize("version", ["9.9.9", "1.0", "../1.0.0", "latest", ""])
def test_what_is_not_there_is_refused(three: Registry, version: str) -> None:
    with pytest.raises(Refused, match="no bundle"):
        three.promote(version)
    assert three.current() == "1.2.0"


def test_an_unknown_pointer_is_refused(three: Registry) -> None:
    with pytest.raises(Refused, match="no pointer"):
        three.promote("1.0.0", "../../etc/passwd")


def test_nothing_broken_is_promoted_or_rolled_back_to(three: Registry) -> None:
    model = three.root / "1.1.0" / MODEL
    model.write_bytes(model.read_bytes()[:-1])
    with pytest.raises(BadBundle, match="truncated"):
        three.promote("1.1.0", "challenger")
    with pytest.raises(BadBundle, match="truncated"):
        three.rollback()
    assert (three.current(), three.current("challenger")) == ("1.2.0", None)


def test_nothing_unverified_is_promoted(three: Registry) -> None:
    path = three.root / "1.1.0" / MANIFEST
    document = json.loads(path.read_text())
    document["agreement"]["max_difference"] = 1e-3
    path.write_text(json.dumps(document))
    with pytest.raises(BadBundle, match="agree with Python"):
        three.promote("1.1.0")


def test_a_bundle_of_another_schema_is_not_promoted(three: Registry) -> None:
    with pytest.raises(BadBundle, match="schema"):
        Registry(three.root, "newer schema").promote("1.0.0")


def test_archives_only_what_no_pointer_needs(three: Registry) -> None:
    for version in ("1.2.0", "1.1.0"):
        with pytest.raises(Refused, match=version):
            three.archive(version)
    three.archive("1.0.0")
    assert three.show("1.0.0").archived
    assert [entry.archived for entry in three.entries()] == [True, False, False]
    with pytest.raises(Refused, match="archived"):
        three.promote("1.0.0")


def test_compares_every_figure(three: Registry) -> None:
    (figure,) = three.compare("1.0.0", "1.2.0")
    assert figure == Difference("with_odds.log_loss", 0.98, 1.0, pytest.approx(0.02))


def test_a_figure_only_one_bundle_has_shows_no_change() -> None:
    assert compare({"a": 1, "note": "x", "ok": True}, {"b": {"c": 2.5}}) == [
        Difference("a", 1, None, None),
        Difference("b.c", None, 2.5, None),
    ]


def test_a_broken_manifest_is_listed_with_its_problem(three: Registry, tmp_path: Path) -> None:
    (three.root / "1.0.0" / MANIFEST).write_text("not json")
    (three.root / "1.1.0" / MANIFEST).unlink()
    first, second, _ = three.entries()
    assert (first.manifest, str(first.problem)[:24]) == (None, "The manifest is not JSON")
    assert second.manifest is None
    assert "cannot be read" in str(second.problem)
    with pytest.raises(BadBundle, match=r"1\.0\.0 cannot be compared"):
        three.compare("1.0.0", "1.2.0")
    assert three.add(release(tmp_path, matches=9)).name == "1.3.0"


def test_a_release_the_runtime_refuses_is_taken_out_again(registry: Registry, tmp_path: Path) -> None:
    wanted = release(tmp_path)
    with pytest.raises(BadBundle, match="not what the manifest says"):
        registry.add(replace(wanted, baseline=wanted.baseline[:-1]))
    assert registry.entries() == []


def test_what_a_killed_writer_left_is_cleared_away(registry: Registry, tmp_path: Path) -> None:
    registry.add(release(tmp_path))
    half = registry.root / ".writing-killed"
    half.mkdir()
    (half / MODEL).write_bytes(b"half")
    (registry.root / ".writing-pointer").write_text("half")
    registry.promote("1.0.0")
    assert not list(registry.root.glob(".writing-*"))
