"""The last results and the ratings over time of every club, a part a league."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sabiscore.errors import BadPublication
from sabiscore.publication.supplements import CLUBS, HINT, Supplements, encode_parts, part_of
from sabiscore.untrusted import untrusted

MOST_RESULTS, MOST_RATINGS = 10, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class PastResult:
    """A match of a club in a league, seen from it."""

    match_id: str
    day: date
    opponent: str
    at_home: bool
    scored: int
    conceded: int


@dataclass(frozen=True, slots=True)
class ClubForm:
    """The newest results first; ``ratings`` (day, Elo points after it) oldest first."""

    results: tuple[PastResult, ...] = ()
    ratings: tuple[tuple[date, float], ...] = ()


Forms = Mapping[str, Mapping[str, ClubForm]]
"""League key → club → its form."""


def forms_file(forms: Forms) -> tuple[bytes, str]:
    """The content of the file, and its ending: the same bytes for the same forms."""
    parts = {
        league: {club: _plain(form) for club, form in sorted(clubs.items())}
        for league, clubs in forms.items()
    }
    return encode_parts(parts), "jsonl"


def read_forms(supplements: Supplements, league: str) -> Mapping[str, ClubForm] | None:
    """The forms of the clubs of ``league``; None where none are published. Raises BadPublication."""
    file = supplements.file(CLUBS)
    plain = part_of(file.read(), league) if file is not None else None
    if plain is None:
        return None
    with untrusted(BadPublication, "Published results of clubs cannot be read", hint=HINT):
        return {str(club): _form(fields) for club, fields in plain.items()}


def _plain(form: ClubForm) -> dict[str, Any]:
    return {
        "results": [
            [past.match_id, past.day.isoformat(), past.opponent, past.at_home, past.scored, past.conceded]
            for past in form.results
        ],
        "ratings": [[day.isoformat(), rating] for day, rating in form.ratings],
    }


def _form(fields: Mapping[str, Any]) -> ClubForm:
    return ClubForm(
        tuple(_result(*row) for row in fields["results"]),
        tuple((date.fromisoformat(day), float(rating)) for day, rating in fields["ratings"]),
    )


def _result(match_id: str, day: str, *rest: Any) -> PastResult:
    opponent, at_home, scored, conceded = rest
    return PastResult(
        match_id=match_id,
        day=date.fromisoformat(day),
        opponent=str(opponent),
        at_home=bool(at_home),
        scored=int(scored),
        conceded=int(conceded),
    )
