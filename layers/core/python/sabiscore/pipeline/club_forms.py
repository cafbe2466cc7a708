"""The form of every club: its last results, and its rating after each day on which it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

from sabiscore.domain.match import Match
from sabiscore.errors import BadPublication
from sabiscore.features.replay import state_after
from sabiscore.features.state import SEEN_ALL, TEAM, State, start
from sabiscore.history import History, date_of
from sabiscore.publication.club_forms import (
    MOST_RATINGS,
    MOST_RESULTS,
    ClubForm,
    PastResult,
    forms_file,
    read_forms,
)
from sabiscore.publication.publish import PublishedStates
from sabiscore.publication.supplements import CLUBS, put_supplements, read_supplements

MID_SPEED = 1
"""Of the three learning rates of a rating."""
LOOKED_BACK = timedelta(days=300)
"""About a season: the points of a first publication are spread over it."""
DECIMALS = 1

Ratings = Mapping[str, Sequence[tuple[date, float]]]


def publish_forms(
    folder: Path, rosters: Mapping[str, Sequence[str]], played: Iterable[Match], ratings: Ratings
) -> None:
    """Publishes the forms of the clubs of ``rosters`` to ``folder``; ``ratings`` join those there."""
    results = last_results(played)
    forms = {
        league: {
            club: ClubForm(
                tuple(results.get(club, ())),
                joined(before.get(club, ClubForm()).ratings, ratings.get(club, ())),
            )
            for club in clubs
        }
        for league, clubs in rosters.items()
        for before in (_published(folder, league),)
    }
    put_supplements(folder, {CLUBS: forms_file(forms)})


def last_results(played: Iterable[Match]) -> dict[str, list[PastResult]]:
    """By club, its last results among the matches ``played``, the newest first; awarded ones left out."""
    found: defaultdict[str, list[PastResult]] = defaultdict(list)
    for match in sorted(played, key=lambda match: match.day, reverse=True):
        for club, result in _results(match):
            if len(found[club]) < MOST_RESULTS:
                found[club].append(result)
    return dict(found)


def ratings_in(state: State) -> dict[str, list[tuple[date, float]]]:
    """By club that played, the day of ``state`` and its Elo points then."""
    elo, day = state.team[TEAM["elo"]][MID_SPEED], date_of(state.day)
    played = state.team[TEAM["seen"]][SEEN_ALL] > 0
    return {
        club: [(day, round(float(points), DECIMALS))]
        for club, points, has_played in zip(state.teams, elo, played, strict=True)
        if has_played
    }


def ratings_in_file(states: PublishedStates) -> dict[str, list[tuple[date, float]]]:
    """The same of the states that were saved in ``states``. Raises BadPublication."""
    return ratings_in(State.load(BytesIO(states.read())))


def rated_over_time(played: History) -> tuple[State, dict[str, list[tuple[date, float]]]]:
    """The state after ``played``, and the ratings of each club at MOST_RATINGS days of the last season."""
    if not len(played):
        return state_after(played), {}
    played = played.in_order()
    last = int(played.day[-1])
    step = max(1, LOOKED_BACK.days // MOST_RATINGS)
    days = range(last - step * (MOST_RATINGS - 1), last + 1, step)
    state, ratings, after = start(), defaultdict[str, list[tuple[date, float]]](list), -1
    for day in days:
        state = state_after(played.take((played.day > after) & (played.day <= day)), state)
        after = day
        for club, points in ratings_in(state).items():
            ratings[club] += points
    return state, {club: list(joined((), points)) for club, points in ratings.items()}


def joined(
    before: Sequence[tuple[date, float]], new: Sequence[tuple[date, float]]
) -> tuple[tuple[date, float], ...]:
    """Both in order of day, a day once, and only where the rating is another one than before.

    >>> joined([(date(2025, 8, 1), 1500.0)], [(date(2025, 8, 2), 1500.0), (date(2025, 8, 3), 1510.0)])
    ((datetime.date(2025, 8, 1), 1500.0), (datetime.date(2025, 8, 3), 1510.0))
    """
    every = sorted({**dict(before), **dict(new)}.items())
    kept = [
        (day, rating)
        for place, (day, rating) in enumerate(every)
        if not place or rating != every[place - 1][1]
    ]
    return tuple(kept[-MOST_RATINGS:])


def _published(folder: Path, league: str) -> Mapping[str, ClubForm]:
    try:
        return read_forms(read_supplements(folder), league) or {}
    except BadPublication:
        return {}  # begun anew


def _results(match: Match) -> Iterator[tuple[str, PastResult]]:
    if match.goals is None or not match.rated:
        return
    sides = ((match.home, match.away, True), (match.away, match.home, False))
    for club, opponent, at_home in sides:
        scored, conceded = match.goals if at_home else match.goals[::-1]
        yield (
            club,
            PastResult(
                match_id=match.id,
                day=match.day,
                opponent=opponent,
                at_home=at_home,
                scored=scored,
                conceded=conceded,
            ),
        )
