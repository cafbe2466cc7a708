"""The tables of the store (SQLAlchemy Core), for SQLite and PostgreSQL alike.

``season_files`` says what was read and which archive holds it; ``matches`` and ``prices`` hold the
newest two seasons of each division and all coming matches, which is what serving and schedules need.
A change of a table is a migration in ``migrations/versions``; a test holds the two equal.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)

SCHEMA = "1"
"""What ``meta`` says of every store; code from before the migrations reads no other."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; SQLite, which has no zones, keeps it without."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("name", String(20), primary_key=True),  # schema, kind
    Column("value", String(40), nullable=False),
)

season_files = Table(
    "season_files",
    metadata,
    Column("division", String(8), primary_key=True),
    Column("season", String(4), primary_key=True),
    Column("sha256", String(64), nullable=False),  # of the file as it was read
    Column("parser", Integer, nullable=False),
    Column("archive_sha256", String(64), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("matches", Integer, nullable=False),
    Column("refused", JSON, nullable=False),  # reason → rows
    Column("ingested_at", Instant, nullable=False),
)

teams = Table(
    "teams",
    metadata,
    Column("slug", String(80), primary_key=True),
    Column("name", String(80), nullable=False),  # as the newest season file spells it
    Column("country", String(40), nullable=False),
    Column("league", String(40), nullable=False),  # of the newest season
    Column("season_start", Integer, nullable=False),
)

matches = Table(
    "matches",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("id", String(200), nullable=False, unique=True),
    Column("league", String(40), nullable=False),
    Column("season", String(4), nullable=False),
    Column("day", Date, nullable=False),
    Column("kickoff_at", Instant),
    Column("home", String(80), nullable=False),
    Column("away", String(80), nullable=False),
    Column("leg", Integer, nullable=False),
    Column("home_goals", Integer),
    Column("away_goals", Integer),
    Column("rated", Boolean, nullable=False),
    Column("line_pre", Double),
    Column("line_close", Double),
    Column("priced_at", Instant),
    Column("from_fixtures", Boolean, nullable=False),  # from the list of coming matches, not a season file
    Index("matches_by_season", "league", "season"),
)

prices = Table(
    "prices",
    metadata,
    Column("match", ForeignKey("matches.number", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("market", String(4), primary_key=True),
    Column("book", String(8), primary_key=True),
    Column("phase", String(5), primary_key=True),
    Column("first", Double, nullable=False),  # home, over
    Column("second", Double, nullable=False),  # draw, under, or away in the handicap market
    Column("third", Double),  # away
    sqlite_with_rowid=False,
)

season_file_names = Table(
    "season_file_names",
    metadata,
    Column("division", String(8), primary_key=True),
    Column("season", String(4), primary_key=True),
    Column("digest", String(16), nullable=False),  # of the tables of names that the file was read by
)

club_spellings = Table(
    "club_spellings",
    metadata,
    Column("country", String(40), primary_key=True),
    Column("word", String(80), primary_key=True),  # slug of a name that no table has
    Column("club", String(80), nullable=False),  # whose matches it was found in the place of
    Column("learned_at", Instant, nullable=False),
)

renamed_matches = Table(
    "renamed_matches",
    metadata,
    Column("old_id", String(200), primary_key=True),
    Column("new_id", String(200), nullable=False),
    Column("renamed_at", Instant, nullable=False),
)
"""What a match was called before a club of it was known by its right name; the ledger keeps the old id."""

registers = Table(
    "registers",
    metadata,
    Column("name", String(80), primary_key=True),
    Column("value", Text, nullable=False),
)
"""Small texts that are changed by compare-and-swap: quotas, breakers and how sources fared."""
