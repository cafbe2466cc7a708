"""The page of value bets: every open one, in the order asked for, each with the age of its price."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from sabiscore.insights.document import ValueBetList, ValueBetRow
from sabiscore.pages.frame import Frame
from sabiscore.pages.match import wager
from sabiscore.pages.rendering import render

Order = Literal["edge", "kickoff", "age"]

_LAST = datetime.max.replace(tzinfo=UTC)
_KEYS: dict[Order, Callable[[ValueBetRow], object]] = {
    "edge": lambda row: (row.bet.suspect, -row.bet.edge),
    "kickoff": lambda row: row.match.kickoff_at or _LAST,
    "age": lambda row: row.bet.freshness.age_s if row.bet.freshness.age_s is not None else float("inf"),
}


def value_page(document: ValueBetList, order: Order, league: str | None, site: str | None = None) -> bytes:
    """The page of ``document``, in the ``order`` asked for: by edge, kick-off or age of the price.

    By edge, those that are suspect come last: most of them are errors.

    ``site`` is where readers find it, None where nobody said.
    """
    about = f"{document.count} prices above our fair ones."
    rows = sorted(document.value_bets, key=_KEYS[order])  # type: ignore[arg-type]
    values = {
        "frame": Frame(page="value", title="Value bets", description=about, dated=document, site=site),
        "document": document,
        "rows": [(row, wager(row.bet, row.match)) for row in rows],
        "order": order,
        "league": league,
    }
    return render("value.html", values)
