"""The tables of accounts. No backup of ours holds them: those of the database do.

Nothing here lets anybody in: passwords are argon2id hashes, API keys HMACs, and of a session's token only
the number of the newest one is kept.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from sabiscore.store.tables import Instant, metadata

accounts = Table(
    "accounts",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("email", String(254), nullable=False, unique=True),  # in small letters
    Column("password", Text),  # null: none to sign in with
    Column("role", String(10), nullable=False),
    Column("created_at", Instant, nullable=False),
)

account_identities = Table(
    "account_identities",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("email", String(254), nullable=False),  # as the provider had confirmed it then
    Index("account_identities_account", "account_id"),
)

account_sessions = Table(
    "account_sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Index("account_sessions_account", "account_id", "used_at"),
    Index("account_sessions_expires", "expires_at"),
)

account_keys = Table(
    "account_keys",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("account_id", ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(80), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
    Index("account_keys_account", "account_id"),
)

account_attempts = Table(
    "account_attempts",
    metadata,
    Column("subject", String(40), primary_key=True),  # an HMAC of an address or an e-mail
    Column("count", Integer, nullable=False),
    Column("until", Instant, nullable=False),  # when the window ends
    Index("account_attempts_until", "until"),
)
