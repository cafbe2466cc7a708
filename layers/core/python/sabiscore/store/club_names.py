"""Which clubs a season file's names mean: by the tables, by what is stored, and by the matches."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import Connection, func, select

from sabiscore.domain.league import LEAGUE_BY_KEY, LEAGUES, League
from sabiscore.domain.match import Match, season_start_year
from sabiscore.history import History, join, season_name
from sabiscore.identity.names import Names, names_of
from sabiscore.identity.newcomers import KnownSeason, why_not_new
from sabiscore.identity.promotion import Outlook, neighbours, outlook
from sabiscore.identity.renames import renamed
from sabiscore.identity.spellings import established
from sabiscore.identity.teams import Unmatched
from sabiscore.store.changes import pairings
from sabiscore.store.sql import insert_into
from sabiscore.store.tables import club_spellings, matches, teams

FILES = "football-data.co.uk"
UNKNOWN_NAME = "unknown club"


@dataclass(frozen=True, slots=True)
class Recognised:
    """A season file's matches with every club under its slug.

    ``names``: slug → name as the file has it. ``renamed``: slug as stored → slug now, of clubs that were
    stored under a name that turned out to be another club's. ``learned``: slug of an unknown name → the club
    in whose place it stands. ``unknown`` are names of no club, with the rows of each that were left out.
    """

    history: History
    names: Mapping[str, str]
    renamed: Mapping[str, str] = field(default_factory=dict)
    learned: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[tuple[Unmatched, int], ...] = ()


def recognise(
    connection: Connection,
    league: League,
    *,
    season: str,
    old: History,
    new: History,
    names: Mapping[str, str],
) -> Recognised:
    """What ``new`` says once its names are understood; ``old`` is the season as it is stored."""
    known = _clubs(connection, league.country)
    called = {word: club for word, club in _learned(connection, league.country).items() if word not in known}
    standing = established(league.country)
    found = renamed(pairings(old), pairings(_called(new, called)), standing) if len(old) else {}
    clubs = {club: other for club, other in found.items() if other in known}
    learned = {other: club for club, other in found.items() if other not in known}
    called |= learned
    history = _called(new, called)
    names = {called.get(word, word): name for word, name in names.items()}
    unknown = _unknown(
        connection,
        league,
        season=season,
        words=_teams_in(history) - known,
        present=frozenset(_teams_in(history)),
        names=names,
    )
    refused = {slug for slug, _ in unknown}
    counts = _rows_of(history, refused)
    return Recognised(
        _without(history, refused),
        {slug: name for slug, name in names.items() if slug not in refused},
        clubs,
        learned,
        tuple((unmatched, counts[slug]) for slug, unmatched in unknown),
    )


def recognise_fixtures(
    connection: Connection, fixtures: Sequence[Match], names: Mapping[str, str]
) -> tuple[list[Match], tuple[tuple[Unmatched, int], ...]]:
    """Coming matches of clubs that are known or new, and the names of no club with their matches left out."""
    seasons: defaultdict[tuple[str, str], list[Match]] = defaultdict(list)
    kept: list[Match] = []
    left_out: list[tuple[Unmatched, int]] = []
    for match in fixtures:
        seasons[match.league, match.season].append(match)
    for (key, season), coming in seasons.items():
        league = LEAGUE_BY_KEY[key]
        known = _clubs(connection, league.country)
        called = {w: club for w, club in _learned(connection, league.country).items() if w not in known}
        coming = [_with_clubs(match, called) for match in coming]
        present = {club for match in coming for club in (match.home, match.away)}
        unknown = dict(
            _unknown(connection, league, season=season, words=present - known, present=present, names=names)
        )
        counts = Counter(club for match in coming for club in (match.home, match.away) if club in unknown)
        left_out += [(unmatched, counts[slug]) for slug, unmatched in unknown.items()]
        kept += [match for match in coming if match.home not in unknown and match.away not in unknown]
    return kept, tuple(left_out)


def renamed_fixtures(old: History, new: History) -> dict[str, str]:
    """Slug in ``old``, which is no club's, → the club whose coming matches ``new`` has in its place."""
    standing = frozenset().union(*(established(league_of.country) for league_of in LEAGUES))
    found = renamed(pairings(old), pairings(new), standing)
    return {club: other for club, other in found.items() if other in standing}


def learn(connection: Connection, country: str, learned: Mapping[str, str]) -> None:
    """Keeps that names of ``country`` that no table has were found to mean clubs."""
    if not learned:
        return
    put = insert_into(club_spellings, connection.dialect.name)
    put = put.on_conflict_do_update(
        index_elements=["country", "word"],
        set_={"club": put.excluded.club, "learned_at": put.excluded.learned_at},
    )
    about = {"country": country, "learned_at": datetime.now(UTC)}
    connection.execute(put, [{**about, "word": word, "club": club} for word, club in learned.items()])


def _clubs(connection: Connection, country: str) -> frozenset[str]:
    """The clubs of ``country`` that are known: by the tables, or since a season file had them."""
    stored = connection.scalars(select(teams.c.slug).where(teams.c.country == country))
    return established(country) | frozenset(stored)


def _learned(connection: Connection, country: str) -> dict[str, str]:
    columns = select(club_spellings.c.word, club_spellings.c.club)
    rows = connection.execute(columns.where(club_spellings.c.country == country)).all()
    return {row[0]: row[1] for row in rows}


def _unknown(
    connection: Connection,
    league: League,
    *,
    season: str,
    words: Collection[str],
    present: Collection[str],
    names: Mapping[str, str],
) -> list[tuple[str, Unmatched]]:
    """Those of ``words`` that are no newcomers, each with what to do about it."""
    if not words:
        return []
    here = _season(connection, league, season, frozenset(present) - frozenset(words))
    here = replace(here, present=here.present | frozenset(words))
    spelt: Names = names_of(FILES, league.country)
    found = []
    for word in sorted(words):
        why, like = why_not_new(word, here, spelt)
        if why:
            name = names.get(word, word)
            found.append(
                (
                    word,
                    Unmatched(
                        provider=FILES,
                        league=league.key,
                        season=season,
                        name=name,
                        reason=why,
                        candidates=like[:3],
                    ),
                )
            )
    return found


def _season(connection: Connection, league: League, season: str, known: frozenset[str]) -> KnownSeason:
    """What the store says of the season in which a name is unknown; ``known`` are its clubs in the file."""
    before = season_name(season_start_year(season) - 1)
    country = [league_of.key for league_of in LEAGUES if league_of.country == league.country]
    last = {key: clubs for key in country if (clubs := _clubs_in(connection, key, before))}
    if not established(league.country) & last.get(league.key, frozenset()):
        return KnownSeason(known, None)  # nothing is known of it, or its clubs are made up
    now = {key: _clubs_in(connection, key, season) for key in country}
    present = known | now[league.key]
    seen = known.union(*now.values())
    here, above, below = league.key, *neighbours(league.key)
    sure = {key: _outlook(connection, key, before) for key in (here, above, below) if key in last}
    awaited = set(sure[here].stays)
    awaited |= sure[above].down if above in sure else set()
    awaited |= sure[below].up if below in sure else set()
    return KnownSeason(
        present, len(last[here]), frozenset(awaited) - seen, frozenset().union(*last.values()) - seen
    )


def _clubs_in(connection: Connection, league: str, season: str) -> frozenset[str]:
    at_home = select(func.distinct(matches.c.home)).where(
        matches.c.league == league, matches.c.season == season
    )
    away_clubs = select(func.distinct(matches.c.away)).where(
        matches.c.league == league, matches.c.season == season
    )
    return frozenset(connection.scalars(at_home)) | frozenset(connection.scalars(away_clubs))


def _outlook(connection: Connection, league: str, season: str) -> Outlook:
    columns = select(matches.c.home, matches.c.away, matches.c.home_goals, matches.c.away_goals)
    played = columns.where(
        matches.c.league == league, matches.c.season == season, matches.c.home_goals.is_not(None)
    )
    return outlook(league, [(row[0], row[1], row[2], row[3]) for row in connection.execute(played)])


def _called(history: History, called: Mapping[str, str]) -> History:
    if not called.keys() & set(history.teams):
        return history
    return join([replace(history, teams=tuple(called.get(team, team) for team in history.teams))])


def _with_clubs(match: Match, called: Mapping[str, str]) -> Match:
    return replace(match, home=called.get(match.home, match.home), away=called.get(match.away, match.away))


def _teams_in(history: History) -> frozenset[str]:
    return frozenset(history.teams)


def _rows_of(history: History, clubs: Collection[str]) -> Counter[str]:
    return Counter(club for _, *pair in pairings(history) for club in pair if club in clubs)


def _without(history: History, clubs: Collection[str]) -> History:
    if not clubs:
        return history
    kept = [home not in clubs and away not in clubs for _, home, away in pairings(history)]
    left = history.take(np.array(kept, np.bool_))
    return _only_its_teams(left)


def _only_its_teams(history: History) -> History:
    """The same matches over the teams that play in them."""
    used = np.unique(np.concatenate([history.home, history.away])).astype(int)
    place = np.full(len(history.teams), -1, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    return replace(
        history,
        teams=tuple(history.teams[index] for index in used),
        home=place[history.home],
        away=place[history.away],
    )


def refused_rows(unknown: Iterable[tuple[Unmatched, int]]) -> dict[str, int]:
    """How many rows were left out, by the reason they are counted under."""
    return {f"{UNKNOWN_NAME} {name.name!r}": count for name, count in unknown if count}


def is_unknown(reason: str) -> bool:
    """True for a reason that rows were left out for since a name of theirs means no club."""
    return reason.startswith(UNKNOWN_NAME)
