"""Simulated seasons as files in the layout of football-data.co.uk."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from infra.simulator.seasons import SimulatedSeason, simulate
from sabiscore.files import write_atomically
from sabiscore.history import date_of, day_number, season_name

COMING_DAYS = 10
"""How far ahead fixtures.csv looks."""

_SIDES = (("HS", "AS", "shots"), ("HST", "AST", "on_target"), ("HF", "AF", "fouls"),
          ("HC", "AC", "corners"), ("HY", "AY", "yellows"), ("HR", "AR", "reds"))  # fmt: skip
_MOST_CENTS = 50_200
_MONEY = np.array([f"{cents / 100:.2f}".rstrip("0").rstrip(".") for cents in range(_MOST_CENTS)], object)
_COUNT = np.array([str(count) for count in range(200)], object)

Cells = npt.NDArray[np.object_]


def write_seasons(
    folder: Path, seed: int, first_year: int, today: date, divisions: Iterable[str] | None = None
) -> int:
    """Writes season files and ``fixtures.csv`` as they would stand on ``today``; how many matches.

    Results of matches before ``today`` are in ``<DIV>_<SEASON>.csv``; those of the next ten days are in
    ``fixtures.csv`` with their prices and without results; nothing later is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    last_year = _newest_year(today)
    number = day_number(today)
    written, coming = 0, []
    for season in simulate(seed, first_year, last_year, divisions):
        past = season.day < number
        if past.any():
            name = f"{season.division}_{season_name(season.start_year)}.csv"
            _write(folder / name, *rows(season, past))
            written += int(past.sum())
        soon = (season.day >= number) & (season.day < number + COMING_DAYS)
        if soon.any():
            coming.append(fixture_rows(season, soon))
    if coming:
        _write(folder / "fixtures.csv", coming[0][0], [row for _, part in coming for row in part])
    return written


def first_year(today: date, seasons: int) -> int:
    """The year the oldest of ``seasons`` seasons begins in, the one of ``today`` being the newest.

    >>> first_year(date(2025, 5, 10), 3)
    2022
    """
    return _newest_year(today) - seasons + 1


def _newest_year(today: date) -> int:
    return today.year if today.month >= 7 else today.year - 1


def rows(season: SimulatedSeason, chosen: npt.NDArray[np.bool_]) -> tuple[list[str], list[Sequence[str]]]:
    """Header and rows of a season file, in order of date.

    ``mask`` bool [n] says which of the n matches are written.
    """
    order = np.flatnonzero(chosen)[np.argsort(season.day[chosen], kind="stable")]
    home, away = season.goals[order].T
    half = season.statistics["half_time"][order]
    columns = _who(season, order)
    columns |= {"FTHG": _COUNT[home], "FTAG": _COUNT[away], "FTR": _result(home - away)}
    columns |= {
        "HTHG": _COUNT[half[:, 0]],
        "HTAG": _COUNT[half[:, 1]],
        "HTR": _result(half[:, 0] - half[:, 1]),
    }
    for home_name, away_name, statistic in _SIDES:
        count = season.statistics[statistic][order]
        columns |= {home_name: _COUNT[count[:, 0]], away_name: _COUNT[count[:, 1]]}
    columns |= _odds(season, order, season.prices)
    return list(columns), list(zip(*columns.values(), strict=True))


def fixture_rows(
    season: SimulatedSeason, chosen: npt.NDArray[np.bool_]
) -> tuple[list[str], list[Sequence[str]]]:
    """Header and rows of the coming matches: the prices of before kick-off, no results.

    ``mask`` bool [n] says which of the n matches are coming.
    """
    order = np.flatnonzero(chosen)[np.argsort(season.day[chosen], kind="stable")]
    early = [name for name in season.prices if not _closing(name)]
    columns = _who(season, order) | _odds(season, order, early)
    return list(columns), list(zip(*columns.values(), strict=True))


def _closing(name: str) -> bool:
    return name == "AHCh" or any(name.startswith(f"{book}C") for book in ("B365", "PS", "P", "Max", "Avg"))


def _who(season: SimulatedSeason, order: npt.NDArray[np.int64]) -> dict[str, Cells]:
    dates = [date_of(number).strftime("%d/%m/%Y") for number in season.day[order]]
    return {
        "Div": np.full(len(order), season.division, object),
        "Date": np.array(dates, object),
        "Time": np.array(season.time, object)[order],
        "HomeTeam": season.names[order, 0],
        "AwayTeam": season.names[order, 1],
    }


def _result(lead: npt.NDArray[np.int64]) -> Cells:
    letters: Cells = np.array(["A", "D", "H"], object)[np.sign(lead) + 1]
    return letters


def _odds(season: SimulatedSeason, order: npt.NDArray[np.int64], names: Iterable[str]) -> dict[str, Cells]:
    columns = {}
    for name in names:
        values = season.prices[name][order]
        is_line = name in ("AHh", "AHCh")
        columns[name] = (
            np.array([f"{line:g}" for line in values], object)
            if is_line
            else _MONEY[np.rint(values * 100).astype(int)]
        )
    return columns


def _write(path: Path, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    text = "\r\n".join([",".join(header), *(",".join(line) for line in lines)])
    write_atomically(path, (text + "\r\n").encode())
