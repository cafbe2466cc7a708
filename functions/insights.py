"""GET /api/v1/insights/{match_id} · matches · leagues, POST /api/v1/insights, /openapi.json and /docs/api."""

from __future__ import annotations

from sabiscore.bootstrap.lambda_handler import lambda_handler, measured
from sabiscore.bootstrap.serving import insights_app

app = insights_app()
handler = measured(lambda_handler(app), "insights")
