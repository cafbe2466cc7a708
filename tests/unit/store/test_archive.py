"""The columnar archive: what is packed is unpacked, and nothing else is believed."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.errors import BadArchive
from sabiscore.history import COLUMNS, History, blank, columns_of, join
from sabiscore.sources.football_data import FootballData
from sabiscore.store.archive import SWEPT_AFTER_S, Archive
from sabiscore.store.packed_season import CELLS, PackedSeason, joined
from tests.support.season_files import csv, season

HISTORY = columns_of(FootballData().parse("E0_2425.csv", csv(season())).matches)


def pack(history: History) -> bytes:
    return PackedSeason.of(history).to_bytes()


def unpack(data: bytes) -> History:
    return PackedSeason.from_bytes(data).history()


def test_what_is_packed_is_unpacked() -> None:
    unpacked = unpack(pack(HISTORY))
    assert unpacked.teams == HISTORY.teams
    for name in COLUMNS:
        assert getattr(unpacked, name).dtype == getattr(HISTORY, name).dtype
        np.testing.assert_array_equal(getattr(unpacked, name), getattr(HISTORY, name), err_msg=name)


def test_the_same_matches_are_the_same_bytes_and_empty_columns_take_no_room() -> None:
    assert pack(HISTORY) == pack(HISTORY)
    assert len(pack(HISTORY)) < len(HISTORY) * 300
    assert len(unpack(pack(blank(0)))) == 0


def test_packed_seasons_are_joined_as_their_columns_are() -> None:
    half, other = HISTORY.take(slice(0, None, 2)), HISTORY.take(slice(1, None, 2))
    other = replace(other, teams=tuple(f"{name} b" if name < "f" else name for name in other.teams))
    other.goals[3:5] = np.nan
    packed = [PackedSeason.of(part) for part in (half, other, blank(0))]
    for ours, wanted in (
        (joined(packed), join([half, other])),
        (joined(part.played() for part in packed), join([half, other.take(other.played)])),
        (joined([]), join([])),
    ):
        assert ours.teams == wanted.teams
        for name in COLUMNS:
            assert getattr(ours, name).dtype == getattr(wanted, name).dtype
            np.testing.assert_array_equal(getattr(ours, name), getattr(wanted, name), err_msg=name)


def test_every_number_of_a_match_has_a_name() -> None:
    assert CELLS["odds"][:3] == ("odds pre avg home", "odds pre avg draw", "odds pre avg away")
    assert CELLS["statistics"][0] == "statistics half_time home"
    for column, names in CELLS.items():
        assert len(names) == getattr(HISTORY, column)[0].size


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BadArchive):
        unpack(data)


def test_a_pickle_is_never_loaded() -> None:
    import io

    buffer = io.BytesIO()
    np.savez(buffer, teams=np.array([{"a": 1}], dtype=object), plain=np.zeros(1), cells=[""], values=[0.0])
    with pytest.raises(BadArchive):
        unpack(buffer.getvalue())


def test_sweeping_removes_only_what_is_old_and_unused(tmp_path: Path) -> None:
    archive = Archive(tmp_path)
    used, unused = archive.write(HISTORY), archive.write(HISTORY.take(slice(0, 3)))
    leftover = tmp_path / ".abandoned.tmp"
    leftover.write_bytes(b"half")
    assert archive.sweep({used}) == 0
    for path in (archive.path(used), archive.path(unused), leftover):
        old = path.stat().st_mtime - SWEPT_AFTER_S - 1
        os.utime(path, (old, old))
    assert archive.sweep({used}) == 2
    assert [path.name for path in tmp_path.iterdir()] == [archive.path(used).name]
    assert archive.holds(used)
    assert not archive.holds(unused)
