"""What schedules write: snapshots of odds, results as observed, the ledger, bets and runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "odds_snapshots",
        sa.Column("match_id", sa.String(200), primary_key=True),
        sa.Column("market", sa.String(4), primary_key=True),
        sa.Column("book", sa.String(8), primary_key=True),
        sa.Column("quoted_at", _INSTANT, primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("first", sa.Double, nullable=False),
        sa.Column("second", sa.Double, nullable=False),
        sa.Column("third", sa.Double),
        sa.Column("line", sa.Double),
        sa.Column("fetched_at", _INSTANT, nullable=False),
    )
    op.create_index("odds_snapshots_by_time", "odds_snapshots", ["quoted_at"])
    op.create_table(
        "observations",
        sa.Column("match_id", sa.String(200), primary_key=True),
        sa.Column("source", sa.String(40), primary_key=True),
        sa.Column("known_at", _INSTANT, primary_key=True),
        sa.Column("league", sa.String(40), nullable=False),
        sa.Column("season", sa.String(4), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("kickoff_at", _INSTANT),
        sa.Column("home", sa.String(80), nullable=False),
        sa.Column("away", sa.String(80), nullable=False),
        sa.Column("leg", sa.Integer, nullable=False),
        sa.Column("status", sa.String(12), nullable=False),
        sa.Column("home_goals", sa.Integer),
        sa.Column("away_goals", sa.Integer),
    )
    op.create_index("observations_by_day", "observations", ["day"])
    op.create_table(
        "ledger",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("match_id", sa.String(200), nullable=False),
        sa.Column("bundle", sa.String(64), nullable=False),
        sa.Column("stage", sa.String(8), nullable=False),
        sa.Column("kickoff_at", _INSTANT, nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.UniqueConstraint("match_id", "kind", "bundle", "stage", "kickoff_at", name="ledger_once"),
        sa.CheckConstraint("kind <> 'sealed' OR at < kickoff_at", name="ledger_before_kickoff"),
    )
    op.create_table(
        "bets",
        sa.Column("match_id", sa.String(200), primary_key=True),
        sa.Column("outcome", sa.String(4), primary_key=True),
        sa.Column("bundle", sa.String(64), primary_key=True),
        sa.Column("league", sa.String(40), nullable=False),
        sa.Column("kickoff_at", _INSTANT, nullable=False),
        sa.Column("opened_at", _INSTANT, nullable=False),
        sa.Column("book", sa.String(8), nullable=False),
        sa.Column("odds", sa.Double, nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("quality", sa.String(8), nullable=False),
        sa.Column("stake_fraction", sa.Double, nullable=False),
        sa.Column("seen_odds", sa.Double),
        sa.Column("settled_at", _INSTANT),
        sa.Column("won", sa.Boolean),
        sa.Column("close", sa.Double),
    )
    op.create_table(
        "job_runs",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("job", sa.String(20), nullable=False),
        sa.Column("started_at", _INSTANT, nullable=False),
        sa.Column("finished_at", _INSTANT),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("report", sa.JSON, nullable=False),
    )
    op.create_index("job_runs_by_job", "job_runs", ["job", "started_at"])
    op.create_table(
        "job_locks",
        sa.Column("job", sa.String(20), primary_key=True),
        sa.Column("owner", sa.String(32), nullable=False),
        sa.Column("until", _INSTANT, nullable=False),
    )
    op.create_table(
        "registers",
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("value", sa.Text, nullable=False),
    )
    _append_only("ledger")


def _append_only(table: str) -> None:
    """What is in ``table`` stays as it is: the database itself refuses anything else."""
    sentence = f"{table} is append-only"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{sentence}'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_append_only()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
        )
