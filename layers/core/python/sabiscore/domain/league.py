"""The leagues we know, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class League:
    """A division of a country.

    ``tier`` counts from 1 at the top. ``served`` leagues are the ones the ensemble is fitted
    on and answers for; the others feed the ratings. ``meetings`` is how often a fixture may be
    played at one ground in a season (2 or 3 where the season doubles or splits).
    """

    key: str
    division: str
    name: str
    country: str
    tier: int
    served: bool = False
    meetings: int = 1
    aliases: tuple[str, ...] = ()


LEAGUES: tuple[League, ...] = (
    League(
        "epl",
        "E0",
        "Premier League",
        "england",
        1,
        True,
        aliases=("premiership", "english premier league", "england"),
    ),
    League("championship", "E1", "Championship", "england", 2),
    League("league-one", "E2", "League One", "england", 3),
    League("league-two", "E3", "League Two", "england", 4),
    League("laliga", "SP1", "La Liga", "spain", 1, True, aliases=("primera division", "spain")),
    League("segunda", "SP2", "Segunda División", "spain", 2, aliases=("la liga 2",)),
    League("bundesliga", "D1", "Bundesliga", "germany", 1, True, aliases=("germany",)),
    League("bundesliga-2", "D2", "2. Bundesliga", "germany", 2),
    League("serie-a", "I1", "Serie A", "italy", 1, True, aliases=("italy",)),
    League("serie-b", "I2", "Serie B", "italy", 2),
    League("ligue-1", "F1", "Ligue 1", "france", 1, True, aliases=("france",)),
    League("ligue-2", "F2", "Ligue 2", "france", 2),
    League("eredivisie", "N1", "Eredivisie", "netherlands", 1, aliases=("netherlands",)),
    League("pro-league", "B1", "Pro League", "belgium", 1, meetings=2, aliases=("jupiler league", "belgium")),
    League("primeira-liga", "P1", "Primeira Liga", "portugal", 1, aliases=("liga portugal", "portugal")),
    League(
        "super-league",
        "G1",
        "Super League",
        "greece",
        1,
        meetings=2,
        aliases=("super league greece", "greece"),
    ),
    League("super-lig", "T1", "Süper Lig", "turkey", 1, aliases=("turkey",)),
    League(
        "scottish-premiership",
        "SC0",
        "Scottish Premiership",
        "scotland",
        1,
        meetings=3,
        aliases=("spl", "scotland"),
    ),
    League("national-league", "EC", "National League", "england", 5, aliases=("conference",)),
    League("scottish-championship", "SC1", "Scottish Championship", "scotland", 2, meetings=2),
    League("scottish-league-one", "SC2", "Scottish League One", "scotland", 3, meetings=2),
    League("scottish-league-two", "SC3", "Scottish League Two", "scotland", 4, meetings=2),
)
"""Order is part of the archive format: append only. The last four only feed the ratings of those above."""

BY_KEY = {league.key: league for league in LEAGUES}
BY_DIVISION = {league.division: league for league in LEAGUES}
SERVED = tuple(league for league in LEAGUES if league.served)
