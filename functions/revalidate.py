"""POST /api/revalidate, signed · GET /api/revalidate."""

from __future__ import annotations

from sabiscore.bootstrap import revalidate_app
from sabiscore.observability.lambda_handler import lambda_handler, measured

app = revalidate_app()
handler = measured(lambda_handler(app), "revalidate")
