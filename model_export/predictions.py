"""Every single forecast of an evaluation as CSV, so that anyone can score it without us."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from model_export.evaluate import Evaluation
from sabiscore.domain.league import LEAGUES
from sabiscore.files import replacing
from sabiscore.history import date_of, season_name

HEADER = ("division", "date", "home", "away", "variant", "p_home", "p_draw", "p_away", "p_over")

Names = Mapping[tuple[str, str], Mapping[str, str]]
"""For a (division, season): a team's slug → its name as that season's file spells it."""


def write_predictions(evaluation: Evaluation, names: Names, path: Path) -> int:
    """Write a row a match and variant to ``path``, dates as YYYY-MM-DD; return how many.

    ``p_over`` is the probability of three goals or more.
    """
    history = evaluation.matches.history
    rows = 0
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for row in range(len(history)):
            division = LEAGUES[history.league[row]].division
            spelt = names.get((division, season_name(int(history.season[row]))), {})
            teams = [history.teams[side[row]] for side in (history.home, history.away)]
            match = (
                division,
                date_of(history.day[row]).isoformat(),
                *(spelt.get(team, team) for team in teams),
            )
            for variant, p in evaluation.forecasts.items():
                chances = (*p[row], evaluation.over[variant][row])
                writer.writerow((*match, variant, *(f"{chance:.8f}" for chance in chances)))
                rows += 1
    return rows
