"""Every 3 minutes: live calibration and the public record, from what was settled."""

from __future__ import annotations

from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.measured import measured

handler = measured(schedule_handler("calibrate"), "calibrate")
