"""The one way out to the network: a deadline for every fetch, a size limit, errors with names."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import Future
from types import TracebackType
from typing import Self

import httpx2

from sabiscore.errors import NotThere, SourceUnavailable

AGENT = "sabiscore-edge"
CONNECT_S = 3.0
"""A host that does not take a connection within this is away."""
DEADLINE_S = 20.0
MAX_BYTES = 8 << 20


class Client:
    """Fetches documents; use it as a context manager, from any thread.

    ``deadline_s`` bounds a whole fetch, name look-up, redirect-free answer and slow body included.
    No redirect is followed: our sources' addresses are exact.
    """

    def __init__(
        self,
        *,
        connect_s: float = CONNECT_S,
        deadline_s: float = DEADLINE_S,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.deadline_s = deadline_s
        self._http = httpx2.Client(
            timeout=httpx2.Timeout(deadline_s, connect=min(connect_s, deadline_s)),
            headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def fetch(
        self,
        url: str,
        *,
        max_bytes: int = MAX_BYTES,
        headers: Mapping[str, str] | None = None,
        deadline_s: float | None = None,
    ) -> bytes:
        """The body at ``url``; it is asked for, and taken, uncompressed only.

        Raises NotThere when the host says there is no such document, SourceUnavailable for
        everything else that is not a whole answer of at most ``max_bytes`` within the deadline.
        """
        limit = self.deadline_s if deadline_s is None else deadline_s
        answer: Future[bytes] = Future()
        # httpx2 has a time-out for each read, none for all of them, and none for looking up a name.
        # A thread can be left behind at the deadline; its own time-outs end it soon after.
        threading.Thread(
            target=self._answer, args=(answer, url, max_bytes, dict(headers or {})), daemon=True
        ).start()
        try:
            return answer.result(limit)
        except TimeoutError as error:
            raise _unavailable(url, f"gave no whole answer within {limit:g} s") from error

    def _answer(self, answer: Future[bytes], url: str, max_bytes: int, headers: dict[str, str]) -> None:
        try:
            answer.set_result(self._get(url, max_bytes, headers))
        except BaseException as error:
            answer.set_exception(error)

    def _get(self, url: str, max_bytes: int, headers: dict[str, str]) -> bytes:
        body = bytearray()
        try:
            with self._http.stream("GET", url, headers=headers) as response:
                _check_status(url, response)
                for chunk in response.iter_raw():  # raw: a small answer can unpack to a huge one
                    body += chunk
                    if len(body) > max_bytes:
                        raise _unavailable(url, f"sent more than {max_bytes:,} bytes")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise _unavailable(url, f"did not answer ({type(error).__name__})") from error
        return bytes(body)


def _check_status(url: str, response: httpx2.Response) -> None:
    if response.status_code in (404, 410):
        raise NotThere(f"{_host(url)} has no {_path(url)}.", hint="It may be published later.")
    if response.status_code != 200:
        raise _unavailable(url, f"answered {response.status_code}")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise _unavailable(url, "sent a compressed answer that was not asked for")


def _unavailable(url: str, what: str) -> SourceUnavailable:
    return SourceUnavailable(
        f"{_host(url)} {what}.", hint="Check the connection, or try again later; stored data stay in use."
    )


def _host(url: str) -> str:
    """The host alone: paths and queries may hold keys, and messages are logged."""
    return url.split("//", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]


def _path(url: str) -> str:
    return url.split("//", 1)[-1].partition("/")[2].split("?", 1)[0] or "/"
