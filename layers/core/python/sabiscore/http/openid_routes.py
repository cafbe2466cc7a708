"""The routes by which a reader signs in at an OpenID provider."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sabiscore.accounts.openid import OpenIdProvider
from sabiscore.accounts.service import Accounts
from sabiscore.http import parameters, queries
from sabiscore.http.account_body import ProviderAnswer
from sabiscore.http.account_cookies import (
    clear_state,
    require_own_page,
    set_cookies,
    set_state,
    state_token,
)
from sabiscore.http.account_routes import session_answer
from sabiscore.http.account_views import Departure

PATH = "/api/v1/account/openid"
CALLBACK = f"{PATH}/callback"
"""Where the provider sends readers back to: it has to know this address of ours."""
BACK_AT = "/"
_NO_STORE = {"Cache-Control": "no-store"}


def openid_routes(
    accounts: Callable[[], Accounts], provider: Callable[[], OpenIdProvider], site: Callable[[], str | None]
) -> list[Route]:
    """Routes whose names are the operation ids of the API; all arguments are first called by a request."""

    async def post_openid(request: Request) -> Response:
        parameters.no_query(request)
        require_own_page(request, site())
        location, state = await run_in_threadpool(provider().leave)
        answer = Response(
            Departure(location=location).model_dump_json(),
            headers=_NO_STORE,
            media_type="application/json",
        )
        set_state(answer, state)
        return answer

    async def get_openid_callback(request: Request) -> Response:
        asked = queries.query(request, ProviderAnswer)
        came_back, kept = provider().come_back, state_token(request)
        provider().require_state(kept, asked.state)
        await run_in_threadpool(accounts().take_once, asked.state)
        identity = await run_in_threadpool(came_back, asked.state, asked.code, asked.iss)
        opened = await run_in_threadpool(accounts().sign_in_as, identity)
        wants_page = "text/html" in request.headers.get("accept", "")
        answer = RedirectResponse(BACK_AT, 303, headers=_NO_STORE) if wants_page else session_answer(opened)
        set_cookies(answer, opened)
        clear_state(answer)
        return answer

    return [
        Route(PATH, post_openid, name="post_openid", methods=["POST"]),
        Route(CALLBACK, get_openid_callback, name="get_openid_callback"),
    ]
