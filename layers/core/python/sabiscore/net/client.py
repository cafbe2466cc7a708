"""The one way out to the network: a deadline for every call, a size limit, errors with names."""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Self

import httpx

from sabiscore.errors import BadAnswer, Moved, NoResponse, NotFound, SourceBusy, SourceDenied
from sabiscore.net.credentials import EXTENSION, Credentials, CredentialTransport, SystemTransport
from sabiscore.net.unpack import PLAIN, Body, TooLarge, Torn

PROVIDER_USER_AGENT = "sabiscore-edge"
PROVIDER_CONNECT_S = 3.0
"""A host that does not take a connection within this is away."""
PROVIDER_DEADLINE_S = 20.0
MAX_BYTES = 8 << 20

EMPTY_BODY = Credentials()
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?", re.ASCII)

# They tell what hosts answer, reason and fields included, and a host may give back the key it was sent.
for chatty in ("httpx", "httpcore"):
    logging.getLogger(chatty).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One call as it is declared: everything but its deadline. Its repr shows no secret."""

    url: str
    method: Literal["GET", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    max_bytes: int = MAX_BYTES
    credentials: Credentials = EMPTY_BODY


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """What a host answered: field names in lower case; the body of a status other than 200 is left out."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Client:
    """Makes calls; use it as a context manager, from any thread.

    ``deadline_s`` bounds a whole call, name look-up, redirect-free answer and slow body included.
    No redirect is followed: our sources' addresses are exact.
    """

    def __init__(
        self,
        *,
        connect_s: float = PROVIDER_CONNECT_S,
        deadline_s: float = PROVIDER_DEADLINE_S,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.deadline_s = deadline_s
        self._connect_s = connect_s
        self._http = httpx.Client(
            headers={"User-Agent": PROVIDER_USER_AGENT, "Accept-Encoding": "identity"},
            transport=CredentialTransport(transport or SystemTransport()),
            trust_env=False,  # netrc would add a password nobody declared; the transport knows the proxies
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
        """The body at ``url``: asked for uncompressed, and unpacked where the host sends gzip all the same.

        Raises NotFound when the host says there is no such document, and another SourceUnavailable for
        everything else that is not a whole answer of at most ``max_bytes`` (packed or not) in time.
        """
        call = HttpCall(url=url, headers=headers or {}, max_bytes=max_bytes)
        answer = self.send(call, deadline_s)
        check(call, answer)
        return answer.body

    def send(self, call: HttpCall, deadline_s: float | None = None) -> HttpAnswer:
        """What the host answers, whatever its status. Raises NoResponse or BadAnswer."""
        limit = self.deadline_s if deadline_s is None else deadline_s
        answer: Future[HttpAnswer | NoResponse | BadAnswer] = Future()
        # httpx has a time-out for each read, none for all of them, and none for looking up a name.
        # A thread can be left behind at the deadline; its own time-outs end it soon after.
        threading.Thread(target=self._answer, args=(answer, call, limit), daemon=True).start()
        try:
            given = answer.result(max(limit, 0.0))
        except TimeoutError:
            given = _late(call, limit)
        if isinstance(given, HttpAnswer):
            return given
        raise given

    def _answer(
        self, answer: Future[HttpAnswer | NoResponse | BadAnswer], call: HttpCall, limit: float
    ) -> None:
        failure = "none"
        try:
            answer.set_result(self._exchange(call, limit))
        except Exception as error:  # whatever a client or a host does wrong is one thing to callers
            failure = type(error).__name__
        if not answer.done():
            # Made out here, where no cause is chained: causes hold requests, and those hold keys.
            answer.set_result(NoResponse(f"{host_of(call.url)} did not answer ({failure}).", hint=TRY_LATER))

    def _exchange(self, call: HttpCall, limit: float) -> HttpAnswer | NoResponse | BadAnswer:
        ends = time.monotonic() + limit
        body = Body(call.max_bytes)
        with self._http.stream(
            call.method,
            call.url,
            headers=dict(call.headers),
            content=call.body or None,
            timeout=httpx.Timeout(limit, connect=min(self._connect_s, limit)),
            extensions={EXTENSION: call.credentials},
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if response.status_code != 200:
                return HttpAnswer(response.status_code, headers, b"")
            if headers.get("content-encoding", "").strip().lower() not in PLAIN:
                return _bad(call, "sent an answer in a compression that was not asked for")
            try:
                for chunk in response.iter_raw():  # raw: a small answer can unpack to a huge one
                    body.add(chunk)
                    if time.monotonic() > ends:
                        return _late(call, limit)
                return HttpAnswer(200, headers, body.whole())
            except TooLarge:
                return _bad(call, f"sent more than {call.max_bytes:,} bytes")
            except Torn:
                return _bad(call, "sent an answer that cannot be unpacked")


TRY_LATER = "Check the connection, or try again later; stored data stay in use."


NOT_PUBLISHED = (300, 404, 410)
"""300 too: a host that only has documents of similar names lists them (RFC 9110, section 15.4.1)."""
REDIRECTS = (301, 302, 303, 307, 308)


def check(call: HttpCall, answer: HttpAnswer, wait_s: float | None = None) -> None:
    """Raises what a status other than 200 means; ``wait_s`` is what the host asks us to wait."""
    host, status = host_of(call.url), answer.status
    if status == 200:
        return
    if status in NOT_PUBLISHED:
        raise NotFound(f"{host} has no {_path(call.url)}.", hint="It may be published later.")
    if status == 429 or (status == 503 and wait_s is not None):
        raise SourceBusy(
            f"{host} asks for a pause ({status}).", hint="It is asked again later.", retry_after_s=wait_s
        )
    if status in (401, 403):
        raise SourceDenied(
            f"{host} does not let us in ({status}).", hint="Check the source's key and what its plan covers."
        )
    if status >= 500 or status == 408:
        raise NoResponse(f"{host} answered {status}.", hint=TRY_LATER)
    if status in REDIRECTS:
        raise Moved(
            f"{host} answered {status} and names {_named(answer.headers.get('location', ''), host)}.",
            hint="Nothing is followed: where it has moved for good, its host is to be declared.",
        )
    raise _bad(call, f"answered {status}")


def _named(location: str, host: str) -> str:
    """What a redirect names, without what it may give back of the request: a host, or only that it does."""
    named = host_of(location) if "//" in location else ""
    if not named:
        return "another document"
    shown = named if _HOST.fullmatch(named) else "another host"
    return "another document of its own" if named == host else shown


def _late(call: HttpCall, limit: float) -> NoResponse:
    return NoResponse(f"{host_of(call.url)} gave no whole answer within {limit:.3g} s.", hint=TRY_LATER)


def _bad(call: HttpCall, what: str) -> BadAnswer:
    return BadAnswer(f"{host_of(call.url)} {what}.", hint=TRY_LATER)


def host_of(url: str) -> str:
    """The host alone: paths and queries may hold keys, and messages are logged.

    >>> host_of("https://me:pw@host:8443/path?key=1")
    'host:8443'
    """
    return url.split("//", 1)[-1].split("/", 1)[0].split("?", 1)[0].rsplit("@", 1)[-1]


def _path(url: str) -> str:
    return url.split("//", 1)[-1].partition("/")[2].split("?", 1)[0] or "/"
