"""The laws of the replay: nothing is known too early, and one row is the same as among many."""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.features.replay import replay, state_after, vectors
from sabiscore.features.state import State
from sabiscore.history import History, join
from tests.support.histories import made_up, real_or_made_up

HISTORY = made_up()
REPLAYED = replay(HISTORY)


def with_noise_from(history: History, day: int, seed: int) -> History:
    """The same fixtures with everything that is learnt at or after ``day`` drawn anew."""
    rng = np.random.default_rng(seed)
    later = history.day >= day
    noisy = changed(
        history,
        goals=history.goals.copy(),
        statistics=history.statistics.copy(),
        odds=history.odds.copy(),
        totals=history.totals.copy(),
    )
    noisy.goals[later] = rng.integers(0, 9, noisy.goals[later].shape)
    noisy.statistics[later] = rng.uniform(0, 30, noisy.statistics[later].shape)
    noisy.odds[later, 1] = rng.uniform(1.1, 9.0, noisy.odds[later, 1].shape)
    noisy.totals[later, 1] = rng.uniform(1.5, 2.6, noisy.totals[later, 1].shape)
    after = history.day > day
    noisy.totals[after, 0] = rng.uniform(1.5, 2.6, noisy.totals[after, 0].shape)
    noisy.odds[after, 0] = rng.uniform(1.1, 9.0, noisy.odds[after, 0].shape)
    return noisy


@settings(max_examples=25)
@given(st.integers(HISTORY.day.min(), HISTORY.day.max()), st.integers(0, 99))
def test_the_future_does_not_move_the_vectors_of_a_day(day: int, seed: int) -> None:
    noisy = replay(with_noise_from(HISTORY, day, seed)).vectors
    known = HISTORY.day <= day
    assert np.array_equal(noisy[known], REPLAYED.vectors[known], equal_nan=True)


@settings(max_examples=25)
@given(st.integers(HISTORY.day.min() + 1, HISTORY.day.max()))
def test_serving_from_a_checkpoint_gives_the_bits_of_training(day: int) -> None:
    state = replay(HISTORY.take(HISTORY.day < day)).state
    rows = np.flatnonzero(HISTORY.day == HISTORY.day[HISTORY.day >= day].min())
    together = vectors(state, HISTORY.take(rows))
    assert np.array_equal(together, REPLAYED.vectors[rows], equal_nan=True)
    for row in rows:
        alone = vectors(state, HISTORY.take(slice(row, row + 1)))
        assert alone.tobytes() == REPLAYED.vectors[row : row + 1].tobytes()


@settings(max_examples=20)
@given(st.integers(0, 99), st.sampled_from((0.0, 0.003, 0.3)))
def test_wanting_some_rows_gives_their_bits_and_the_state_of_all(seed: int, share: float) -> None:
    wanted = np.random.default_rng(seed).random(len(HISTORY)) < share
    some = replay(HISTORY, wanted=wanted)
    assert some.vectors.tobytes() == REPLAYED.vectors[wanted].tobytes()
    assert some.state.team.tobytes() == REPLAYED.state.team.tobytes()


@settings(max_examples=20)
@given(st.integers(HISTORY.day.min() + 1, HISTORY.day.max()))
def test_replaying_on_from_a_checkpoint_is_replaying_all(day: int) -> None:
    first = replay(HISTORY.take(HISTORY.day < day))
    second = replay(HISTORY.take(HISTORY.day >= day), since=first.state)
    whole = np.concatenate([first.vectors, second.vectors])
    assert np.array_equal(whole, REPLAYED.vectors, equal_nan=True)
    names = [second.state.column[team] for team in REPLAYED.state.teams]
    assert np.array_equal(second.state.team[:, names], REPLAYED.state.team)


@settings(max_examples=10)
@given(st.randoms())
def test_the_order_of_files_and_rows_does_not_matter(random: object) -> None:
    rows = list(range(len(HISTORY)))
    random.shuffle(rows)  # type: ignore[attr-defined]
    cut = len(rows) // 3
    shuffled = join([HISTORY.take(np.array(rows[cut:])), HISTORY.take(np.array(rows[:cut]))])
    assert np.array_equal(replay(shuffled).vectors, REPLAYED.vectors, equal_nan=True)


def test_a_saved_state_is_the_same_state(tmp_path: Path) -> None:
    REPLAYED.state.save(tmp_path / "states.npz")
    loaded = State.load(tmp_path / "states.npz")
    fixtures = HISTORY.take(slice(-5, None))
    assert vectors(loaded, fixtures).tobytes() == vectors(REPLAYED.state, fixtures).tobytes()
    assert (loaded.teams, loaded.day) == (REPLAYED.state.teams, REPLAYED.state.day)


def test_asking_changes_nothing() -> None:
    before = REPLAYED.state.team.tobytes(), REPLAYED.state.league.tobytes(), REPLAYED.state.pair.tobytes()
    unknown = join([changed(HISTORY.take(slice(-3, None)), teams=tuple(f"new-{i}" for i in HISTORY.teams))])
    assert vectors(REPLAYED.state, unknown).shape[0] == 3
    assert before == (
        REPLAYED.state.team.tobytes(),
        REPLAYED.state.league.tobytes(),
        REPLAYED.state.pair.tobytes(),
    )


def test_a_team_that_plays_twice_a_day_is_refused() -> None:
    twice = HISTORY.take(np.array([0, 0]))
    with pytest.raises(ValueError, match="plays twice on"):
        replay(twice)


def test_days_already_seen_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        replay(HISTORY, since=REPLAYED.state)


def test_ten_thousand_fixtures_served_are_bit_equal_to_training() -> None:
    kind, history = real_or_made_up()
    day = (
        int(np.partition(np.unique(history.day), -180)[-180])
        if kind == "made up"
        else int(history.day.max()) - 800
    )
    trained = replay(history)
    state = replay(history.take(history.day < day)).state
    compared, chosen = 0, np.flatnonzero(history.day >= day)
    for today in np.unique(history.day[chosen]):
        rows = np.flatnonzero(history.day == today)
        alone = [vectors(state, history.take(slice(row, row + 1))) for row in rows]
        assert np.concatenate(alone).tobytes() == trained.vectors[rows].tobytes()
        state = replay(history.take(rows), since=state).state
        compared += len(rows)
    assert compared == len(chosen) >= (10_000 if kind == "real" else 1_000)


def test_the_state_alone_is_the_one_that_the_vectors_were_read_from() -> None:
    alone = state_after(HISTORY)
    assert alone.teams == REPLAYED.state.teams
    assert np.array_equal(alone.team, REPLAYED.state.team, equal_nan=True)
    assert np.array_equal(alone.league, REPLAYED.state.league, equal_nan=True)
    assert np.array_equal(alone.pair, REPLAYED.state.pair, equal_nan=True)
