"""Every 5 minutes: scores in play, prices, predictions of what they touch, seals, value bets."""

from __future__ import annotations

from sabiscore.bootstrap.jobs import schedule_handler
from sabiscore.bootstrap.measured import measured

handler = measured(schedule_handler("odds"), "odds")
