"""Readers' accounts, identities, sessions and API keys, and how often somebody tried to sign in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011.0010"
down_revision = "0010"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("email", sa.String(254), nullable=False, unique=True),
        sa.Column("password", sa.Text),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
    )
    op.create_table(
        "account_identities",
        sa.Column("issuer", sa.String(200), primary_key=True),
        sa.Column("subject", sa.String(255), primary_key=True),
        sa.Column(
            "account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("email", sa.String(254), nullable=False),
    )
    op.create_index("account_identities_account", "account_identities", ["account_id"])
    op.create_table(
        "account_sessions",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column(
            "account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=False),
        sa.Column("expires_at", _INSTANT, nullable=False),
    )
    op.create_index("account_sessions_account", "account_sessions", ["account_id", "used_at"])
    op.create_index("account_sessions_expires", "account_sessions", ["expires_at"])
    op.create_table(
        "account_keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column(
            "account_id", sa.String(32), sa.ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT),
    )
    op.create_index("account_keys_account", "account_keys", ["account_id"])
    op.create_table(
        "account_attempts",
        sa.Column("subject", sa.String(40), primary_key=True),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
    )
    op.create_index("account_attempts_until", "account_attempts", ["until"])
