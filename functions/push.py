"""GET /api/v1/push · POST and DELETE /api/v1/push/subscriptions."""

from __future__ import annotations

from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured
from sabiscore.bootstrap.push import push_app

app = push_app()
handler = measured(lambda_handler(app), "push")
