"""GET /health · /health/live · /health/ready · /metrics."""

from __future__ import annotations

from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.serving import health_app

app = health_app()
handler = lambda_handler(app)
