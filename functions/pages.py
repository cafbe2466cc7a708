"""The pages: GET / · /match/{match_id} · /value · /record · /pick, as HTML."""

from __future__ import annotations

from sabiscore.bootstrap.lambda_handler import lambda_handler, measured
from sabiscore.bootstrap.serving import pages_app

app = pages_app()
handler = measured(lambda_handler(app), "pages")
