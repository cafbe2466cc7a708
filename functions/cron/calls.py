"""GET /api/cron · POST /api/cron/{name}, signed."""

from __future__ import annotations

from sabiscore.bootstrap.cron import cron_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured

app = cron_app()
handler = measured(lambda_handler(app), "cron")
