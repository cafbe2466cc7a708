"""The tables of events: what happened, what consumers did about it, and what could not be believed.

``events`` only grows until cleanup takes out old ones that were sent: the database refuses to change what
an event says, and to lose one that was not sent.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from sabiscore.store.tables import Instant, metadata

events = Table(
    "events",
    metadata,
    Column("seq", Integer, primary_key=True),  # the order in which they are sent
    Column("id", String(40), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("match_id", String(200), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", Text, nullable=False),  # the very text that is sent
    Column("published_at", Instant),  # null until every consumer has had it
    Index("events_by_match", "match_id", "kind"),
    Index("events_to_send", "published_at", "seq"),
)

event_effects = Table(
    "event_effects",
    metadata,
    Column("consumer", String(20), primary_key=True),
    Column("event_id", String(40), primary_key=True),
    Column("topic", String(320), nullable=False),
    Column("event_at", Instant, nullable=False),
    Column("state", String(10), nullable=False),  # begun, done
    Column("at", Instant, nullable=False),
    Index("event_effects_by_topic", "consumer", "topic", "event_at"),
    Index("event_effects_by_time", "at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of consumer and body: set aside once
    Column("consumer", String(20), nullable=False),  # empty: nobody could read it
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),  # its beginning, where it is long
    Column("at", Instant, nullable=False),
)
