"""The worth of playing at home, of the league and of the two teams, as it drifts."""

from __future__ import annotations

from collections.abc import Sequence

from sabiscore.features import strength
from sabiscore.features.block import Group
from sabiscore.features.inputs import FeatureInputs
from sabiscore.features.state import LEAGUE, PERFORMANCE, TEAM
from sabiscore.history import Floats

GROUP = Group("crowd")


@GROUP.block(
    "Elo points over 400, log rate, share or score",
    "league_elo", "league_goals", "league_rate", "league_share",
    "home_boost", "away_boost", "boost_gap", "venue_home", "venue_away",
)  # fmt: skip
def _crowd(known: FeatureInputs) -> Sequence[Floats]:
    league, boost = known.league, known.teams[TEAM["boost"]]
    venue = strength.parts(known.teams)[strength.VENUE, PERFORMANCE]
    return [
        league[LEAGUE["elo_home"]][0] / 400.0,
        league[LEAGUE["mean"]][0],
        league[LEAGUE["home"]][0],
        league[LEAGUE["home_share"]][0],
        boost[0, 0],
        boost[1, 1],
        boost[0, 0] - boost[1, 1],
        *venue,
    ]
