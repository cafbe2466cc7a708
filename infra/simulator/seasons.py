"""Whole seasons of whole countries, drawn year after year from one seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from infra.simulator.country import SIZES, WEEKS, Country, table
from infra.simulator.fixtures import draw_days, draw_times, round_days, round_robin
from infra.simulator.market import price
from infra.simulator.play import draw_goals, draw_statistics, outcome, score_grid
from sabiscore.domain.league import LEAGUES, League
from sabiscore.history import Floats, Ints

_BASE = 0.16
"""The log goal rate of two equal clubs on neutral ground: 1.17 goals each."""
_CYCLES = {"SC0": 4}
"""How often everybody meets everybody, where it is not twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSeason:
    """One division's season: who, when, the truth, what came out and what was quoted; n matches.

    ``names`` [n, 2] are home and away; ``day`` int [n] counts from 1970-01-01; ``rates`` and ``truth``
    are the goal rates [n, 2] and outcome probabilities [n, 3] the results were drawn from.
    """

    division: str
    start_year: int
    names: npt.NDArray[np.object_]
    day: Ints
    time: list[str]
    rates: Floats
    truth: Floats
    goals: Ints
    statistics: dict[str, Ints]
    prices: dict[str, Floats]


def simulate(
    seed: int, first_year: int, last_year: int, divisions: Iterable[str] | None = None
) -> list[SimulatedSeason]:
    """Every season from ``first_year`` to ``last_year`` (the years they begin in) of ``divisions``.

    All divisions we know by default. A country's seasons depend on the seed and the country only,
    so a smaller choice of countries gives the same matches.
    """
    chosen = set(SIZES) if divisions is None else set(divisions)
    seasons = []
    for index, country in enumerate(sorted({league.country for league in LEAGUES})):
        leagues = [league for league in LEAGUES if league.country == country and league.division in chosen]
        if leagues:
            rng = np.random.default_rng([seed, index])
            seasons += _years(sorted(leagues, key=lambda league: league.tier), first_year, last_year, rng)
    return seasons


def _years(
    leagues: Sequence[League], first_year: int, last_year: int, rng: np.random.Generator
) -> list[SimulatedSeason]:
    divisions = [league.division for league in leagues]
    country = Country.draw(leagues[0].country, divisions, rng)
    seasons = []
    for year in range(first_year, last_year + 1):
        attack, defence = country.weeks(rng)
        order = []
        for division, clubs in zip(divisions, country.tiers, strict=False):
            season, final = _play(
                division, year, country=country, clubs=clubs, attack=attack, defence=defence, rng=rng
            )
            seasons.append(season)
            order.append(final)
        country.move(order)
        country.summer(rng)
    return seasons


def _play(
    division: str,
    year: int,
    *,
    country: Country,
    clubs: Ints,
    attack: Floats,
    defence: Floats,
    rng: np.random.Generator,
) -> tuple[SimulatedSeason, Ints]:
    """One division's season and its final table."""
    draw = round_robin(len(clubs), _CYCLES.get(division, 2))
    pairs = rng.permutation(clubs)[draw]
    home, away = pairs.reshape(-1, 2).T
    day = draw_days(round_days(year, len(pairs)), pairs.shape[1], rng)
    week = ((day - day.min()) // 7).clip(0, WEEKS - 1)
    advantage = country.home_advantage + country.ground[home]
    rates = np.exp(
        np.stack(
            [
                _BASE + advantage / 2 + attack[home, week] - defence[away, week],
                _BASE - advantage / 2 + attack[away, week] - defence[home, week],
            ],
            1,
        )
    )
    grid = score_grid(rates)
    goals = draw_goals(grid, rng)
    names = np.array(country.names, object)[np.stack([home, away], 1)]
    season = SimulatedSeason(
        division=division,
        start_year=year,
        names=names,
        day=day,
        time=draw_times(len(day), rng),
        rates=rates,
        truth=outcome(grid),
        goals=goals,
        statistics=draw_statistics(rates, goals, rng),
        prices=price(rates, rng),
    )
    return season, table(clubs, home, away, goals)
