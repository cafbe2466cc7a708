"""Classes of value bets on real prices, by the market's own early average, which nothing was fitted to."""

from __future__ import annotations

import numpy as np
import pytest

from model_export.bets import classes, offers
from sabiscore.domain.league import LEAGUES, SERVED
from sabiscore.features import market
from tests.support.histories import real_or_made_up

FIRST, LAST = 2017, 2021
"""The seasons that constants were chosen on."""


def test_the_better_the_class_the_higher_the_closing_line_value_beyond_chance() -> None:
    kind, history = real_or_made_up()
    if kind != "real":
        pytest.skip("SABISCORE_TEST_DATA names no folder with season files.")
    served = np.isin(history.league, [LEAGUES.index(league) for league in SERVED])
    history = history.take(served & (history.season >= FIRST) & (history.season <= LAST))
    early, close = (
        market.fair(market.book_odds(history, phase)[market.AVERAGE]).T
        for phase in (market.PRE, market.CLOSE)
    )
    found = classes(offers(history, early, close), np.ones(len(history), bool))
    marginal, value, premium = (found.by_class[name] for name in ("MARGINAL", "VALUE", "PREMIUM"))
    assert min(marginal.n, value.n, premium.n) > 50
    assert marginal.high < value.low < value.high < premium.low
    assert found.premium_less_value.low > 0
