"""Every day at 02:00 UTC: verifies the ledger, tries the backup, puts away what is old."""

from __future__ import annotations

from sabiscore.bootstrap_schedules import schedule_handler
from sabiscore.observability.lambda_handler import measured

handler = measured(schedule_handler("cleanup"), "cleanup")
