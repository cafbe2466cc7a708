"""Upstash's REST API over a real Redis of this machine.

``python -m infra.rigs.upstash_rest REDIS_PORT PORT``

Single commands at ``/`` (``@upstash/redis`` sends even those to ``/pipeline``), lists of commands at
``/pipeline``, transactions at ``/multi-exec``; answers in base64 when ``Upstash-Encoding`` asks for it.
Source: https://upstash.com/docs/redis/features/restapi. Not here: paths with the command in them.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import sys
from base64 import b64encode
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "local-token"  # noqa: S105 - guards nothing: Redis and this listen on 127.0.0.1 only
UPSTASH_FLAG = b"#!lua flags=allow-key-locking"
"""First line of Upstash's own scripts; a plain Redis refuses a flag that it does not know."""


class RedisError(Exception):
    """What Redis answered instead of a value."""


class Connection:
    """One connection that speaks RESP2, one exchange at a time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, commands: list[list[Any]]) -> list[Any]:
        """The answer of each command, a RedisError among them where one failed."""
        async with self._lock:
            reader, writer = await self._open()
            try:
                writer.write(b"".join(map(_packed, commands)))
                return [await _answer(reader) for _ in commands]
            except (OSError, EOFError):
                self._streams = None
                raise

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port, limit=2**26)
        return self._streams


def _packed(command: list[Any]) -> bytes:
    parts = [_plain(part) for part in command]
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)])


def _plain(part: Any) -> bytes:
    text = (part if isinstance(part, str) else json.dumps(part)).encode()
    return text.removeprefix(UPSTASH_FLAG)


async def _answer(reader: asyncio.StreamReader) -> Any:
    line = (await reader.readuntil(b"\r\n"))[:-2]
    kind, rest = line[:1], line[1:]
    if kind == b"+":
        return rest
    if kind == b"-":
        return RedisError(rest.decode())
    if kind == b":":
        return int(rest)
    if int(rest) < 0:
        return None
    if kind == b"$":
        return (await reader.readexactly(int(rest) + 2))[:-2]
    return [await _answer(reader) for _ in range(int(rest))]


def app(redis_port: int, token: str = TOKEN) -> Starlette:
    """The proxy in front of the Redis at ``redis_port``."""
    connection = Connection(redis_port)

    async def answer(request: Request) -> Response:
        bearer = request.headers.get("authorization", "").encode()
        if not hmac.compare_digest(bearer, f"Bearer {token}".encode()):
            return JSONResponse({"error": "WRONGPASS invalid or missing auth token"}, 401)
        in_base64 = request.headers.get("upstash-encoding") == "base64"
        try:
            asked = _commands(await request.json(), request.url.path)
        except ValueError as error:
            return JSONResponse({"error": f"ERR {error}"}, 400)
        return await _run(connection, request.url.path, asked, in_base64)

    return Starlette(
        routes=[Route(path, answer, methods=["POST"]) for path in ("/", "/pipeline", "/multi-exec")]
    )


def _commands(asked: Any, path: str) -> list[list[Any]]:
    """What is asked, as a list of commands. Raises ValueError for anything else."""
    commands = [asked] if path == "/" else asked
    if not isinstance(commands, list) or not all(
        isinstance(command, list) and command for command in commands
    ):
        raise ValueError("a command is a list that is not empty")
    return commands


async def _run(connection: Connection, path: str, commands: list[list[Any]], in_base64: bool) -> Response:
    if path == "/multi-exec":
        *queued, values = await connection.run([["MULTI"], *commands, ["EXEC"]])
        refused = next((reply for reply in (*queued, values) if isinstance(reply, RedisError)), None)
        if refused is not None:
            return JSONResponse({"error": str(refused)}, 400)
    else:
        values = await connection.run(commands)
    results = [_encoded(value, in_base64) for value in values]
    if path != "/":
        return JSONResponse(results)
    return JSONResponse(results[0], 400 if "error" in results[0] else 200)


def _encoded(value: Any, in_base64: bool) -> dict[str, Any]:
    if isinstance(value, RedisError):
        return {"error": str(value)}
    return {"result": _result(value, in_base64)}


def _result(value: Any, in_base64: bool) -> Any:
    if isinstance(value, list):
        return [_result(part, in_base64) for part in value]
    if not isinstance(value, bytes):
        return value
    if in_base64 and value != b"OK":
        return b64encode(value).decode()
    return value.decode(errors="replace")


def main(redis_port: str, port: str) -> None:
    """Serve until interrupted."""
    uvicorn.run(app(int(redis_port)), host="127.0.0.1", port=int(port), log_level="warning")


if __name__ == "__main__":
    main(*sys.argv[1:])
