"""A country's clubs through the years: how strong they truly are, and which tier they play in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from infra.simulator.clubs import club_names
from sabiscore.history import Floats, Ints

SIZES = {
    "E0": 20, "E1": 24, "E2": 24, "E3": 24, "SC0": 12, "SP1": 20, "SP2": 22, "D1": 18, "D2": 18, "I1": 20,
    "I2": 20, "F1": 18, "F2": 18, "N1": 18, "B1": 16, "P1": 18, "G1": 14, "T1": 18,
}  # fmt: skip
"""Clubs in each division."""

OUTSIDE = 8
"""Clubs below the lowest tier that take turns in coming up."""
MOVING = 3
"""Clubs that go up and down between two tiers each year."""
WEEKS = 45
_TIER_STEP = 0.35
_SPREAD = 0.24
_KEPT = 0.85
_WEEKLY = 0.015


@dataclass(slots=True, kw_only=True)
class Country:
    """Clubs with their true log rates: ``attack`` and ``defence`` [clubs], more is better.

    ``tiers`` lists the clubs of each division from the top, then those outside. ``size`` is the
    level a club returns to; ``home`` is the country's home effect on the log rate.
    """

    names: list[str]
    size: Floats
    attack: Floats
    defence: Floats
    ground: Floats
    home_advantage: float
    tiers: list[Ints]

    @classmethod
    def draw(cls, country: str, divisions: Sequence[str], rng: np.random.Generator) -> Country:
        """A country whose bigger clubs start in the higher tiers."""
        counts = [SIZES[division] for division in divisions] + [OUTSIDE]
        tier = np.repeat(np.arange(len(counts)), counts)
        size = -_TIER_STEP * tier + rng.normal(0, _SPREAD, len(tier))
        style = rng.normal(0, 0.06, len(tier))
        return cls(
            names=club_names(country, len(tier), rng),
            size=size,
            attack=size + style,
            defence=size - style,
            ground=rng.normal(0, 0.04, len(tier)),
            home_advantage=float(rng.normal(0.22, 0.03)),
            tiers=np.split(np.arange(len(tier)), np.cumsum(counts)[:-1]),
        )

    def weeks(self, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Attack and defence [clubs, WEEKS] as they drift through one season; the end is kept."""
        steps = rng.normal(0, _WEEKLY, (2, len(self.names), WEEKS)).cumsum(2)
        attack, defence = self.attack[:, None] + steps[0], self.defence[:, None] + steps[1]
        self.attack, self.defence = attack[:, -1].copy(), defence[:, -1].copy()
        return attack, defence

    def summer(self, rng: np.random.Generator) -> None:
        """Squads change: strengths return part of the way to the club's size, which drifts itself."""
        noise = _SPREAD * 0.45 * np.sqrt(1 - _KEPT**2)
        self.size = self.size + rng.normal(0, 0.04, len(self.size))
        for name in ("attack", "defence"):
            level = self.size + _KEPT * (getattr(self, name) - self.size)
            setattr(self, name, level + rng.normal(0, noise, len(level)))
        self.home_advantage += float(0.3 * (0.22 - self.home_advantage) + rng.normal(0, 0.015))

    def move(self, order: Sequence[Ints]) -> None:
        """Promotes and relegates by the final tables: ``order`` lists each division's clubs, best first.

        Each of ``order`` is int [c], the clubs of a division, the champion first.
        """
        tiers = [*order, self.tiers[-1]]
        for upper in range(len(tiers) - 1):
            above, below = tiers[upper], tiers[upper + 1]
            tiers[upper] = np.concatenate([above[:-MOVING], below[:MOVING]])
            tiers[upper + 1] = np.concatenate([below[MOVING:], above[-MOVING:]])
        self.tiers = tiers


def table(clubs: Ints, home: Ints, away: Ints, goals: Ints) -> Ints:
    """``clubs`` in the order of the final table: points, goal difference, goals, then list order.

    ``clubs`` int [c]; ``home``, ``away`` int [n], places in ``clubs``; ``goals`` int [n, 2]; gives int [c].
    """
    lead = goals[:, 0] - goals[:, 1]
    size = int(max(clubs.max(), 0)) + 1
    points = np.bincount(home, np.select([lead > 0, lead == 0], [3, 1], 0), size)
    points += np.bincount(away, np.select([lead < 0, lead == 0], [3, 1], 0), size)
    difference = np.bincount(home, lead, size) - np.bincount(away, lead, size)
    scored = np.bincount(home, goals[:, 0], size) + np.bincount(away, goals[:, 1], size)
    return clubs[np.lexsort((-scored[clubs], -difference[clubs], -points[clubs]))]
