"""The apps of the functions that answer readers and the revalidation webhook: a part of ``bootstrap``.

Schedules serve no HTTP, so they import ``serving`` and never this.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.types import ASGIApp

from sabiscore.bootstrap.serving import Bootstrap, process
from sabiscore.http.app import create_app
from sabiscore.http.middleware.follow import Follow


def insights_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the insights function; the environment is read by the first request."""
    # pydantic and its models are for this function only: health answers without them.
    from sabiscore.http.about_routes import about_routes
    from sabiscore.http.export_routes import export_routes
    from sabiscore.http.insights_routes import insights_routes
    from sabiscore.http.ledger_routes import ledger_routes
    from sabiscore.http.system_routes import system_routes

    parts = (lambda: (bootstrap or process()).insights), (lambda: (bootstrap or process()).answers)
    of_system = system_routes(*parts, lambda: (bootstrap or process()).health)
    routes = [
        *insights_routes(*parts),
        *ledger_routes(*parts),
        *export_routes(*parts),
        *of_system,
        *about_routes(),
    ]
    return create_app(routes, lambda: (bootstrap or process()).guard, _following(bootstrap))


def pages_app(bootstrap: Bootstrap | None = None) -> ASGIApp:
    """The app of the pages function; the environment is read by the first request."""
    from sabiscore.http.middleware.problem_pages import ProblemPages
    from sabiscore.http.pages.routes import page_routes

    routes = page_routes(
        lambda: (bootstrap or process()).insights,
        lambda: (bootstrap or process()).answers,
        lambda: (bootstrap or process()).health,
        lambda: (bootstrap or process()).settings.edge_url,
        lambda: (bootstrap or process()).settings.requests_per_minute,
    )
    app = create_app(routes, lambda: (bootstrap or process()).pages_guard, _following(bootstrap))
    return ProblemPages(app)


def revalidate_app(bootstrap: Bootstrap | None = None) -> Starlette:
    """The app of the revalidate function; the environment is read by the first request."""
    from sabiscore.http.revalidate_routes import revalidate_routes

    routes = revalidate_routes(
        lambda: (bootstrap or process()).revalidation,
        lambda: (bootstrap or process()).revalidate_calls,
        lambda: (bootstrap or process()).now(),
    )
    # Who calls it has just replaced something, and what is made from now on must be of that.
    follow = _following(bootstrap, at_once=True)
    return create_app(routes, lambda: (bootstrap or process()).guard, follow)


def _following(bootstrap: Bootstrap | None, *, at_once: bool = False) -> list[Middleware]:
    return [Middleware(Follow, following=lambda: (bootstrap or process()).follower, at_once=at_once)]
