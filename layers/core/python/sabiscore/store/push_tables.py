"""The tables of push messages: which browsers subscribed to what, and what each of them is still to get.

A subscription has no name and no address of a reader: its endpoint and keys were made by a browser for this
site alone. No list, log or backup holds them.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from sabiscore.store.tables import Instant, metadata

push_subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("endpoint", Text, nullable=False),
    Column("p256dh", String(100), nullable=False),
    Column("auth", String(30), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("failing_since", Instant),  # null while the last message was taken
    Column("failures", Integer, nullable=False),  # attempts since the last message was taken
    Column("failure", Text),
)

push_topics = Table(
    "push_topics",
    metadata,
    Column("subscription_id", String(40), primary_key=True),
    Column("topic", String(130), primary_key=True),
    Index("push_topics_topic", "topic"),
)

push_deliveries = Table(
    "push_deliveries",
    metadata,
    Column("subscription_id", String(40), primary_key=True),
    Column("message_id", String(40), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),  # what is encrypted for the browser
    Column("event_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, delivered, given_up
    Column("due_at", Instant, nullable=False),
    Index("push_deliveries_due", "state", "due_at"),
)
