"""The fits that live calibration goes on from, kept between processes."""

from __future__ import annotations

import json

import pytest

from sabiscore.learning.calibrate import Learner, learn
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.pipeline.block_fits import KEY, keep_fits, learner_of
from tests.unit.learning.test_calibrate import distorted, season

P, Y = season(3, 500)
WRONG = distorted(P, 1.5)


def kept() -> MemoryCasStore:
    store, learner = MemoryCasStore(), Learner()
    learner.learn(WRONG[:400], Y[:400])
    keep_fits("1.0.0", learner, store)
    return store


def test_what_was_kept_is_gone_on_with_to_the_last_digit() -> None:
    learner = learner_of("1.0.0", kept())
    assert [fit.blocks for fit in learner.fits] == list(range(1, 17))
    assert learner.learn(WRONG, Y) == learn(WRONG, Y)


def test_another_bundle_begins_anew() -> None:
    assert learner_of("2.0.0", kept()).fits == ()


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda _: "{",
        lambda _: "7",
        lambda _: json.dumps({"fits": 1}),
        lambda fits: json.dumps([{**fits[0], "theta": [1.0]}]),
        lambda fits: json.dumps([{**fits[0], "gain": float("nan")}]),
        lambda fits: json.dumps([{**fits[0], "theta": None}]),
        lambda _: json.dumps([{"blocks": 1}]),
    ],
)
def test_a_spoilt_text_costs_time_and_changes_nothing(spoilt) -> None:
    store = kept()
    text = store.read(f"{KEY}:1.0.0")
    assert text is not None
    store.swap(f"{KEY}:1.0.0", text, spoilt(json.loads(text)))
    learner = learner_of("1.0.0", store)
    assert learner.fits == ()
    assert learner.learn(WRONG, Y) == learn(WRONG, Y)
