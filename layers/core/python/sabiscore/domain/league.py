"""The leagues we know, as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
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
    served: bool = True
    meetings: int = 1
    aliases: tuple[str, ...] = ()


LEAGUES: tuple[League, ...] = (
    League(
        key="epl",
        division="E0",
        name="Premier League",
        country="england",
        tier=1,
        aliases=("premiership", "english premier league", "england"),
    ),
    League(key="championship", division="E1", name="Championship", country="england", tier=2),
    League(key="league-one", division="E2", name="League One", country="england", tier=3),
    League(key="league-two", division="E3", name="League Two", country="england", tier=4),
    League(
        key="laliga",
        division="SP1",
        name="La Liga",
        country="spain",
        tier=1,
        aliases=("primera division", "spain"),
    ),
    League(
        key="segunda",
        division="SP2",
        name="Segunda División",
        country="spain",
        tier=2,
        aliases=("la liga 2",),
    ),
    League(
        key="bundesliga",
        division="D1",
        name="Bundesliga",
        country="germany",
        tier=1,
        aliases=("germany",),
    ),
    League(key="bundesliga-2", division="D2", name="2. Bundesliga", country="germany", tier=2),
    League(key="serie-a", division="I1", name="Serie A", country="italy", tier=1, aliases=("italy",)),
    League(key="serie-b", division="I2", name="Serie B", country="italy", tier=2),
    League(
        key="ligue-1",
        division="F1",
        name="Ligue 1",
        country="france",
        tier=1,
        aliases=("france",),
    ),
    League(key="ligue-2", division="F2", name="Ligue 2", country="france", tier=2),
    League(
        key="eredivisie",
        division="N1",
        name="Eredivisie",
        country="netherlands",
        tier=1,
        aliases=("netherlands",),
    ),
    League(
        key="pro-league",
        division="B1",
        name="Pro League",
        country="belgium",
        tier=1,
        meetings=2,
        aliases=("jupiler league", "belgium"),
    ),
    League(
        key="primeira-liga",
        division="P1",
        name="Primeira Liga",
        country="portugal",
        tier=1,
        aliases=("liga portugal", "portugal"),
    ),
    League(
        key="super-league",
        division="G1",
        name="Super League",
        country="greece",
        tier=1,
        meetings=2,
        aliases=("super league greece", "greece"),
    ),
    League(key="super-lig", division="T1", name="Süper Lig", country="turkey", tier=1, aliases=("turkey",)),
    League(
        key="scottish-premiership",
        division="SC0",
        name="Scottish Premiership",
        country="scotland",
        tier=1,
        meetings=3,
        aliases=("spl", "scotland"),
    ),
    League(
        key="national-league",
        division="EC",
        name="National League",
        country="england",
        tier=5,
        aliases=("conference",),
        served=False,
    ),
    League(
        key="scottish-championship",
        division="SC1",
        name="Scottish Championship",
        country="scotland",
        tier=2,
        meetings=2,
        served=False,
    ),
    League(
        key="scottish-league-one",
        division="SC2",
        name="Scottish League One",
        country="scotland",
        tier=3,
        meetings=2,
        served=False,
    ),
    League(
        key="scottish-league-two",
        division="SC3",
        name="Scottish League Two",
        country="scotland",
        tier=4,
        meetings=2,
        served=False,
    ),
)
"""Order is part of the archive format: append only. The last four only feed the ratings of those above."""

LEAGUE_BY_KEY = {league.key: league for league in LEAGUES}
BY_DIVISION = {league.division: league for league in LEAGUES}
SERVED = tuple(league for league in LEAGUES if league.served)
BIG_FIVE = tuple(LEAGUE_BY_KEY[key] for key in ("epl", "laliga", "bundesliga", "serie-a", "ligue-1"))
"""The leagues that figures are compared on from release to release, and that a rehearsal plays by default."""
