"""Preconditions (RFC 9110, section 13), ranges (section 14) and what a reader asks of caches (RFC 9111)."""

from __future__ import annotations

from collections.abc import Callable

from tests.raw.input import MATCH_PATH, PAGE, PAGES_ELSEWHERE, Input, Seen, request, workerd

OLD, FUTURE = "Fri, 27 Nov 2015 12:00:00 GMT", "Tue, 27 Nov 2057 12:00:00 GMT"
Fields = Callable[[Seen], tuple[str, ...]]

DOCUMENT: tuple[tuple[str, Fields, int], ...] = (
    ("If-Match of this", lambda s: (f"If-Match: {s.etag}",), 200),
    ("If-Match of anything", lambda _: ("If-Match: *",), 200),
    ("If-Match of another", lambda _: ('If-Match: "x"',), 412),
    ("If-Match of this, weak", lambda s: (f"If-Match: W/{s.etag}",), 412),
    ("If-Match of a list", lambda s: (f'If-Match: "a", {s.etag}',), 200),
    ("If-Match of a list without it", lambda _: ('If-Match: "a", "b"',), 412),
    ("If-Match in two lines", lambda s: ('If-Match: "a"', f"If-Match: {s.etag}"), 200),
    ("If-Match that is no tag", lambda _: ("If-Match: x",), 412),
    ("If-None-Match of this", lambda s: (f"If-None-Match: {s.etag}",), 304),
    ("If-None-Match of this, weak", lambda s: (f"If-None-Match: W/{s.etag}",), 304),
    ("If-None-Match of anything", lambda _: ("If-None-Match: *",), 304),
    ("If-None-Match of another", lambda _: ('If-None-Match: "x"',), 200),
    ("If-None-Match of a list", lambda s: (f'If-None-Match: "a", {s.etag}',), 304),
    ("If-None-Match of a list with an asterisk", lambda _: ('If-None-Match: "a", *',), 200),
    ("If-None-Match of a list with it and an asterisk", lambda s: (f"If-None-Match: *, {s.etag}",), 304),
    ("If-None-Match in two lines", lambda s: ('If-None-Match: "a"', f"If-None-Match: {s.etag}"), 304),
    ("If-None-Match with a comma in a tag", lambda s: (f'If-None-Match: "a,b", {s.etag}',), 304),
    ("If-None-Match without quotes", lambda s: (f"If-None-Match: {s.etag[1:-1]}",), 200),
    ("If-None-Match with a small w", lambda s: (f"If-None-Match: w/{s.etag}",), 200),
    ("If-None-Match of nothing", lambda _: ("If-None-Match:",), 200),
    ("If-None-Match with empty members", lambda s: (f"If-None-Match: , ,{s.etag},",), 304),
    ("If-Modified-Since then", lambda s: (f"If-Modified-Since: {s.modified_plus(0)}",), 304),
    ("If-Modified-Since a second before", lambda s: (f"If-Modified-Since: {s.modified_plus(-1)}",), 200),
    ("If-Modified-Since a second later", lambda s: (f"If-Modified-Since: {s.modified_plus(1)}",), 304),
    ("If-Modified-Since long ago", lambda _: (f"If-Modified-Since: {OLD}",), 200),
    ("If-Modified-Since the future", lambda _: (f"If-Modified-Since: {FUTURE}",), 304),
    ("If-Modified-Since in RFC 850", lambda _: ("If-Modified-Since: Tuesday, 27-Nov-57 12:00:00 GMT",), 304),
    ("If-Modified-Since of C's asctime", lambda _: ("If-Modified-Since: Tue Nov 27 12:00:00 2057",), 304),
    ("If-Modified-Since a word", lambda _: ("If-Modified-Since: yesterday",), 200),
    ("If-Modified-Since no such day", lambda _: ("If-Modified-Since: Fri, 31 Feb 2057 12:00:00 GMT",), 200),
    ("If-Modified-Since no such hour", lambda _: ("If-Modified-Since: Tue, 27 Nov 2057 25:00:00 GMT",), 200),
    ("If-Unmodified-Since then", lambda s: (f"If-Unmodified-Since: {s.modified_plus(0)}",), 200),
    ("If-Unmodified-Since a second before", lambda s: (f"If-Unmodified-Since: {s.modified_plus(-1)}",), 412),
    ("If-Unmodified-Since long ago", lambda _: (f"If-Unmodified-Since: {OLD}",), 412),
    ("If-Unmodified-Since the future", lambda _: (f"If-Unmodified-Since: {FUTURE}",), 200),
    ("If-Unmodified-Since a word", lambda _: ("If-Unmodified-Since: yesterday",), 200),
    (
        "If-None-Match decides over If-Modified-Since",
        lambda _: ('If-None-Match: "x"', f"If-Modified-Since: {FUTURE}"),
        200,
    ),
    (
        "If-Match decides over If-Unmodified-Since",
        lambda s: (f"If-Match: {s.etag}", f"If-Unmodified-Since: {OLD}"),
        200,
    ),
    ("If-Match comes first", lambda s: ('If-Match: "x"', f"If-None-Match: {s.etag}"), 412),
    (
        "If-Match holds, then If-None-Match",
        lambda s: (f"If-Match: {s.etag}", f"If-None-Match: {s.etag}"),
        304,
    ),
    ("the first ten bytes", lambda _: ("Range: bytes=0-9",), 206),
    ("the last ten bytes", lambda _: ("Range: bytes=-10",), 206),
    ("all but ten bytes", lambda _: ("Range: bytes=10-",), 206),
    ("more bytes than there are", lambda _: ("Range: bytes=0-99999999",), 206),
    ("the last bytes, more than there are", lambda _: ("Range: bytes=-99999999",), 206),
    ("a unit in upper case", lambda _: ("Range: BYTES=0-9",), 206),
    ("bytes past the end", lambda _: ("Range: bytes=9999999-",), 416),
    ("the last no bytes", lambda _: ("Range: bytes=-0",), 416),
    ("a range backwards", lambda _: ("Range: bytes=9-0",), 200),
    ("two ranges", lambda _: ("Range: bytes=0-1,3-4",), 200),
    ("a range of lines", lambda _: ("Range: lines=0-1",), 200),
    ("a range of nothing", lambda _: ("Range: bytes=-",), 200),
    ("a range that is a word", lambda _: ("Range: bytes=all",), 200),
    ("If-Range of this", lambda s: ("Range: bytes=0-9", f"If-Range: {s.etag}"), 206),
    ("If-Range of this, weak", lambda s: ("Range: bytes=0-9", f"If-Range: W/{s.etag}"), 200),
    ("If-Range of another", lambda _: ("Range: bytes=0-9", 'If-Range: "x"'), 200),
    ("If-Range of its date", lambda s: ("Range: bytes=0-9", f"If-Range: {s.modified_plus(0)}"), 200),
    ("If-Range without a range", lambda s: (f"If-Range: {s.etag}",), 200),
    ("a range of what is not modified", lambda s: ("Range: bytes=0-9", f"If-None-Match: {s.etag}"), 304),
    ("a range of what is another", lambda _: ("Range: bytes=0-9", 'If-Match: "x"'), 412),
    ("no-cache", lambda _: ("Cache-Control: no-cache",), 200),
    ("no-store", lambda _: ("Cache-Control: no-store",), 200),
    ("max-age=0", lambda _: ("Cache-Control: max-age=0",), 200),
    ("only-if-cached, where it is", lambda _: ("Cache-Control: only-if-cached",), 200),
    ("every coding", lambda _: ("Accept-Encoding: gzip, br, zstd",), 200),
    ("a type that it is not", lambda _: ("Accept: text/html",), 200),
)
ON_A_PAGE: tuple[tuple[str, Fields, int], ...] = (
    ("If-Match of this", lambda s: (f"If-Match: {s.page_etag}",), 200),
    ("If-Match of another", lambda _: ('If-Match: "x"',), 412),
    ("If-None-Match of this", lambda s: (f"If-None-Match: {s.page_etag}",), 304),
    ("If-None-Match of this, weak", lambda s: (f"If-None-Match: W/{s.page_etag}",), 304),
    ("If-None-Match of anything", lambda _: ("If-None-Match: *",), 304),
    ("If-None-Match of a list", lambda s: (f'If-None-Match: "a", {s.page_etag}',), 304),
    ("If-None-Match of a list with an asterisk", lambda _: ('If-None-Match: "a", *',), 200),
    ("If-Modified-Since the future", lambda _: (f"If-Modified-Since: {FUTURE}",), 200),
    ("If-Unmodified-Since long ago", lambda _: (f"If-Unmodified-Since: {OLD}",), 200),
    ("a range", lambda _: ("Range: bytes=0-9",), 200),
    ("a range past the end", lambda _: ("Range: bytes=9999999-",), 200),
    ("a range of lines", lambda _: ("Range: lines=0-1",), 200),
)
PROBLEMS = {412: "precondition-failed", 416: "range-not-satisfiable"}


def _of(path: str, name: str, fields: Fields, status: int, **options: object) -> Input:
    return Input(
        name=f"{path}: {name}",
        send=lambda seen: request(f"GET {path} HTTP/1.1", *fields(seen)),
        status=status,
        problem=PROBLEMS.get(status, ""),
        **options,  # type: ignore[arg-type]
    )


INPUTS = (
    *(_of(MATCH_PATH, *each) for each in DOCUMENT),
    *(_of(PAGE, *each, by_itself=PAGES_ELSEWHERE) for each in ON_A_PAGE),
    _of(
        MATCH_PATH,
        "no coding at all",
        lambda _: ("Accept-Encoding: identity;q=0",),
        200,
        by_itself=workerd(415, "miniflare, which stands before workerd here, chooses codings by itself"),
    ),
    _of("/health", "If-Match of anything", lambda _: ("If-Match: *",), 200),
    _of("/health", "If-Match of a tag that it has not", lambda _: ('If-Match: "x"',), 412),
    _of("/health", "If-None-Match of anything", lambda _: ("If-None-Match: *",), 304),
    _of("/health", "If-Unmodified-Since long ago", lambda _: (f"If-Unmodified-Since: {OLD}",), 200),
    _of("/health", "a range", lambda _: ("Range: bytes=0-9",), 200),
    _of("/docs/api", "If-None-Match of anything", lambda _: ("If-None-Match: *",), 304),
    _of("/docs/api", "the first ten bytes", lambda _: ("Range: bytes=0-9",), 206),
    _of("/openapi.json", "If-Match of another", lambda _: ('If-Match: "x"',), 412),
    _of("/api/v1/nothing", "If-None-Match of anything", lambda _: ("If-None-Match: *",), 404),
    _of("/api/v1/nothing", "If-Match of another", lambda _: ('If-Match: "x"',), 404),
)
