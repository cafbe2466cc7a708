"""Population shift: the laws of its index, and what it sees and does not see."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sabiscore.learning.feature_drift import (
    DRIFT_BINS,
    LEAST_PRESENT,
    MOVED,
    SHIFTED,
    Absence,
    FeatureDistribution,
    counted,
    feature_distribution,
    feature_drift,
    from_array,
    population_stability_index,
    shares,
)

F = 3
NAMES, GROUPS = ("form.a", "form.b", "table.c"), ("form", "form", "table")
COUNTS = arrays(np.int64, (F, DRIFT_BINS), elements=st.integers(0, 10_000))
VECTORS = arrays(
    np.float32,
    st.tuples(st.integers(1, 60), st.just(F)),
    elements=st.one_of(
        st.floats(-1e6, 1e6, width=32), st.just(float("nan")), st.sampled_from([0.0, 0.1, 1.0])
    ),
)


@given(now=COUNTS, then=COUNTS)
def test_the_index_is_never_negative_none_for_the_same_and_the_same_both_ways(
    now: np.ndarray, then: np.ndarray
) -> None:
    feature, other = shares(now), shares(then)
    assert (population_stability_index(feature, other) >= 0).all()
    assert (population_stability_index(feature, feature) == 0).all()
    assert population_stability_index(feature, other) == pytest.approx(
        population_stability_index(other, feature), abs=1e-12
    )


@given(vectors=VECTORS)
def test_every_value_has_one_place_and_those_learnt_from_have_not_moved(vectors: np.ndarray) -> None:
    known = feature_distribution(vectors)
    counts = counted(known.places(vectors))
    assert (counts.sum(axis=1) == len(vectors)).all()
    assert (counts[:, -1] == np.isnan(vectors).sum(axis=0)).all()
    assert feature_drift(known, counts, NAMES, GROUPS).index in (None, 0)
    many = feature_drift(known, counts * LEAST_PRESENT, NAMES, GROUPS)
    assert many.index == (None if np.isnan(vectors).all() else pytest.approx(0, abs=1e-12))
    assert not any(absence.is_new for absence in many.absence.values())


@given(vectors=VECTORS)
def test_a_bundle_keeps_exactly_what_was_counted(vectors: np.ndarray) -> None:
    known = feature_distribution(vectors)
    read = from_array(known.as_array())
    assert (read.places(vectors) == known.places(vectors)).all()
    assert read.shares == pytest.approx(known.shares, abs=1e-7)


def test_places_counted_one_by_one_are_those_of_all_together() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(50, F)).astype(np.float32)
    known = feature_distribution(vectors)
    alone = sum(counted(known.places(row[None])) for row in vectors)
    assert (alone == counted(known.places(vectors))).all()


def moved(known: FeatureDistribution, vectors: np.ndarray) -> tuple[str, ...]:
    return feature_drift(known, counted(known.places(vectors)), NAMES, GROUPS).shifted


def test_the_same_population_has_not_shifted_and_another_has() -> None:
    rng = np.random.default_rng(4)
    then = rng.normal(size=(5_000, F)).astype(np.float32)
    now = rng.normal(size=(2_000, F)).astype(np.float32)
    known = feature_distribution(then)
    assert moved(known, now) == ()
    assert moved(known, now + np.array([1, 1, 0], np.float32)) == ("form",)
    tables = feature_drift(known, counted(known.places(now + np.array([0, 0, 5], np.float32))), NAMES, GROUPS)
    assert (tables.shifted, tables.beyond) == ((), 1), "a table moves by the calendar"
    assert tables.largest[0][0] == "table.c"
    assert tables.by_group["table"] > SHIFTED > tables.by_group["form"]


def test_what_went_missing_has_not_shifted_and_is_named_apart() -> None:
    rng = np.random.default_rng(4)
    known = feature_distribution(rng.normal(size=(5_000, F)).astype(np.float32))
    now = rng.normal(size=(2_000, F)).astype(np.float32)
    now[:1_500, :2] = np.nan
    found = feature_drift(known, counted(known.places(now)), NAMES, GROUPS)
    assert (found.shifted, found.beyond) == ((), 0)
    assert found.by_group["form"] < MOVED
    assert found.absence == {"form": Absence(0.75, 0.0), "table": Absence(0.0, 0.0)}
    assert [group for group, absence in found.absence.items() if absence.is_new] == ["form"]


def test_what_is_left_is_judged_all_the_same() -> None:
    rng = np.random.default_rng(4)
    known = feature_distribution(rng.normal(size=(5_000, F)).astype(np.float32))
    now = rng.normal(size=(2_000, F)).astype(np.float32)
    now[:1_500, :2] = np.nan
    now[:, :2] += 2
    assert moved(known, now) == ("form",)


def test_of_too_few_values_nothing_is_said() -> None:
    rng = np.random.default_rng(4)
    then = rng.normal(size=(5_000, F)).astype(np.float32)
    now = rng.normal(size=(2_000, F)).astype(np.float32) + 3
    now[LEAST_PRESENT - 1 :, 0] = np.nan
    now[LEAST_PRESENT:, 1] = np.nan
    known = feature_distribution(then)
    found = feature_drift(known, counted(known.places(now)), NAMES, GROUPS)
    assert (found.beyond, {name for name, _ in found.largest}) == (2, {"form.b", "table.c"})
    assert found.shifted == ("form",), "by what is left of the group"
    now[:, :2] = np.nan
    gone = feature_drift(known, counted(known.places(now)), NAMES, GROUPS)
    assert (set(gone.by_group), gone.shifted) == ({"table"}, ())
    now[:] = np.nan
    none = feature_drift(known, counted(known.places(now)), NAMES, GROUPS)
    assert (none.index, none.by_group, none.largest, none.beyond) == (None, {}, (), 0)


def test_what_was_never_there_cannot_have_moved() -> None:
    rng = np.random.default_rng(4)
    then = rng.normal(size=(5_000, F)).astype(np.float32)
    then[:, 0] = np.nan
    now = rng.normal(size=(2_000, F)).astype(np.float32)
    known = feature_distribution(then)
    found = feature_drift(known, counted(known.places(now)), NAMES, GROUPS)
    assert (found.shifted, found.beyond) == ((), 0)
    assert "form.a" not in {name for name, _ in found.largest}


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 20)),
        np.zeros((2, 19), np.float32),
        np.zeros(20, np.float32),
        np.zeros((2, 20), np.float32),
        np.full((2, 20), np.nan, np.float32),
    ],
)
def test_what_is_no_population_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="not a population"):
        from_array(wrong)
