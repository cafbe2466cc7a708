"""A room holds at 85%, by what its tests noticed; a survivor that nobody has looked at stands out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from infra.mutation import survivors
from infra.mutation.__main__ import finish, main
from infra.mutation.changes import Change
from infra.mutation.report import report
from infra.mutation.rooms import ROOMS
from infra.mutation.stage import settings_of
from infra.mutation.survivors import listed
from infra.project import ROOT

KILLED, LEFT = Change("a.f", "x → y", wording=False), Change("a.g", "1 → 2", wording=False)


def ends(killed: int, left: int, slow: int = 0) -> dict[Change, list[str]]:
    timed = Change("a.h", "2 → 3", wording=False)
    return {KILLED: ["killed"] * killed, LEFT: ["survived"] * left, timed: ["timeout"] * slow}


def test_time_outs_and_what_no_test_calls_are_not_killed() -> None:
    of = report("room", {**ends(17, 1, slow=1), Change("a.i", "", wording=False): ["no tests"]})
    assert (of.mutants, of.killed, len(of.survivors), of.timed_out) == (20, 17, 2, 1)
    assert (of.ratio, of.holds) == (0.85, True)
    assert not report("room", ends(16, 3, slow=1)).holds
    assert not report("room", {}).holds


def test_wording_does_not_count() -> None:
    worded = Change("a.f", "'a b' → 'A B'", wording=True)
    assert report("room", {**ends(9, 1), worded: ["survived", "killed"]}).mutants == 10


def test_survivors_that_are_listed_end_well_and_others_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = {("a.g", "1 → 2"): "the same number"}
    monkeypatch.setattr("infra.mutation.__main__.listed", lambda: known)
    held = report("room", ends(9, 1))
    assert finish([held], as_json=True) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["rooms"][0]["killed"] == 9
    assert err.strip() == ""
    known.clear()
    assert finish([held], as_json=False) == 1
    out, err = capsys.readouterr()
    assert "90.0%" in out
    assert "a.g: 1 → 2 goes unnoticed" in err


def test_too_few_killed_is_an_error_though_all_is_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("infra.mutation.__main__.listed", lambda: {("a.g", "1 → 2"): "the same number"})
    assert finish([report("room", ends(4, 1))], as_json=False) == 1
    assert "room: 80.0% killed, 85% is the least." in capsys.readouterr().err


def test_an_unknown_room_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["kitchen"])
    assert "there is no room kitchen; there are value, limits" in capsys.readouterr().err


def test_each_listed_survivor_has_a_reason_and_a_function_of_a_room() -> None:
    prefixes = tuple(f"sabiscore.{room.changed.split('/')[0]}." for room in ROOMS)
    for (function, change), reason in listed(survivors.LIST).items():
        assert function.startswith(prefixes)
        assert " → " in change
        assert reason


def test_rooms_name_files_and_tests_that_exist() -> None:
    core = ROOT / "layers" / "core" / "python" / "sabiscore"
    for room in ROOMS:
        assert list(core.glob(room.changed))
        assert all((ROOT / "tests" / path).exists() for path in room.tests)
        assert all(spared.endswith(".py") and (core / spared).exists() for spared in room.spared)
        assert f"src/sabiscore/{room.changed}" in settings_of(room)
