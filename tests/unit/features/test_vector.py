from __future__ import annotations

import numpy as np

from sabiscore.features import vector
from sabiscore.features.replay import replay
from tests.support.histories import made_up


def test_every_feature_has_a_name_a_group_and_a_unit() -> None:
    assert vector.SIZE == len(set(vector.NAMES)) >= 220
    assert {feature.group for feature in vector.FEATURES} == set(vector.GROUPS)
    assert all(feature.unit and feature.name.startswith(feature.group + ".") for feature in vector.FEATURES)


def test_every_feature_varies_and_none_is_infinite() -> None:
    X = replay(made_up()).vectors
    assert not np.isinf(X).any()
    known = [column[~np.isnan(column)] for column in X.T]
    still = {name for name, column in zip(vector.NAMES, known, strict=True) if len(np.unique(column)) < 2}
    assert still == {name for name in vector.NAMES if "bfe" in name or name == "market_now.handicap"}


def test_hiding_odds_leaves_nothing_of_them() -> None:
    X = replay(made_up()).vectors
    blind, past = vector.without_odds(X, past=False), vector.without_odds(X)
    now = vector.columns("market_now", "panic")
    for hidden, groups in ((past, now), (blind, np.concatenate([now, vector.columns("market_past")]))):
        flags = [i for i in groups if vector.NAMES[i].endswith("present")]
        assert (hidden[:, flags] == 0).all()
        assert np.isnan(np.delete(hidden[:, groups], [list(groups).index(i) for i in flags], axis=1)).all()
    others = np.setdiff1d(np.arange(vector.SIZE), vector.columns("market_now", "market_past", "panic"))
    assert np.array_equal(blind[:, others], X[:, others], equal_nan=True)


def test_the_schema_follows_names_order_groups_and_units() -> None:
    assert len(vector.SCHEMA) == 16
    assert [vector.NAMES[flag] for flag in vector.FLAGS] == ["market_past.present", "market_now.present"]
