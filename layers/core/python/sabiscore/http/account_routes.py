"""The routes of the account function: sign up, in and out, and what is kept of a reader."""

from __future__ import annotations

import re
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sabiscore.accounts.service import Accounts, OpenSession, SignedIn
from sabiscore.accounts.tokens import ACCESS_LIFE, LONGEST_TOKEN
from sabiscore.errors import Refused, SignedOut
from sabiscore.http import parameters, queries
from sabiscore.http.account_body import NewKey, PasswordAgain, PasswordChange, SignIn, SignUp
from sabiscore.http.account_cookies import (
    clear_cookies,
    csrf_token,
    require_own_page,
    session_token,
    set_cookies,
)
from sabiscore.http.account_views import (
    AccountExport,
    AccountList,
    AccountView,
    ApiKeyList,
    ApiKeyView,
    NewApiKey,
    SessionEnded,
    SessionView,
    SignUpTaken,
)
from sabiscore.insights.document import Document
from sabiscore.limits.reader import reader_of

PATH = "/api/v1/account"
SESSION = f"{PATH}/session"
_NO_STORE = {"Cache-Control": "no-store"}
_KEY_ID = re.compile(r"[0-9a-f]{16}")


def account_routes(accounts: Callable[[], Accounts], site: Callable[[], str | None]) -> list[Route]:
    """Routes whose names are the operation ids of the API; both arguments are first called by a request.

    ``site`` is the Worker's address, whose pages may sign readers in.
    """

    async def post_account(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, SignUp)
        require_own_page(request, site())
        await run_in_threadpool(accounts().sign_up, asked.email, asked.password, _address(request))
        return _answer(SignUpTaken())

    async def get_account(request: Request) -> Response:
        parameters.no_query(request)
        return _answer(AccountView.of((await _signed_in(request, accounts)).account))

    async def delete_account(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, PasswordAgain)
        signed_in = await _signed_in(request, accounts)
        await run_in_threadpool(accounts().delete, signed_in, asked.password, _address(request))
        return _ended(SessionEnded(status="deleted"))

    async def post_account_password(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, PasswordChange)
        signed_in = await _signed_in(request, accounts)
        change, address = accounts().change_password, _address(request)
        return _opened(await run_in_threadpool(change, signed_in, asked.current, asked.password, address))

    async def get_account_export(request: Request) -> Response:
        parameters.no_query(request)
        data = await run_in_threadpool(accounts().data, await _signed_in(request, accounts))
        answer = _answer(AccountExport.of(data))
        answer.headers["Content-Disposition"] = 'attachment; filename="sabiscore-account.json"'
        return answer

    async def get_accounts(request: Request) -> Response:
        parameters.no_query(request)
        every = await run_in_threadpool(accounts().every, await _signed_in(request, accounts))
        return _answer(AccountList(accounts=tuple(AccountView.of(account) for account in every)))

    return [
        Route(PATH, get_account, name="get_account"),
        Route(PATH, post_account, name="post_account", methods=["POST"]),
        Route(PATH, delete_account, name="delete_account", methods=["DELETE"]),
        Route(f"{PATH}/password", post_account_password, name="post_account_password", methods=["POST"]),
        Route(f"{PATH}/export", get_account_export, name="get_account_export"),
        *_session_routes(accounts, site),
        *_key_routes(accounts),
        Route("/api/v1/accounts", get_accounts, name="get_accounts"),
    ]


def _session_routes(accounts: Callable[[], Accounts], site: Callable[[], str | None]) -> list[Route]:
    async def post_session(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, SignIn)
        require_own_page(request, site())
        opened = await run_in_threadpool(accounts().sign_in, asked.email, asked.password, _address(request))
        return _opened(opened)

    async def post_session_refresh(request: Request) -> Response:
        parameters.no_query(request)
        require_own_page(request, site())
        refresh = accounts().refresh
        return _opened(await run_in_threadpool(refresh, session_token(request), csrf_token(request)))

    async def delete_session(request: Request) -> Response:
        parameters.no_query(request)
        require_own_page(request, site())
        sign_out = accounts().sign_out
        await run_in_threadpool(sign_out, session_token(request), csrf_token(request))
        return _ended(SessionEnded(status="signed out"))

    return [
        Route(SESSION, post_session, name="post_session", methods=["POST"]),
        Route(SESSION, delete_session, name="delete_session", methods=["DELETE"]),
        Route(f"{SESSION}/refresh", post_session_refresh, name="post_session_refresh", methods=["POST"]),
    ]


def _key_routes(accounts: Callable[[], Accounts]) -> list[Route]:
    async def get_account_keys(request: Request) -> Response:
        parameters.no_query(request)
        return await _listed(await _signed_in(request, accounts))

    async def post_account_key(request: Request) -> Response:
        parameters.no_query(request)
        asked = await queries.body(request, NewKey)
        signed_in = await _signed_in(request, accounts)
        key, text = await run_in_threadpool(accounts().new_key, signed_in, asked.name)
        return _answer(NewApiKey(key=ApiKeyView.of(key), secret=text))

    async def delete_account_key(request: Request) -> Response:
        parameters.no_query(request)
        key_id: str = request.path_params["key"]
        if not _KEY_ID.fullmatch(key_id):
            raise Refused("path.key: an API key is named by its 16 digits.", hint="See the list of keys.")
        signed_in = await _signed_in(request, accounts)
        await run_in_threadpool(accounts().revoke_key, signed_in, key_id)
        return await _listed(signed_in)

    async def _listed(signed_in: SignedIn) -> Response:
        return _answer(ApiKeyList.of(tuple(await run_in_threadpool(accounts().keys, signed_in))))

    return [
        Route(f"{PATH}/keys", get_account_keys, name="get_account_keys"),
        Route(f"{PATH}/keys", post_account_key, name="post_account_key", methods=["POST"]),
        Route(f"{PATH}/keys/{{key}}", delete_account_key, name="delete_account_key", methods=["DELETE"]),
    ]


async def _signed_in(request: Request, accounts: Callable[[], Accounts]) -> SignedIn:
    return await run_in_threadpool(accounts().authenticate, _bearer(request))


def _bearer(request: Request) -> str:
    """The token of the call. Raises SignedOut where there is none, or more than one."""
    fields = request.headers.getlist("authorization")
    scheme, _, token = (fields[0] if len(fields) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not 0 < len(token) <= LONGEST_TOKEN:
        raise SignedOut("Nobody is signed in.", hint="Send Authorization: Bearer and the access token.")
    return token


def _address(request: Request) -> str:
    return reader_of(request.client.host if request.client else "")


def _answer(document: Document) -> Response:
    return Response(document.model_dump_json(), headers=_NO_STORE, media_type="application/json")


def session_answer(opened: OpenSession) -> Response:
    """What tells of a session that was opened or renewed, without its cookies."""
    return _answer(SessionView.of(opened, int(ACCESS_LIFE.total_seconds())))


def _opened(opened: OpenSession) -> Response:
    answer = session_answer(opened)
    set_cookies(answer, opened)
    return answer


def _ended(document: Document) -> Response:
    answer = _answer(document)
    clear_cookies(answer)
    return answer
