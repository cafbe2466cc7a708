"""Which browsers subscribed to push messages, to what, and what each of them is still to get."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("endpoint", sa.Text, nullable=False),
        sa.Column("p256dh", sa.String(100), nullable=False),
        sa.Column("auth", sa.String(30), nullable=False),
        sa.Column("created_at", _INSTANT, nullable=False),
        sa.Column("delivered_at", _INSTANT),
        sa.Column("failing_since", _INSTANT),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failure", sa.Text),
    )
    op.create_table(
        "push_topics",
        sa.Column("subscription_id", sa.String(40), primary_key=True),
        sa.Column("topic", sa.String(130), primary_key=True),
    )
    op.create_index("push_topics_topic", "push_topics", ["topic"])
    op.create_table(
        "push_deliveries",
        sa.Column("subscription_id", sa.String(40), primary_key=True),
        sa.Column("message_id", sa.String(40), primary_key=True),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("event_at", _INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("due_at", _INSTANT, nullable=False),
    )
    op.create_index("push_deliveries_due", "push_deliveries", ["state", "due_at"])
