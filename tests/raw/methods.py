"""Methods: those that a path has, those that it has not, and those that nobody has."""

from __future__ import annotations

from collections.abc import Iterator

from tests.raw.input import LEAGUES, MATCH_PATH, PAGE, PAGES_ELSEWHERE, Input, raw, request, workerd

UNKNOWN = "workerd knows a list of methods, in upper case"
KNOWN = ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PURGE", "PROPFIND", "QUERY")
READ_ONLY = ("/health", LEAGUES, MATCH_PATH, "/openapi.json")


def _wrong() -> Iterator[Input]:
    for method in KNOWN:
        for path in READ_ONLY[:2]:
            yield _refused(method, path, "GET, HEAD")
        yield _refused(method, PAGE, "GET, HEAD", by_itself=PAGES_ELSEWHERE)
    for path in READ_ONLY:
        yield _refused("POST", path, "GET, HEAD")
    for path in ("/api/v1/insights", "/api/cron/odds"):
        yield _refused("GET", path, "POST")
    yield _refused("PUT", "/api/revalidate", "GET, HEAD, POST")
    yield _refused("PUT", "/api/v1/push/subscriptions", "DELETE, POST")
    yield _refused("POST", "/api/v1/push", "GET, HEAD")
    yield _refused("PUT", "/api/v1/account", "DELETE, GET, HEAD, POST")
    yield _refused("PUT", "/api/v1/account/session", "DELETE, POST")
    yield _refused("GET", "/api/v1/account/session/refresh", "POST")
    for method in ("FOO", "get", "M-SEARCH"):
        yield _refused(method, "/health", "GET, HEAD", by_itself=workerd(501, UNKNOWN))
    nothing = request("POST /nothing HTTP/1.1", "Content-Length: 0")
    yield raw("POST to nothing", nothing, 404, problem="not-found", by_itself=PAGES_ELSEWHERE)
    yield raw(
        "DELETE of nothing of the API", request("DELETE /api/nothing HTTP/1.1"), 404, problem="not-found"
    )


def _refused(method: str, path: str, allow: str, **options: object) -> Input:
    data = request(f"{method} {path} HTTP/1.1", "Content-Length: 0" if method == "POST" else "X-A: b")
    fields = {"allow": allow}
    return raw(f"{method} {path}", data, 405, problem="method-not-allowed", fields=fields, **options)


def _head(path: str, status: int = 200, **options: object) -> Input:
    return raw(f"HEAD {path}", request(f"HEAD {path} HTTP/1.1"), status, method="HEAD", **options)


INPUTS = (
    *_wrong(),
    *(
        _head(path)
        for path in (*READ_ONLY, "/health/live", "/metrics", "/docs/api", "/api/v1/matches?league=epl")
    ),
    _head("/"),
    _head("/api/v1/nothing", 404),
    _head("/nothing", 404, by_itself=PAGES_ELSEWHERE),
)
