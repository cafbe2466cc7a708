"""Bodies: their framing, their size, their type, and the readers who are asked to wait with them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.raw.framing import LENIENT, REFUSES
from tests.raw.input import Input, raw, request, workerd

PATH = "/api/v1/insights"
ASKED = b'{"matchup":"arsenal v chelsea"}'
JSON = "Content-Type: application/json"
LENGTH = f"Content-Length: {len(ASKED)}"
CHUNKED = "Transfer-Encoding: chunked"
NO_EXTENSIONS = "workerd takes no chunk extensions, and the Worker sees a body that breaks off"


def chunks(*pieces: bytes) -> bytes:
    """A chunked body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def post(
    name: str, fields: Sequence[str], body: bytes = ASKED, status: int = 200, **options: object
) -> Input:
    """A POST of a question, with exactly these fields."""
    return raw(name, request(f"POST {PATH} HTTP/1.1", *fields, body=body), status, **options)


def _bad(name: str, fields: Sequence[str], body: bytes = ASKED, status: int = 500) -> Input:
    """What every server refuses by itself, workerd with ``status`` or not at all."""
    why = LENIENT if status == 200 else REFUSES
    return post(name, (JSON, *fields), body, 400, by_itself=workerd(status, why))


INPUTS = (
    post("a question", (JSON, LENGTH)),
    post("a question, HTTP/1.1 in one chunk", (JSON, CHUNKED), chunks(ASKED)),
    post("a question in many chunks", (JSON, CHUNKED), chunks(*(bytes([each]) for each in ASKED))),
    post(
        "a question in chunks with a trailer",
        (JSON, CHUNKED),
        chunks(ASKED)[:-2] + b"X-A: b\r\n\r\n",
    ),
    post(
        "chunks with an extension",
        (JSON, CHUNKED),
        b"1f;a=b\r\n" + ASKED + b"\r\n0\r\n\r\n",
        by_itself=workerd(400, NO_EXTENSIONS),
    ),
    post("upper case for chunked", (JSON, "Transfer-Encoding: Chunked"), chunks(ASKED)),
    post("Expect: 100-continue", (JSON, LENGTH, "Expect: 100-continue")),
    post("Expect in another case", (JSON, LENGTH, "Expect: 100-Continue")),
    post("Expect in chunks", (JSON, CHUNKED, "Expect: 100-continue"), chunks(ASKED)),
    post("Expect of something else", (JSON, LENGTH, "Expect: the-moon")),
    post("no body", (JSON, "Content-Length: 0"), b"", 400, problem="bad-request"),
    post("no length", (JSON,), b"", 400, problem="bad-request"),
    post("an empty chunked body", (JSON, CHUNKED), chunks(), 400, problem="bad-request"),
    post("not JSON", (JSON, "Content-Length: 3"), b"abc", 400, problem="bad-request"),
    post(
        "JSON twice", (JSON, f"Content-Length: {2 * len(ASKED)}"), ASKED + ASKED, 400, problem="bad-request"
    ),
    post(
        "a byte order mark",
        (JSON, f"Content-Length: {3 + len(ASKED)}"),
        b"\xef\xbb\xbf" + ASKED,
        400,
        problem="bad-request",
    ),
    post("not UTF-8", (JSON, "Content-Length: 15"), b'{"matchup":"\xff"}', 400, problem="bad-request"),
    post("a member that is none", (JSON, "Content-Length: 7"), b'{"a":1}', 422, problem="invalid"),
    post(
        "a team that is none",
        (JSON, "Content-Length: 29"),
        b'{"matchup":"arsnal v chelse"}',
        422,
        problem="unknown-team",
    ),
    post("text", ("Content-Type: text/plain", LENGTH), status=415, problem="unsupported-media-type"),
    post("no type", (LENGTH,), status=415, problem="unsupported-media-type"),
    post(
        "two types", (JSON, "Content-Type: text/plain", LENGTH), status=415, problem="unsupported-media-type"
    ),
    post("the same type twice", (JSON, JSON, LENGTH), status=415, problem="unsupported-media-type"),
    post("a type with a parameter", ("Content-Type: application/json; charset=utf-8", LENGTH)),
    post("a type in another case", ("CONTENT-TYPE: Application/JSON", LENGTH)),
    post("65,537 bytes", (JSON, "Content-Length: 65537"), b" " * 65_537, 413, problem="body-too-large"),
    post("65,536 bytes", (JSON, "Content-Length: 65536"), ASKED + b" " * (65_536 - len(ASKED))),
    post(
        "65,537 bytes in chunks",
        (JSON, CHUNKED),
        chunks(*(b" " * 8_191,) * 8, b" " * 9),
        413,
        problem="body-too-large",
    ),
    post("65,536 bytes in chunks", (JSON, CHUNKED), chunks(ASKED, b" " * (65_536 - len(ASKED)))),
    post("two lengths", (JSON, LENGTH, "Content-Length: 3"), status=400, by_itself=workerd(500, REFUSES)),
    post("the same length twice", (JSON, LENGTH, LENGTH), by_itself=workerd(500, REFUSES)),
    post("a list of one length", (JSON, f"{LENGTH}, {len(ASKED)}"), by_itself=workerd(500, REFUSES)),
    _bad("a negative length", ("Content-Length: -1",)),
    _bad("a length with a sign", (f"Content-Length: +{len(ASKED)}",)),
    _bad("a length in hexadecimal", ("Content-Length: 0x1f",)),
    _bad("a length that is a word", ("Content-Length: all",)),
    _bad("chunked twice over", ("Transfer-Encoding: chunked, chunked",), chunks(ASKED), 200),
    _bad("a coding before chunked", ("Transfer-Encoding: gzip, chunked",), chunks(ASKED)),
    _bad("a coding that is none", ("Transfer-Encoding: xchunked",), chunks(ASKED)),
    _bad("identity", ("Transfer-Encoding: identity", LENGTH)),
    _bad("a chunk without a size", (CHUNKED,), b"zz\r\nab\r\n0\r\n\r\n", 400),
    post("a length beside chunks", (JSON, LENGTH, CHUNKED), chunks(ASKED)),
)
