"""The tables of outgoing webhooks: who subscribed, and what each of them is still to get.

A subscription's secret is kept here in the clear, since messages are signed with it; no list, log or backup
holds it.
"""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Index, Integer, String, Table, Text

from sabiscore.store.tables import Instant, metadata

webhook_subscriptions = Table(
    "webhook_subscriptions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("types", JSON, nullable=False),
    Column("is_local", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("delivered_at", Instant),
    Column("failing_since", Instant),  # null while the last message was taken
    Column("failures", Integer, nullable=False),  # attempts since the last message was taken
    Column("failure", Text),
    Column("disabled_at", Instant),
)

webhook_deliveries = Table(
    "webhook_deliveries",
    metadata,
    Column("subscription_id", String(40), primary_key=True),
    Column("message_id", String(40), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("body", Text, nullable=False),  # the very text that is sent and signed
    Column("event_at", Instant, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("state", String(10), nullable=False),  # waiting, delivered, given_up
    Column("due_at", Instant, nullable=False),
    Index("webhook_deliveries_due", "state", "due_at"),
)
