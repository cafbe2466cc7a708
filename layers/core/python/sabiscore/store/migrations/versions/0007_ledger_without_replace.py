"""On SQLite an entry of the ledger can no longer be replaced by an insert with a key that is taken.

REPLACE deletes the row in its way without firing the triggers against deletion, unless a connection asks for
recursive triggers. A trigger of its own refuses the insert before, whatever the connection asks for.
"""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision = "0006"

_TAKEN = (
    "SELECT 1 FROM ledger WHERE seq = NEW.seq OR previous = NEW.previous OR hash = NEW.hash OR "
    "(match_id = NEW.match_id AND kind = NEW.kind AND bundle = NEW.bundle "
    "AND stage = NEW.stage AND kickoff_at = NEW.kickoff_at)"
)


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        return
    op.execute(
        f"CREATE TRIGGER ledger_no_replace BEFORE INSERT ON ledger WHEN EXISTS ({_TAKEN}) "
        "BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END"
    )
