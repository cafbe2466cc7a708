"""One range of an answer's bytes (RFC 9110, section 14), in front of any application."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from sabiscore.http.middleware.byte_range import ByteRange

BODY = b"0123456789"
ETAG = '"ten"'


async def whole(request: Request) -> Response:
    return Response(BODY, headers={"ETag": request.query_params.get("etag", ETAG)})


async def streamed(_: Request) -> Response:
    return StreamingResponse(iter([BODY, BODY]), headers={"ETag": ETAG})


async def untagged(_: Request) -> Response:
    return Response(BODY)


async def missing(_: Request) -> Response:
    return Response(BODY, 404, headers={"ETag": ETAG})


async def echo(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_bytes(BODY)
    await socket.close()


@pytest.fixture(scope="module")
def client() -> TestClient:
    routes = [Route("/", whole, methods=["GET", "POST"]), Route("/streamed", streamed)]
    routes += [Route("/untagged", untagged), Route("/missing", missing)]
    return TestClient(ByteRange(Starlette(routes=[*routes, WebSocketRoute("/socket", echo)])))


@pytest.mark.parametrize(
    ("asked", "part", "said"),
    [
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-99", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-99", BODY, "bytes 0-9/10"),
        ("BYTES=9-9", b"9", "bytes 9-9/10"),
    ],
)
def test_a_range_is_answered_with_its_part(client, asked, part, said):
    answer = client.get("/", headers={"Range": asked})
    assert (answer.status_code, answer.content, answer.headers["content-range"]) == (206, part, said)
    assert answer.headers["content-length"] == str(len(part))


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=99-100", "bytes=-0", "bytes=99999999999999999999-"])
def test_a_range_outside_the_answer_is_416_with_its_size(client, asked):
    answer = client.get("/", headers={"Range": asked})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */10")
    assert answer.json()["hint"] == "Ask for the whole."


@pytest.mark.parametrize("asked", ["bytes=4-2", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes 1-2", ""])
def test_what_is_not_one_range_of_bytes_is_ignored(client, asked):
    answer = client.get("/", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, BODY)


@pytest.mark.parametrize("path", ["/untagged", "/streamed", "/missing"])
def test_a_range_of_what_has_none_is_ignored(client, path):
    answer, plain = client.get(path, headers={"Range": "bytes=0-1"}), client.get(path)
    assert (answer.status_code, answer.content) == (plain.status_code, plain.content)


@pytest.mark.parametrize(
    ("query", "wanted", "status"),
    [("", ETAG, 206), ("", '"other"', 200), ('?etag=W/"ten"', 'W/"ten"', 200)],
    ids=["the same", "another", "a weak tag proves nothing"],
)
def test_if_range_holds_for_the_same_strong_tag_only(client, query, wanted, status):
    answer = client.get(f"/{query}", headers={"Range": "bytes=0-1", "If-Range": wanted})
    assert answer.status_code == status


def test_only_get_has_ranges(client):
    assert client.post("/", headers={"Range": "bytes=0-1"}).content == BODY
    with client.websocket_connect("/socket", headers={"Range": "bytes=0-1"}) as socket:
        assert socket.receive_bytes() == BODY
