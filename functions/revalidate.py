"""POST /api/revalidate, signed · GET /api/revalidate."""

from __future__ import annotations

from sabiscore.bootstrap.http_apps import revalidate_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured

app = revalidate_app()
handler = measured(lambda_handler(app), "revalidate")
