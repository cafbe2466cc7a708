"""Events that an older build handed to a stream, and that its consumers may not have had, wait again.

That build called an event sent once the stream had it. Consumers retry for six hours at the longest, and
an effect that was had is not had again: it is noted by the event's id.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_LONGEST_RETRY = timedelta(hours=6)


def upgrade() -> None:
    published_at = sa.column("published_at", sa.DateTime(timezone=True))
    since = datetime.now(UTC) - _LONGEST_RETRY
    op.execute(
        sa.update(sa.table("events", published_at)).where(published_at > since).values(published_at=None)
    )
