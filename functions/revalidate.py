"""POST /api/revalidate, signed · GET /api/revalidate."""

from __future__ import annotations

from sabiscore.bootstrap.lambda_handler import lambda_handler, measured
from sabiscore.bootstrap.serving import revalidate_app

app = revalidate_app()
handler = measured(lambda_handler(app), "revalidate")
