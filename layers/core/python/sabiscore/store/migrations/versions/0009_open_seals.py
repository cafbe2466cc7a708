"""What the ledger has sealed and not settled, in a small table of its own that the database keeps in step.

Triggers keep it, so that a process of an older build, which knows nothing of it, adds to it as well.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_OPENS = (
    "INSERT INTO open_seals (seq, match_id, bundle) SELECT NEW.seq, NEW.match_id, NEW.bundle "
    "WHERE NOT EXISTS (SELECT 1 FROM ledger WHERE match_id = NEW.match_id AND kind = 'settled' "
    "AND bundle = NEW.bundle);"
)
_CLOSES = "DELETE FROM open_seals WHERE match_id = NEW.match_id AND bundle = NEW.bundle;"
_TRIGGERS = (("sealed", "opens", _OPENS), ("settled", "closes", _CLOSES))
_FILL = (
    "INSERT INTO open_seals (seq, match_id, bundle) SELECT seq, match_id, bundle FROM ledger "
    "WHERE kind = 'sealed' AND NOT EXISTS (SELECT 1 FROM ledger AS other "
    "WHERE other.match_id = ledger.match_id AND other.kind = 'settled' AND other.bundle = ledger.bundle)"
)


def upgrade() -> None:
    op.create_table(
        "open_seals",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("match_id", sa.String(200), nullable=False),
        sa.Column("bundle", sa.String(64), nullable=False),
    )
    op.create_index("open_seals_by_match", "open_seals", ["match_id", "bundle"])
    # First the triggers: on PostgreSQL they wait for those who append now, and no entry falls in between.
    for kind, verb, body in _TRIGGERS:
        _trigger(kind, f"ledger_{verb}", body)
    op.execute(_FILL)


def _trigger(kind: str, name: str, body: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        op.execute(f"CREATE TRIGGER {name} AFTER INSERT ON ledger WHEN NEW.kind = '{kind}' BEGIN {body} END")
        return
    returning = f"BEGIN {body} RETURN NULL; END"
    op.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ {returning} $$")
    op.execute(
        f"CREATE TRIGGER {name} AFTER INSERT ON ledger FOR EACH ROW WHEN (NEW.kind = '{kind}') "
        f"EXECUTE FUNCTION {name}()"
    )
