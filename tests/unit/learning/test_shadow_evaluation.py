"""The challenger's trial: the same matches everywhere, judged where both spoke at one time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sabiscore.learning.settled import Settled
from sabiscore.learning.shadow_evaluation import LEAST_PAIRS, SEALED_TOGETHER, compare, in_shadow_evaluation
from tests.unit.learning.test_drift import season

IDS = [f"epl-2526-a-{n}" for n in range(400)]


@given(share=st.floats(0, 1), more=st.floats(0, 1))
def test_a_larger_share_only_adds_matches(share: float, more: float) -> None:
    first, second = ({i for i in IDS if in_shadow_evaluation(i, part)} for part in sorted((share, more)))
    assert first <= second


def test_the_share_is_kept_and_its_ends_are_none_and_all() -> None:
    assert 60 <= sum(in_shadow_evaluation(i, 0.25) for i in IDS) <= 140
    assert not any(in_shadow_evaluation(i, 0.0) for i in IDS)
    assert all(in_shadow_evaluation(i, 1.0) for i in IDS)


def test_a_trial_is_judged_on_matches_that_both_predicted() -> None:
    production = season(180, 300)
    better = season(180, 200, p=(0.6, 0.25, 0.15), bundle="1.1.0")[:150]
    assert compare(production, better).n == 150
    assert compare(production, []).difference is None
    same = compare(production, season(180, 300, bundle="1.1.0"))
    assert (same.difference, same.better, same.worse) == (0.0, False, False)
    assert same.verdict == "No difference beyond chance on 300 matches."


def settled_of(n: int, sure: float, bundle: str) -> list[Settled]:
    """n matches that home wins, predicted with probability ``sure``, more or less."""
    spread = np.linspace(-0.05, 0.05, n)
    return [
        replace(prediction, p=(sure + d, (1 - sure - d) / 2, (1 - sure - d) / 2))
        for prediction, d in zip(season(n, n, bundle=bundle), spread.tolist(), strict=True)
    ]


@pytest.mark.parametrize(("sure", "word"), [(0.6, "better"), (0.4, "worse")])
def test_what_is_beyond_chance_is_said_from_a_hundred_matches_on(sure: float, word: str) -> None:
    found = compare(settled_of(LEAST_PAIRS, 0.5, "1.0.0"), settled_of(LEAST_PAIRS, sure, "1.1.0"))
    assert found.low is not None
    assert found.high is not None
    assert found.difference is not None
    assert found.low <= found.difference <= found.high
    assert found.verdict.startswith(f"The challenger is {word} beyond chance, by 0.")
    few = compare(settled_of(LEAST_PAIRS - 1, 0.5, "1.0.0"), settled_of(LEAST_PAIRS - 1, sure, "1.1.0"))
    assert (few.better, few.worse) == (False, False)
    assert few.verdict == "Too early to tell: 99 matches of at least 100."


def test_who_spoke_a_day_later_knew_more_and_is_not_compared() -> None:
    production = season(20, 40)
    late = [
        replace(prediction, sealed_at=prediction.sealed_at + SEALED_TOGETHER + timedelta(seconds=1))
        for prediction in production
    ]
    assert compare(production, late).n == 0
