"""Whatever of the data folder is damaged, cold or while it serves, health says which file it is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.rigs.made_up import AS_OF, made_up_data_dir, publish_priced
from sabiscore.bootstrap.serving import Bootstrap
from sabiscore.clock import FixedClock
from sabiscore.domain.calibration import Calibration
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.publication.corrections import LearnedCorrection, put_corrections
from sabiscore.publication.daily_anchors import LedgerDay, add_day
from sabiscore.settings import read_settings


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with each of the files that answers are made of."""
    data_dir = tmp_path_factory.mktemp("whole") / "data"
    made_up_data_dir(data_dir)
    folder = data_dir / "publication"
    put_track_record(folder, EMPTY)
    put_corrections(folder, {"1.0.0": LearnedCorrection(Calibration(), 300, 100, 0.5)})
    add_day(folder, LedgerDay("2025-05-09", 9, "ab" * 32, {}, {}))
    publish_priced(data_dir, (1.8, 3.7, 4.6))
    return data_dir


def checks(data_dir: Path, serving: Bootstrap | None = None) -> dict[str, str]:
    """What health says of each thing, by name."""
    asked = serving or bootstrap(data_dir)
    return {check.name: check.status for check in asked.health.report().checks}


def bootstrap(data_dir: Path) -> Bootstrap:
    return Bootstrap(read_settings({"SABISCORE_HOME": str(data_dir)}), FixedClock(AS_OF))


FILES = {
    "publication": "publication/coming.json",
    "states": "publication/states-*.npz",
    "record": "publication/record.json",
    "days": "publication/days.json",
    "calibration": "publication/calibration.json",
    "bundle": "models/production",
}
DAMAGES: dict[str, Callable[[Path], object]] = {
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-9]),
    "empty": lambda path: path.write_bytes(b""),
    "nested": lambda path: path.write_bytes(b"[" * 200_000),
    "no text": lambda path: path.write_bytes(b"\xff\x00" * 40),
    "another": lambda path: path.write_bytes(json.dumps({"digest": "x", "record": {}, "days": []}).encode()),
}


def test_all_of_a_sound_folder_passes(whole: Path) -> None:
    assert checks(whole) == dict.fromkeys(FILES, "pass")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_each_damaged_file_is_named_cold_and_while_it_serves(
    whole: Path, tmp_path: Path, name: str, damage: str
) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    serving = bootstrap(data_dir)
    assert set(checks(data_dir, serving).values()) == {"pass"}
    (path,) = data_dir.glob(FILES[name])
    DAMAGES[damage](path)
    assert checks(data_dir, serving)[name] == "warn", "the last good copy serves"
    found = checks(data_dir)
    assert found["publication" if name == "states" else name] in ("warn", "fail")


@pytest.mark.parametrize("name", ["publication", "states", "record"])
def test_a_file_that_goes_missing_while_it_serves_is_named(whole: Path, tmp_path: Path, name: str) -> None:
    data_dir = tmp_path / "data"
    shutil.copytree(whole, data_dir)
    serving = bootstrap(data_dir)
    checks(data_dir, serving)
    (path,) = data_dir.glob(FILES[name])
    path.unlink()
    assert checks(data_dir, serving)[name] == "warn"
