"""The cookies of a session, and whether a call may have been caused by a page of another site."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from sabiscore.accounts.openid import FLOW_LIFE
from sabiscore.accounts.service import OpenSession
from sabiscore.errors import NotAllowed

# __Host-: by browsers' own rule no other host, not even one below ours, and no http page can set these.
SESSION_COOKIE = "__Host-sabiscore-session"
CSRF_COOKIE = "__Host-sabiscore-csrf"
CSRF_HEADER = "x-csrf-token"
STATE_COOKIE = "__Host-sabiscore-state"


def set_cookies(response: Response, opened: OpenSession) -> None:
    """``response`` with the session's token, which no script can read, and the one against forged calls."""
    left_s = int((opened.session.expires_at - opened.session.used_at).total_seconds())
    for name, value, is_hidden in (
        (SESSION_COOKIE, opened.session_token, True),
        (CSRF_COOKIE, opened.csrf_token, False),
    ):
        response.set_cookie(name, value, max_age=left_s, secure=True, httponly=is_hidden, samesite="strict")


def clear_cookies(response: Response) -> None:
    """``response`` takes both cookies back."""
    for name, is_hidden in ((SESSION_COOKIE, True), (CSRF_COOKIE, False)):
        response.delete_cookie(name, secure=True, httponly=is_hidden, samesite="strict")


def set_state(response: Response, state: str) -> None:
    """``response`` with what ties coming back from a provider to this browser."""
    # Lax: coming back is a link on another site.
    life_s = int(FLOW_LIFE.total_seconds())
    response.set_cookie(STATE_COOKIE, state, max_age=life_s, secure=True, httponly=True, samesite="lax")


def clear_state(response: Response) -> None:
    """``response`` takes it back."""
    response.delete_cookie(STATE_COOKIE, secure=True, httponly=True, samesite="lax")


def state_token(request: Request) -> str:
    """What ties a reader who comes back to this browser; "" where it did not send one away."""
    return request.cookies.get(STATE_COOKIE, "")


def session_token(request: Request) -> str:
    """What the session's cookie holds; "" where there is none."""
    return request.cookies.get(SESSION_COOKIE, "")


def csrf_token(request: Request) -> str:
    """The token that the header repeats. Raises NotAllowed where header and cookie differ."""
    sent = request.headers.get(CSRF_HEADER, "")
    if sent != request.cookies.get(CSRF_COOKIE, ""):
        raise NotAllowed(
            "The CSRF token is missing or wrong.", hint="Send the cookie of that name in X-CSRF-Token."
        )
    return sent


def require_own_page(request: Request, site: str | None) -> None:
    """Refuses a call that a page of another site caused; ``site`` is the Worker's address.

    Browsers say so themselves, and no script can change what they say. Older ones name the page's origin
    only. A program that is no browser names neither, and has no cookies of a reader's.
    """
    fetched = request.headers.get("sec-fetch-site")
    if fetched in ("same-origin", "none"):
        return
    origin = request.headers.get("origin")
    if fetched is None and (origin is None or _is_own(origin, request, site)):
        return
    raise NotAllowed("A page of another site may not do this.", hint="Open the site itself.")


def _is_own(origin: str, request: Request, site: str | None) -> bool:
    host = urlsplit(origin).netloc
    return bool(host) and (origin == site or host == request.headers.get("host"))
