"""Where a request ends and what its fields are: what one server takes for one, no other may take for two."""

from __future__ import annotations

from tests.raw.input import Input, get, raw, request, workerd

REFUSES = "workerd refuses it before the Worker is asked, with 500 and no body of ours"
LENIENT = "workerd reads it as if it were well formed"
NAMELESS = "workerd wants a Host, whatever the version"


def _health(name: str, *fields: str, status: int = 200, **options: object) -> Input:
    return get(name, "/health", *fields, status=status, **options)


INPUTS = (
    raw("no Host", request("GET /health HTTP/1.1", host=None), 400),
    _health("two Hosts", "Host: other.example", status=400, by_itself=workerd(500, REFUSES)),
    raw(
        "no Host, HTTP/1.0", request("GET /health HTTP/1.0", host=None), 200, by_itself=workerd(400, NAMELESS)
    ),
    raw("HTTP/1.0", request("GET /health HTTP/1.0"), 200),
    raw("HTTP/0.9", b"GET /health\r\n\r\n", 400),
    raw("a version that is none", request("GET /health HTTP/1.x"), 400, by_itself=workerd(200, LENIENT)),
    raw("a version in lower case", request("GET /health http/1.1"), 400, by_itself=workerd(200, LENIENT)),
    raw("lines ended by LF", b"GET /health HTTP/1.1\nHost: x\n\n", 200),
    raw(
        "a line before",
        b"\r\n" + request("GET /health HTTP/1.1"),
        400,
        by_itself=workerd(501, "workerd takes it for a method"),
    ),
    _health("space before a colon", "X-A : b", status=400, by_itself=workerd(200, LENIENT)),
    _health("a folded field", "X-A: b", "  c"),
    _health("a field that ends with spaces", "X-A: b   "),
    _health("an empty field", "X-A:"),
    _health("a field in Latin-1", "X-A: \xe9"),
    _health("CR in a field", "X-A: a\rb", status=400),
    _health("NUL in a field", "X-A: a\0b", status=400),
    _health("no colon", "XA", status=400),
    _health("a field without a name", ": b", status=400),
    _health("fields of 5,000 bytes", "X-A: " + "a" * 5_000),
    _health("fields of 12,000 bytes", "X-A: " + "a" * 12_000, status=431, problem="fields-too-large"),
    _health("many small fields", *(f"X-{n}: {n}" for n in range(100))),
    _health(
        "fields of 12,000 bytes in many",
        *(f"X-{n}: {'a' * 60}" for n in range(180)),
        status=431,
        problem="fields-too-large",
    ),
    _health("a length of nothing", "Content-Length: 0"),
    raw("a body of a GET", request("GET /health HTTP/1.1", "Content-Length: 3", body=b"abc"), 200),
    _health("Connection: close", "Connection: close"),
    _health("Connection that names a field", "Connection: X-A", "X-A: b"),
    _health(
        "Upgrade to HTTP/2", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"
    ),
    _health("TE", "TE: trailers"),
    _health("an id of the reader", "X-Request-Id: a.b-c_1", fields={"x-request-id": "a.b-c_1"}),
    _health("a short id of the reader", "X-Request-Id: 7", fields={"x-request-id": "7"}),
)
