"""Every day at 02:00 UTC: verifies the ledger, tries the backup, puts away what is old."""

from __future__ import annotations

from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.measured import measured

handler = measured(schedule_handler("cleanup"), "cleanup")
