"""The statements that change the store; each runs inside its caller's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, bindparam, delete, func, insert, select, update

from sabiscore.domain.league import LEAGUE_BY_KEY, League
from sabiscore.domain.match import Match, match_id, season_start_year
from sabiscore.errors import BadSeasonFile
from sabiscore.history import History
from sabiscore.store.changes import SeasonChanges
from sabiscore.store.fixtures import Fixture
from sabiscore.store.rows import (
    PRICE_COLUMNS,
    PriceRow,
    Values,
    ids,
    match_number,
    match_rows,
    price_rows,
    read_matches,
    without,
)
from sabiscore.store.sql import insert_into, parts
from sabiscore.store.tables import SCHEMA, matches, meta, prices, season_file_names, season_files, teams

WRITING = 0x5AB15C03F
"""Key of PostgreSQL's advisory lock of those who write."""


_FACTS = select(meta.c.name, meta.c.value)
# Any statement that writes takes SQLite's one lock, whether or not it finds a row.
_TOUCH = update(meta).where(meta.c.name == "schema").values(value=meta.c.value)


def facts(connection: Connection) -> dict[str, str]:
    """The facts of ``meta``, by name; those of a store that was just made are put in first."""
    known = dict(connection.execute(_FACTS).all())
    if {"schema", "store"} <= known.keys():
        return known
    made = {"schema": SCHEMA, "store": uuid4().hex[:12]}
    return known | {name: insert_once(connection, name, value) for name, value in made.items()}


def lock(connection: Connection) -> None:
    """Makes the transaction the only one that writes, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(WRITING)))
        return
    connection.execute(_TOUCH)


def insert_once(connection: Connection, name: str, value: str) -> str:
    """The value of the fact ``name``, which is ``value`` when there was none."""
    put_in = insert_into(meta, connection.dialect.name).on_conflict_do_nothing()
    connection.execute(put_in, {"name": name, "value": value})
    return str(connection.scalars(select(meta.c.value).where(meta.c.name == name)).one())


def put(connection: Connection, name: str, value: str) -> None:
    """The fact ``name`` is ``value`` from now on."""
    statement = insert_into(meta, connection.dialect.name).values(name=name, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": value}))


def days_met(connection: Connection, fixtures: Iterable[Match]) -> dict[Fixture, list[date]]:
    """League, season, home and away of ``fixtures`` → the days on which season files have them meet."""
    columns = select(matches.c.league, matches.c.season, matches.c.home, matches.c.away, matches.c.day)
    keys = sorted(
        {
            match_id(match.league, match.season, match.home, match.away, leg)
            for match in fixtures
            for leg in range(1, LEAGUE_BY_KEY[match.league].meetings + 1)
        }
    )
    found: defaultdict[Fixture, list[date]] = defaultdict(list)
    for part in parts(keys):
        in_files = ~matches.c.from_fixtures & matches.c.id.in_(part)
        for *fixture, day in connection.execute(columns.where(in_files)):
            found[fixture[0], fixture[1], fixture[2], fixture[3]].append(day)
    return {fixture: sorted(days) for fixture, days in found.items()}


def take_out(connection: Connection, division: str, season: str) -> str | None:
    """Removes the record of a season file; the hash of its archive, None when there was none."""
    statement = delete(season_files).where(
        season_files.c.division == division, season_files.c.season == season
    )
    return connection.execute(statement.returning(season_files.c.archive_sha256)).scalar()


def note_names(connection: Connection, division: str, season: str, digest: str) -> None:
    """A season file was read by the tables of names whose ``digest`` it is."""
    put_in = insert_into(season_file_names, connection.dialect.name)
    put_in = put_in.values(division=division, season=season, digest=digest)
    key = ["division", "season"]
    connection.execute(put_in.on_conflict_do_update(index_elements=key, set_={"digest": digest}))


def newest_seasons(connection: Connection, division: str, count: int) -> list[str]:
    """The newest ``count`` seasons read of ``division``."""
    known = connection.scalars(select(season_files.c.season).where(season_files.c.division == division))
    return sorted(known, key=season_start_year)[-count:]


def register(connection: Connection, league: League, start_year: int, names: Mapping[str, str]) -> None:
    """Makes the teams of a season file known; the newest season's spelling and league count.

    Raises BadSeasonFile for a slug that a club of another country has.
    """
    found = connection.execute(select(teams).where(teams.c.slug.in_(list(names)))).mappings().all()
    known = {row["slug"]: row for row in found}
    for slug, row in sorted(known.items()):
        if row["country"] != league.country:
            raise BadSeasonFile(
                f"{names[slug]!r} of {league.name} has the slug of a club of {row['country']}.",
                hint="Give it another slug in identity/aliases/football_data.toml.",
            )
    values = [
        {
            "slug": slug,
            "name": name,
            "country": league.country,
            "league": league.key,
            "season_start": start_year,
        }
        for slug, name in sorted(names.items())
    ]
    fresh = [row for row in values if row["slug"] not in known]
    newer = [
        {f"new_{key}": value for key, value in row.items()}
        for row in values
        if row["slug"] in known and start_year >= known[str(row["slug"])]["season_start"]
    ]
    if fresh:
        connection.execute(insert(teams), fresh)
    if newer:
        columns = ("name", "league", "season_start")
        statement = update(teams).where(teams.c.slug == bindparam("new_slug"))
        connection.execute(statement.values({name: bindparam(f"new_{name}") for name in columns}), newer)


def forget_clubs(connection: Connection, renamed: Mapping[str, str]) -> None:
    """Takes out the clubs that were another one's name."""
    if renamed:
        connection.execute(delete(teams).where(teams.c.slug.in_(list(renamed))))


def write_season(
    connection: Connection, league: League, season: str, history: History, changes: SeasonChanges
) -> None:
    """Brings the rows of one season to what ``history`` says; rows that did not change are not touched."""
    of_season = select(matches.c.number, matches.c.from_fixtures).where(
        matches.c.league == league.key, matches.c.season == season
    )
    stored = dict(connection.execute(of_season).all())
    present = set(map(match_number, ids(history)))
    replaced = (*changes.changed, *changes.gone, *changes.renamed)
    stale = {match_number(identity) for identity in replaced}
    stale |= {number for number, from_fixtures in stored.items() if from_fixtures and number in present}
    remove(connection, stale & stored.keys())
    kept = stored.keys() - stale
    new = without(history, kept)
    insert_matches(connection, match_rows(new, from_fixtures=False), price_rows(new))


def write_fixtures(connection: Connection, fixtures: History, changes: SeasonChanges) -> None:
    """Puts ``fixtures`` in the place of all coming matches that no season file tells of."""
    remove(connection, map(match_number, (*changes.changed, *changes.gone, *changes.renamed)))
    stored = select(matches.c.number).where(matches.c.from_fixtures)
    kept = set(connection.scalars(stored))
    new = without(fixtures, kept)
    insert_matches(connection, match_rows(new, from_fixtures=True), price_rows(new))


def insert_matches(connection: Connection, rows: list[Values], quotes: list[PriceRow]) -> None:
    """Inserts matches and their ``quotes``."""
    if rows:
        connection.execute(insert(matches), rows)
    _insert_prices(connection, quotes)


def _insert_prices(connection: Connection, quotes: list[PriceRow]) -> None:
    """Inserts ``quotes`` past SQLAlchemy, in the driver's fastest way: a season has 12,000 of them."""
    columns = ", ".join(PRICE_COLUMNS)
    if not quotes:
        return
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY prices ({columns}) FROM STDIN") as copy:
            for quote in quotes:
                copy.write_row(quote)
        return
    places = ", ".join("?" * len(PRICE_COLUMNS))
    connection.exec_driver_sql(f"INSERT INTO prices ({columns}) VALUES ({places})", quotes)  # noqa: S608


def forget_seasons_but(connection: Connection, league: League, kept: Sequence[str]) -> None:
    """Removes the rows of all seasons of ``league`` except ``kept``; their archives stay."""
    old = select(matches.c.number).where(
        matches.c.league == league.key, ~matches.c.from_fixtures, matches.c.season.not_in(kept)
    )
    remove(connection, connection.scalars(old).all())


def remove(connection: Connection, numbers: Iterable[int]) -> None:
    """Removes matches with their prices."""
    keys = [{"key": number} for number in numbers]
    if keys:
        connection.execute(delete(prices).where(prices.c.match == bindparam("key")), keys)
        connection.execute(delete(matches).where(matches.c.number == bindparam("key")), keys)


def read(connection: Connection, condition: ColumnElement[bool], *, with_prices: bool = True) -> list[Match]:
    """The matches that fulfil ``condition``, by day and id."""
    found = connection.execute(select(matches).where(condition).order_by(matches.c.day, matches.c.id)).all()
    if not with_prices:
        return read_matches(found, ())
    columns = [prices.c[name] for name in PRICE_COLUMNS]
    numbers = [row.number for row in found]
    quotes: list[Any] = []
    for part in parts(numbers):
        # By their keys: a join would look at every price there is.
        of_these = prices.c.match.in_(part)
        quotes += connection.execute(select(*columns).where(of_these)).all()
    return read_matches(found, quotes)
