"""What happened, in the order it is sent, with the effects of consumers and what was set aside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_INSTANT = sa.DateTime(timezone=True)
_TOLD = ("seq", "id", "kind", "match_id", "at", "body")


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer, primary_key=True),
        sa.Column("id", sa.String(40), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("match_id", sa.String(200), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("published_at", _INSTANT),
    )
    op.create_index("events_by_match", "events", ["match_id", "kind"])
    op.create_index("events_to_send", "events", ["published_at", "seq"])
    op.create_table(
        "event_effects",
        sa.Column("consumer", sa.String(20), primary_key=True),
        sa.Column("event_id", sa.String(40), primary_key=True),
        sa.Column("topic", sa.String(320), nullable=False),
        sa.Column("event_at", _INSTANT, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("event_effects_by_topic", "event_effects", ["consumer", "topic", "event_at"])
    op.create_index("event_effects_by_time", "event_effects", ["at"])
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("consumer", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    _guard()


def _guard() -> None:
    """What an event says stays, and one that was not sent stays too: the database refuses anything else."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'events is append-only'; END $$"
        )
        changes = f"BEFORE UPDATE OF {', '.join(_TOLD)} ON events FOR EACH STATEMENT"
        unsent = "BEFORE DELETE ON events FOR EACH ROW WHEN (OLD.published_at IS NULL)"
        for name, when in (("events_no_update", changes), ("events_no_delete", unsent)):
            op.execute(f"CREATE TRIGGER {name} {when} EXECUTE FUNCTION events_stay()")
        return
    refuse = "BEGIN SELECT RAISE(ABORT, 'events is append-only'); END"
    op.execute(f"CREATE TRIGGER events_no_update BEFORE UPDATE OF {', '.join(_TOLD)} ON events {refuse}")
    op.execute(
        f"CREATE TRIGGER events_no_delete BEFORE DELETE ON events WHEN OLD.published_at IS NULL {refuse}"
    )
