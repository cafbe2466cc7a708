"""The tables of names a season file was read by, spellings learnt from files, and renamed matches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "season_file_names",
        sa.Column("division", sa.String(8), primary_key=True),
        sa.Column("season", sa.String(4), primary_key=True),
        sa.Column("digest", sa.String(16), nullable=False),
    )
    op.create_table(
        "club_spellings",
        sa.Column("country", sa.String(40), primary_key=True),
        sa.Column("word", sa.String(80), primary_key=True),
        sa.Column("club", sa.String(80), nullable=False),
        sa.Column("learned_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "renamed_matches",
        sa.Column("old_id", sa.String(200), primary_key=True),
        sa.Column("new_id", sa.String(200), nullable=False),
        sa.Column("renamed_at", _INSTANT, nullable=False),
    )
