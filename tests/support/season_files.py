"""Season files of our own invention, in the layout football-data.co.uk publishes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import permutations
from pathlib import Path

TEAMS = ("Ashford", "Brookvale", "Castle Hill", "Dunmore", "Eastleigh Park", "Fenwick")
HEADER = (
    "Div", "Date", "Time", "HomeTeam", "AwayTeam", "FTHG", "FTAG", "FTR", "HTHG", "HTAG", "HTR",
    "HS", "AS", "HST", "AST", "B365H", "B365D", "B365A", "AvgH", "AvgD", "AvgA", "Avg>2.5", "Avg<2.5",
    "AHh", "AvgAHH", "AvgAHA", "AvgCH", "AvgCD", "AvgCA",
)  # fmt: skip

PLAYED = (
    "E0", "17/08/2024", "15:00", "Ashford", "Brookvale", "2", "1", "H", "1", "0", "H",
    "12", "8", "5", "3", "2.0", "3.5", "3.9", "2.02", "3.45", "3.85", "1.9", "1.95",
    "-0.5", "1.95", "1.93", "1.98", "3.5", "4.0",
)  # fmt: skip

Row = dict[str, str]


def row(**cells: str) -> Row:
    """One played match, Ashford against Brookvale, 2 to 1, with ``cells`` changed."""
    return dict(zip(HEADER, PLAYED, strict=True)) | cells


def csv(rows: Sequence[Mapping[str, str]], header: Sequence[str] = HEADER) -> bytes:
    """``rows`` as the bytes of a file with ``header``."""
    lines = [",".join(header), *(",".join(values.get(name, "") for name in header) for values in rows)]
    return ("\r\n".join(lines) + "\r\n").encode()


def season(
    division: str = "E0", start_year: int = 2024, teams: Sequence[str] = TEAMS, seed: int = 1
) -> list[Row]:
    """A double round robin of ``teams`` with results and prices drawn from ``seed``, a match a day."""
    draw = random.Random(f"{division} {start_year} {seed}")
    first = date(start_year, 8, 16)
    rows = []
    for number, (home, away) in enumerate(permutations(teams, 2)):
        day = first + timedelta(days=number * 3)
        home_goals, away_goals = draw.choice(range(4)), draw.choice(range(3))
        result = "H" if home_goals > away_goals else "A" if home_goals < away_goals else "D"
        price = draw.choice(["1.95", "2.05", "2.2"])
        rows.append(
            row(
                Div=division,
                Date=day.strftime("%d/%m/%Y"),
                HomeTeam=home,
                AwayTeam=away,
                FTHG=str(home_goals),
                FTAG=str(away_goals),
                FTR=result,
                HTHG="0",
                HTAG="0",
                HTR="D",
                B365H=price,
            )
        )
    return rows


def write(folder: Path, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
    """Writes ``rows`` as the file ``name`` of ``folder``; its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(csv(rows))
    return path
