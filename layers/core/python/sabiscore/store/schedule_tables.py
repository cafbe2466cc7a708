"""The tables that schedules write, beside those of facts in ``tables``.

``odds_snapshots`` and ``observations`` only grow (cleanup archives what is old); ``ledger`` only
grows, and the database refuses anything else; triggers keep ``open_seals`` in step with it, and nobody
else writes it. ``standings`` and ``expected_goals`` only grow too.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Double,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from sabiscore.store.tables import Instant, metadata

odds_snapshots = Table(
    "odds_snapshots",
    metadata,
    Column("match_id", String(200), primary_key=True),
    Column("market", String(4), primary_key=True),
    Column("book", String(8), primary_key=True),
    Column("quoted_at", Instant, primary_key=True),  # by the provider's own word, else when it was fetched
    Column("source", String(40), primary_key=True),
    Column("first", Double, nullable=False),  # home, over
    Column("second", Double, nullable=False),  # draw, under, or away in the handicap market
    Column("third", Double),  # away
    Column("line", Double),  # goals given to home in the handicap market
    Column("fetched_at", Instant, nullable=False),
    Index("odds_snapshots_by_time", "quoted_at"),
)

observations = Table(
    "observations",
    metadata,
    Column("match_id", String(200), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("known_at", Instant, primary_key=True),
    Column("league", String(40), nullable=False),
    Column("season", String(4), nullable=False),
    Column("day", Date, nullable=False),
    Column("kickoff_at", Instant),
    Column("home", String(80), nullable=False),
    Column("away", String(80), nullable=False),
    Column("leg", Integer, nullable=False),
    Column("status", String(12), nullable=False),
    Column("home_goals", Integer),
    Column("away_goals", Integer),
    Index("observations_by_day", "day"),
)

ledger = Table(
    "ledger",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(8), nullable=False),  # sealed, settled
    Column("match_id", String(200), nullable=False),
    Column("bundle", String(64), nullable=False),
    Column("stage", String(8), nullable=False),  # day, hour; result for a settled one
    Column("kickoff_at", Instant, nullable=False),
    Column("at", Instant, nullable=False),  # when it was sealed or settled
    Column("previous", String(64), nullable=False, unique=True),  # so the chain cannot fork
    Column("hash", String(64), nullable=False, unique=True),
    Column("body", Text, nullable=False),  # the very text that was hashed
    UniqueConstraint("match_id", "kind", "bundle", "stage", "kickoff_at", name="ledger_once"),
    CheckConstraint("kind <> 'sealed' OR at < kickoff_at", name="ledger_before_kickoff"),
)

open_seals = Table(
    "open_seals",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),  # of a seal whose match is not settled
    Column("match_id", String(200), nullable=False),
    Column("bundle", String(64), nullable=False),
    Index("open_seals_by_match", "match_id", "bundle"),
)

bets = Table(
    "bets",
    metadata,
    Column("match_id", String(200), primary_key=True),
    Column("outcome", String(4), primary_key=True),
    Column("bundle", String(64), primary_key=True),
    Column("league", String(40), nullable=False),
    Column("kickoff_at", Instant, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("book", String(8), nullable=False),
    Column("odds", Double, nullable=False),  # when it was found: this is the price on the record
    Column("probability", Double, nullable=False),
    Column("quality", String(8), nullable=False),
    Column("stake_fraction", Double, nullable=False),
    Column("seen_odds", Double),  # the best price now; null since there is no edge any more
    Column("settled_at", Instant),
    Column("won", Boolean),
    Column("close", Double),  # fair closing probability of the outcome
)

job_runs = Table(
    "job_runs",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("job", String(20), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("outcome", String(8), nullable=False),  # running, done, failed
    Column("report", JSON, nullable=False),
    Index("job_runs_by_job", "job", "started_at"),
)

job_locks = Table(
    "job_locks",
    metadata,
    Column("job", String(20), primary_key=True),
    Column("owner", String(32), nullable=False),
    Column("until", Instant, nullable=False),
)

populations = Table(
    "populations",
    metadata,
    Column("bundle", String(64), primary_key=True),
    Column("day", Date, primary_key=True),  # UTC, on which they were sealed
    Column("seals", Integer, nullable=False),
    Column("counts", Text, nullable=False),  # JSON: how many values, bin by bin, feature after feature
)

standings = Table(
    "standings",
    metadata,
    Column("league", String(40), primary_key=True),
    Column("season", String(4), primary_key=True),
    Column("team", String(80), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("known_at", Instant, primary_key=True),
    Column("rank", Integer, nullable=False),
    Column("played", Integer, nullable=False),
    Column("won", Integer, nullable=False),
    Column("drawn", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("goals_for", Integer, nullable=False),
    Column("goals_against", Integer, nullable=False),
    Column("points", Integer, nullable=False),
)

expected_goals = Table(
    "expected_goals",
    metadata,
    Column("match_id", String(200), primary_key=True),
    Column("source", String(40), primary_key=True),
    Column("known_at", Instant, primary_key=True),
    Column("league", String(40), nullable=False),
    Column("season", String(4), nullable=False),
    Column("home", Double, nullable=False),
    Column("away", Double, nullable=False),
    Index("expected_goals_by_season", "league", "season"),
)
