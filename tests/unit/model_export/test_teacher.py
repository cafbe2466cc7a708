from __future__ import annotations

import numpy as np
import pytest

from model_export.teacher import fair_closes, targets
from sabiscore.domain.margin import power
from sabiscore.domain.match import BOOKS
from sabiscore.history import blank


def test_a_target_is_nine_parts_of_the_close_and_one_of_the_outcome() -> None:
    closes = np.array([[0.5, 0.3, 0.2], [np.nan] * 3])
    assert targets(closes, np.array([2, 0])) == pytest.approx(np.array([[0.45, 0.27, 0.28], [1.0, 0.0, 0.0]]))


def test_closes_are_fair_and_unknown_where_no_book_closed() -> None:
    history = blank(2, ("a", "b"))
    history.odds[:, 0, BOOKS.index("avg")] = (1.5, 4.0, 7.0)
    history.odds[0, 1, BOOKS.index("ps")] = (2.0, 3.5, 4.0)
    closes = fair_closes(history)
    assert closes[0] == pytest.approx(power((2.0, 3.5, 4.0)), abs=1e-6)
    assert np.isnan(closes[1]).all()
