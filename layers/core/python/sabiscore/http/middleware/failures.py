"""Whatever goes wrong below becomes a problem document; nothing inside is ever shown."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sabiscore.errors import AccountsOff, BadSetting, Overloaded, SabiScoreError, SecretsUnavailable
from sabiscore.http.problems import from_error, from_http, unexpected
from sabiscore.observability.log import log, log_bad_setting


class Failures:
    """Answers every exception of ours by its class, and any other with a plain 500.

    A reader who hung up in the middle of the body is no failure: it is counted under nginx's status for it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await _answer(scope, error)(scope, receive, send)


HUNG_UP = 499
"""Nobody is left to be sent this status; METRICS counts by it."""


def _answer(scope: Scope, error: Exception) -> ASGIApp:
    if isinstance(error, ClientDisconnect):
        return Response(status_code=HUNG_UP)
    if isinstance(error, SabiScoreError):
        response = from_error(scope, error)
    elif isinstance(error, HTTPException):
        response = from_http(scope, error)
    else:
        response = unexpected(scope)
    _log(scope, error, response.status_code)
    return response


def _log(scope: Scope, error: Exception, status: int) -> None:
    if isinstance(error, BadSetting):
        log_bad_setting(error.setting, error.hint)
    # Refusing has to stay cheaper than answering: METRICS counts what is shed, no line tells of it. Of the
    # store of secrets each attempt is logged, not each request in between; that there are no accounts is no
    # failure.
    elif status >= 500 and not isinstance(error, AccountsOff | Overloaded | SecretsUnavailable):
        log().error("%s %s failed", scope["method"], scope["path"], exc_info=error)
