"""The facts of matches, as they were before schedules. Tables may be there already, whole or in part."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "season_files",
        sa.Column("division", sa.String(8), primary_key=True),
        sa.Column("season", sa.String(4), primary_key=True),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("parser", sa.Integer, nullable=False),
        sa.Column("archive_sha256", sa.String(64), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("matches", sa.Integer, nullable=False),
        sa.Column("refused", sa.JSON, nullable=False),
        sa.Column("ingested_at", _INSTANT, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "teams",
        sa.Column("slug", sa.String(80), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("country", sa.String(40), nullable=False),
        sa.Column("league", sa.String(40), nullable=False),
        sa.Column("season_start", sa.Integer, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "matches",
        sa.Column(
            "number",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("id", sa.String(200), nullable=False, unique=True),
        sa.Column("league", sa.String(40), nullable=False),
        sa.Column("season", sa.String(4), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kickoff_at", _INSTANT),
        sa.Column("home", sa.String(80), nullable=False),
        sa.Column("away", sa.String(80), nullable=False),
        sa.Column("leg", sa.Integer, nullable=False),
        sa.Column("home_goals", sa.Integer),
        sa.Column("away_goals", sa.Integer),
        sa.Column("rated", sa.Boolean, nullable=False),
        sa.Column("line_pre", sa.Double),
        sa.Column("line_close", sa.Double),
        sa.Column("priced_at", _INSTANT),
        sa.Column("from_fixtures", sa.Boolean, nullable=False),
        if_not_exists=True,
    )
    op.create_index("matches_by_season", "matches", ["league", "season"], if_not_exists=True)
    op.create_table(
        "prices",
        sa.Column(
            "match",
            sa.BigInteger().with_variant(sa.Integer, "sqlite"),
            sa.ForeignKey("matches.number", ondelete="CASCADE"),
            primary_key=True,
            autoincrement=False,
        ),
        sa.Column("market", sa.String(4), primary_key=True),
        sa.Column("book", sa.String(8), primary_key=True),
        sa.Column("phase", sa.String(5), primary_key=True),
        sa.Column("first", sa.Double, nullable=False),
        sa.Column("second", sa.Double, nullable=False),
        sa.Column("third", sa.Double),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("value", sa.String(40), nullable=False),
        if_not_exists=True,
    )
