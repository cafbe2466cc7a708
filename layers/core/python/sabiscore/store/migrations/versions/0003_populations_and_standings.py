"""What is counted of sealed vectors, and what is gathered besides results: standings and expected goals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "populations",
        sa.Column("bundle", sa.String(64), primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("seals", sa.Integer, nullable=False),
        sa.Column("counts", sa.Text, nullable=False),
    )
    op.create_table(
        "standings",
        sa.Column("league", sa.String(40), primary_key=True),
        sa.Column("season", sa.String(4), primary_key=True),
        sa.Column("team", sa.String(80), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("known_at", _INSTANT, primary_key=True),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("rank", "played", "won", "drawn", "lost", "goals_for", "goals_against", "points")
        ),
    )
    op.create_table(
        "expected_goals",
        sa.Column("match_id", sa.String(200), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("known_at", _INSTANT, primary_key=True),
        sa.Column("league", sa.String(40), nullable=False),
        sa.Column("season", sa.String(4), nullable=False),
        sa.Column("home", sa.Double, nullable=False),
        sa.Column("away", sa.Double, nullable=False),
    )
    op.create_index("expected_goals_by_season", "expected_goals", ["league", "season"])
