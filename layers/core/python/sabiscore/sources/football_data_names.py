"""What the names of football-data.co.uk's files mean."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from sabiscore.domain.league import BY_DIVISION, League
from sabiscore.errors import BadSeasonFile

FIXTURES = "fixtures.csv"
_SEASON_FILE = re.compile(r"(?:^|/)([A-Z]{1,3}\d?)_(\d{4})\.csv$", re.IGNORECASE)
_IN_FOLDER = re.compile(r"(?:^|/)(\d{4})/([A-Z]{1,3}\d?)\.csv$", re.IGNORECASE)


EXTRA_LEAGUES: Mapping[str, str] = {
    "ARG": "Argentina", "AUT": "Austria", "BRA": "Brazil", "CHN": "China", "DNK": "Denmark", "FIN": "Finland",
    "IRL": "Ireland", "JPN": "Japan", "MEX": "Mexico", "NOR": "Norway", "POL": "Poland", "ROU": "Romania",
    "RUS": "Russia", "SWE": "Sweden", "SWZ": "Switzerland", "USA": "the USA",
}  # fmt: skip
"""The provider's files of other countries, ``new/ARG.csv``: every season in one table of another layout."""


@dataclass(frozen=True, slots=True)
class FileName:
    """A season file of ``league`` and ``season``."""

    league: League
    season: str

    def __str__(self) -> str:
        return f"{self.league.division}_{self.season}.csv"


def is_fixtures(name: str) -> bool:
    """True for the file of coming matches."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].lower() == FIXTURES


def extra_league(name: str) -> str | None:
    """The country whose extra-league file is called ``name``; None for every other file.

    >>> extra_league("new/ARG.csv"), extra_league("E0_2425.csv")
    ('Argentina', None)
    """
    file = name.replace("\\", "/").rsplit("/", 1)[-1].upper()
    return EXTRA_LEAGUES.get(file.removesuffix(".CSV")) if file.endswith(".CSV") else None


def is_season_file(name: str) -> bool:
    """True when ``name`` has the form of a season file, whether or not we know its division."""
    return _division_and_season(name) is not None


def read_file_name(name: str) -> FileName:
    """The league and season that ``name`` stands for: ``E0_2425.csv``, or ``2425/E0.csv``.

    >>> str(read_file_name("seasons/2425/E0.csv"))
    'E0_2425.csv'

    Raises BadSeasonFile for another form, an unknown division, or years that do not follow.
    """
    found = _division_and_season(name)
    if found is None and (country := extra_league(name)) is not None:
        raise BadSeasonFile(
            f"{name[-80:]!r} is an extra league, {country}: all seasons in one table of another layout.",
            hint="Such files are not read; leave it out.",
        )
    if found is None:
        raise BadSeasonFile(
            f"{name[-80:]!r} does not say its division and season.",
            hint="Name season files like E0_2425.csv, or 2425/E0.csv.",
        )
    division, season = found
    league = BY_DIVISION.get(division)
    if league is None:
        raise BadSeasonFile(
            f"{name[-80:]!r} is of division {division}, which we do not know.",
            hint=f"Divisions known are {', '.join(BY_DIVISION)}.",
        )
    if (int(season[:2]) + 1) % 100 != int(season[2:]):
        raise BadSeasonFile(
            f"{name[-80:]!r} is of season {season}, whose two years do not follow each other.",
            hint="2425 stands for 2024/25.",
        )
    return FileName(league, season)


def _division_and_season(name: str) -> tuple[str, str] | None:
    path = name.replace("\\", "/")
    if found := _SEASON_FILE.search(path):
        return found[1].upper(), found[2]
    if found := _IN_FOLDER.search(path):
        return found[2].upper(), found[1]
    return None
