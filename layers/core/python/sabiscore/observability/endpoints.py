"""The templates of every route of the functions: the values of the label ``endpoint``, held by a test."""

from __future__ import annotations

from collections.abc import Iterator

UNMATCHED = "unmatched"
"""No route: an unknown path, or a call that was refused before one was looked for."""

_READ = ("GET", "HEAD")

ENDPOINTS: dict[str, tuple[str, ...]] = {
    UNMATCHED: (*_READ, "POST"),
    "/api/v1/insights": ("POST",),
    "/vitals": ("POST",),
    "/api/revalidate": (*_READ, "POST"),
    "/api/v1/push/subscriptions": ("DELETE", "POST"),
    "/api/v1/account": ("DELETE", *_READ, "POST"),
    "/api/v1/account/session": ("DELETE", "POST"),
    "/api/v1/account/session/refresh": ("POST",),
    "/api/v1/account/openid": ("POST",),
    "/api/v1/account/password": ("POST",),
    "/api/v1/account/keys": (*_READ, "POST"),
    "/api/v1/account/keys/{key}": ("DELETE",),
    "/api/cron/{name}": ("POST",),
    **dict.fromkeys(
        (
            "/api/v1/insights/{match_id}",
            "/api/v1/matches",
            "/api/v1/matches/{match_id}",
            "/api/v1/matches/{match_id}/prices",
            "/api/v1/value-bets",
            "/api/v1/performance",
            "/api/v1/performance/{season}",
            "/api/v1/leagues",
            "/api/v1/ledger",
            "/api/v1/ledger/{entry}",
            "/api/v1/calendar/{file}",
            "/api/v1/feed.json",
            "/api/v1/system",
            "/api/v1/push",
            "/api/v1/account/export",
            "/api/v1/account/openid/callback",
            "/api/v1/accounts",
            "/api/cron",
            "/openapi.json",
            "/docs/api",
            "/llms.txt",
            "/health",
            "/health/live",
            "/health/ready",
            "/metrics",
            "/",
            "/match/{match_id}",
            "/match/{match_id}/prices",
            "/match/{match_id}/picture.png",
            "/embed/match/{match_id}",
            "/pick",
            "/sitemap.xml",
            "/value",
            "/record",
            "/record/ledger",
            "/record/ledger/{entry}",
            "/system",
            "/bets",
            "/guide",
            "/docs",
        ),
        _READ,
    ),
}
"""Template → the methods that it answers."""

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER = "other"
"""In place of a method that somebody made up, so that nobody can add series."""


def calls() -> Iterator[tuple[str, str]]:
    """Each (method, endpoint) that there is."""
    for endpoint, methods in ENDPOINTS.items():
        for method in methods:
            yield method, endpoint
