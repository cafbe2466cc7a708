"""/api/v1/account and what is below it: readers' accounts, and the list of them for operators."""

from __future__ import annotations

from sabiscore.bootstrap.account import account_app
from sabiscore.bootstrap.lambda_handler import lambda_handler
from sabiscore.bootstrap.measured import measured

app = account_app()
handler = measured(lambda_handler(app), "account")
