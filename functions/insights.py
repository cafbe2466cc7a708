"""GET /api/v1/insights/{match_id} · matches · leagues, POST /api/v1/insights, /openapi.json and /docs."""

from __future__ import annotations

from sabiscore.bootstrap import insights_app
from sabiscore.observability.lambda_handler import lambda_handler, measured

app = insights_app()
handler = measured(lambda_handler(app), "insights")
