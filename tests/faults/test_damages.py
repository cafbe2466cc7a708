"""Whatever happens to a file of the data folder, answers stay right or absent, and health tells (a slice)."""

from __future__ import annotations

import re
from random import Random

import pytest

from sabiscore.insights.track_record import TrackRecord
from sabiscore.publication.record_file import SHAPE
from tests.faults.damages import DAMAGES, Damaging, files_of, sound_data_dir

EACH = 2
"""Damages of each file here; `make damages` does all of them."""
FILES = (
    "models/1.0.0/baseline.npy",
    "models/1.0.0/edge_graph.bin",
    "models/1.0.0/manifest.json",
    "models/1.0.0/model.onnx",
    "models/1.0.0/probes.npz",
    "models/1.0.0/states.npz",
    "models/production",
    "publication/calibration.json",
    "publication/coming.json",
    "publication/days.json",
    "publication/record.json",
    "publication/states.npz",
    "publication/supplements.json",
    "publication/supplements/clubs.jsonl",
    "publication/supplements/entries.jsonl",
    "publication/supplements/ledger.json",
    "publication/supplements/lookup.bin",
    "publication/supplements/matchday.json",
    "publication/supplements/prices.jsonl",
    "publication/supplements/season.json",
    "publication/supplements/system.json",
    "sabiscore.db",
)


@pytest.fixture(scope="module")
def damaging(tmp_path_factory: pytest.TempPathFactory) -> Damaging:
    folder = tmp_path_factory.mktemp("damages")
    return Damaging(sound_data_dir(folder / "sound"), folder)


def test_every_file_of_a_data_folder_is_damaged(damaging: Damaging) -> None:
    assert sorted({named(file) for file in files_of(damaging.sound)}) == sorted(FILES)


def named(file: str) -> str:
    """The file without the hash in its name."""
    return re.sub(r"(states|supplements/[a-z]+)-[0-9a-f]+", r"\1", file)


@pytest.mark.parametrize("cold", [True, False], ids=["cold", "while serving"])
@pytest.mark.parametrize("file", FILES)
def test_a_damaged_file_makes_no_500_and_no_other_number_and_is_reported(
    damaging: Damaging, file: str, *, cold: bool
) -> None:
    path = next(found for found in files_of(damaging.sound) if named(found) == file)
    for damage in Random(f"{file} {cold}").sample(sorted(DAMAGES), EACH):
        assert damaging.wrong(path, damage, cold=cold) == [], damage


def test_health_knows_the_shape_of_a_record() -> None:
    required = {name for name, field in TrackRecord.model_fields.items() if field.is_required()}
    nullable = {
        name
        for name in required
        if type(None) in getattr(TrackRecord.model_fields[name].annotation, "__args__", ())
    }
    assert required - nullable == SHAPE.keys()
