"""Saved states outlive the leagues that were listed when they were saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sabiscore.domain.league import LEAGUES
from sabiscore.features.state import State, start


def test_states_saved_before_a_league_was_listed_are_as_new_ones_for_it(tmp_path: Path) -> None:
    path = tmp_path / "states.npz"
    old = replace(start(), league=start().league[:, :18].copy())
    old.league[0, 17] = 99.0
    old.save(path)
    loaded = State.load(path)
    assert loaded.league.shape[1] == len(LEAGUES) > 18
    assert np.array_equal(loaded.league[:, :18], old.league)
    assert np.array_equal(loaded.league[:, 18:], start().league[:, 18:])
