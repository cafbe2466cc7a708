"""The pages: GET / · /match/{match_id} · /value · /record · /pick, as HTML."""

from __future__ import annotations

from sabiscore.bootstrap.http_apps import pages_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured

app = pages_app()
handler = measured(lambda_handler(app), "pages")
