"""The routes of every function, for the API document: none of their endpoints is ever called."""

from __future__ import annotations

from typing import Any, NoReturn

from starlette.routing import Route

from sabiscore.http.about_routes import about_routes
from sabiscore.http.account_routes import account_routes
from sabiscore.http.cron_routes import cron_routes
from sabiscore.http.export_routes import export_routes
from sabiscore.http.health_routes import health_routes
from sabiscore.http.insights_routes import insights_routes
from sabiscore.http.ledger_routes import ledger_routes
from sabiscore.http.openid_routes import openid_routes
from sabiscore.http.pages.routes import page_routes
from sabiscore.http.push_routes import push_routes
from sabiscore.http.revalidate_routes import revalidate_routes
from sabiscore.http.system_routes import system_routes


def every_route() -> list[Route]:
    """The routes in the order in which the document lists them."""
    return [
        *insights_routes(_never, _never),
        *ledger_routes(_never, _never),
        *export_routes(_never, _never),
        *system_routes(_never, _never, _never),
        *about_routes(),
        *revalidate_routes(_never, _never, _never),
        *push_routes(_never, _never),
        *account_routes(_never, _never),
        *openid_routes(_never, _never, _never),
        *cron_routes(_never, _never, _never),
        *health_routes(_never, _never),
    ]


def every_page() -> list[Route]:
    """The routes that answer with HTML: they are for people, and not in the document."""
    return page_routes(_never, _never, _never, _never, _never)


def _never(*_: Any) -> NoReturn:
    raise AssertionError("a route of the API document was called")
