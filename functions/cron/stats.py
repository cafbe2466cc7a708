"""Every hour: results, fixtures and statistics; settles what was sealed."""

from __future__ import annotations

from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.measured import measured

handler = measured(schedule_handler("stats"), "stats")
