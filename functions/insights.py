"""GET /api/v1/insights/{match_id} · matches · leagues, POST /api/v1/insights, /openapi.json and /docs/api."""

from __future__ import annotations

from sabiscore.bootstrap.http_apps import insights_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured

app = insights_app()
handler = measured(lambda_handler(app), "insights")
