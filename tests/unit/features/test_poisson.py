from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sabiscore.domain.scoreline import RHO
from sabiscore.features.poisson import implied_rates, outcome

rates = st.floats(0.3, 3.5)


def dixon_coles(home: float, away: float) -> tuple[float, float, float]:
    """The definition, cell by cell (Dixon & Coles 1997, eq. 4.2)."""
    both = home * away
    low = {(0, 0): 1 - both * RHO, (0, 1): 1 + home * RHO, (1, 0): 1 + away * RHO, (1, 1): 1 - RHO}
    p = [0.0, 0.0, 0.0]
    for i in range(11):
        for j in range(11):
            tau = low.get((i, j), 1.0)
            chance = home**i * away**j / math.factorial(i) / math.factorial(j)
            cell = tau * math.exp(-home - away) * chance
            p[0 if i > j else 1 if i == j else 2] += cell
    total = sum(p)
    return p[0] / total, p[1] / total, p[2] / total


@given(rates, rates)
def test_outcome_is_the_sum_of_the_grid(home: float, away: float) -> None:
    ours = [float(p[0]) for p in outcome(np.array([home]), np.array([away]))]
    assert ours == pytest.approx(dixon_coles(home, away), abs=1e-12)


@settings(max_examples=300)
@given(rates, rates)
def test_implied_rates_invert_outcome(home: float, away: float) -> None:
    found = implied_rates(*outcome(np.array([home]), np.array([away])))
    assert [float(rate[0]) for rate in found] == pytest.approx([home, away], abs=1e-9)


def test_what_is_unknown_stays_unknown() -> None:
    nan = np.array([np.nan])
    assert np.isnan(implied_rates(nan, nan, nan)).all()
