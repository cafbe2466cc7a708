"""The main reasons of a forecast, in words."""

from __future__ import annotations

from collections.abc import Sequence

from sabiscore.domain.odds import OUTCOMES
from sabiscore.insights.document import Reason
from sabiscore.insights.forecast import GroupShift

MOST_REASONS = 5
LEAST_SHIFT = 0.002
"""A group that moves less than a fifth of a point is no reason."""

TITLES = {
    "ratings": "Team strength",
    "form": "Recent form",
    "fatigue": "Rest and fixture load",
    "crowd": "Home advantage",
    "momentum": "Scoring momentum",
    "head_to_head": "Earlier meetings",
    "table": "League position and stakes",
    "market_now": "Today's odds",
    "market_past": "Odds of past matches",
    "panic": "Disagreement between bookmakers",
}


def reasons(shifts: Sequence[GroupShift], home: str, away: str) -> tuple[Reason, ...]:
    """The largest shifts as reasons, largest first; ``home`` and ``away`` are names to show.

    >>> reasons([GroupShift("ratings", (0.06, -0.01, -0.05))], "Arsenal", "Chelsea")[0].text
    'Team strength: 6.0 points more for Arsenal.'
    """
    weighty = sorted((s for s in shifts if s.size >= LEAST_SHIFT), key=lambda s: -s.size)
    return tuple(_reason(shift, home, away) for shift in weighty[:MOST_REASONS])


def _reason(shift: GroupShift, home: str, away: str) -> Reason:
    index = max(range(3), key=lambda k: shift.p[k])
    favours = OUTCOMES[index]
    title = TITLES.get(shift.group, shift.group.replace("_", " ").capitalize())
    event = (home, "a draw", away)[index]
    points = 100 * shift.p[index]
    text = f"{title}: {points:.1f} points more for {event}."
    p_home, p_draw, p_away = shift.p
    return Reason(
        group=shift.group, title=title, text=text, favours=favours, home=p_home, draw=p_draw, away=p_away
    )
