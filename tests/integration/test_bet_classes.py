"""Classes of value bets on real prices, by the market's own early average, which nothing was fitted to."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from model_export.bets import classes, offers
from sabiscore.domain.league import LEAGUES, SERVED
from sabiscore.features import market
from sabiscore.history import History
from sabiscore.seasons.ingest import ingest
from sabiscore.store.database import Store

SEASONS = ("1718", "1819", "1920", "2021", "2122")
"""Those that the rule was chosen on."""


@pytest.fixture
def history(tmp_path: Path) -> History:
    """The matches of the leagues served, from the files of these seasons alone."""
    folder = Path(os.environ.get("SABISCORE_TEST_DATA", "")) / "football-data"
    files = [file for season in SEASONS for file in folder.glob(f"*_{season}.csv")]
    if not files:
        pytest.skip("SABISCORE_TEST_DATA names no folder with season files.")
    linked = tmp_path / "football-data"
    linked.mkdir()
    for file in files:
        (linked / file.name).symlink_to(file)
    with Store.open(f"sqlite:///{tmp_path}/store.db", tmp_path / "archive") as store:
        ingest(linked, store)
        history = store.history()
    return history.take(np.isin(history.league, [LEAGUES.index(league) for league in SERVED]))


def test_the_better_the_class_the_higher_the_closing_line_value_beyond_chance(history: History) -> None:
    early, close = (
        market.fair(market.book_odds(history, phase)[market.AVERAGE]).T
        for phase in (market.PRE, market.CLOSE)
    )
    found = classes(offers(history, early, close), np.ones(len(history), bool))
    marginal, value, premium = (found.by_class[name] for name in ("MARGINAL", "VALUE", "PREMIUM"))
    assert min(marginal.n, value.n, premium.n) > 50
    assert marginal.high < value.low < value.high < premium.low
    assert found.premium_less_value.low > 0
