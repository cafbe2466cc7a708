"""GET /health · /health/live · /health/ready · /metrics."""

from __future__ import annotations

from sabiscore.bootstrap.health import health_app
from sabiscore.bootstrap.lambda_handler import lambda_handler

app = health_app()
# Being alive needs no client of Redis; /metrics flushes by itself.
handler = lambda_handler(app, flushes=False)
