"""The way out to addresses that others chose: only to public hosts, and to the very address that was checked.

A name is resolved once, every address that it has is checked, and the connection is made to one of those; a
name that resolves to something else a moment later changes nothing. TLS still proves the name.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

from sabiscore.errors import BadSetting, ReceiverUnavailable, Refused
from sabiscore.net.allowed import LOCAL, origin_of
from sabiscore.net.client import host_of
from sabiscore.net.retry_after import retry_after_s

RECEIVER_DEADLINE_S = 8.0
"""For looking up the name, connecting, sending and the head of the answer together."""
RECEIVER_USER_AGENT = "sabiscore-edge"
LONGEST_ADDRESS = 2_000
"""Characters of a receiver's address."""
LONGEST_MESSAGE = 20_000
"""Bytes of a message, as the specification of webhooks recommends."""

_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
_COMPATIBLE = IPv6Network("::/96")

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""(host, port) → every address of the host. Raises OSError."""


@dataclass(frozen=True, slots=True)
class Received:
    """The status of a receiver's answer, and how many seconds it asks us to wait."""

    status: int
    retry_after_s: float | None


def receiver_address(url: str, *, is_local: bool) -> str:
    """``url``, which must be https to a named public host on its usual port, or local where that is wanted.

    Raises BadSetting, which does not quote it: it may hold a key.
    """
    try:
        origin = origin_of(url)
    except BadSetting as error:
        why = str(error).removeprefix("A source's address cannot be used: ")
        raise _unusable(why.rstrip(".")) from None
    if len(url) > LONGEST_ADDRESS:
        raise _unusable(f"it has more than {LONGEST_ADDRESS} characters")
    if origin.startswith("http:") != is_local:
        raise _unusable(
            "it is local, which --local allows" if not is_local else "--local is for http://127.0.0.1"
        )
    return url


def is_public(address: str) -> bool:
    """Whether ``address`` is one of the public internet, also where it holds an IPv4 address within.

    >>> is_public("93.184.215.14"), is_public("10.0.0.1"), is_public("::ffff:169.254.169.254")
    (True, False, False)
    """
    given = ip_address(address.partition("%")[0])
    if not given.is_global or given.is_multicast or given.is_reserved:
        return _nat64(given) is not None and is_public(str(_nat64(given)))
    return all(is_public(str(inner)) for inner in _inner(given))


def _inner(given: IPv4Address | IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(given, IPv4Address):
        return []
    compatible = IPv4Address(int(given) & 0xFFFFFFFF) if given in _COMPATIBLE else None
    found = [given.ipv4_mapped, given.sixtofour, *(given.teredo or ()), _nat64(given), compatible]
    return [inner for inner in found if inner is not None]


def _nat64(given: IPv4Address | IPv6Address) -> IPv4Address | None:
    if isinstance(given, IPv6Address) and any(given in network for network in _NAT64):
        return IPv4Address(int(given) & 0xFFFFFFFF)
    return None


async def system_addresses(host: str, port: int) -> list[str]:
    """Every address of ``host``, as the system knows them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to an address of the host that was checked; raises Refused for a host that has another.

    A connection serves one call: a second host at the same address must not get the first one's.
    """

    def __init__(self, resolve: Resolve = system_addresses) -> None:
        self._resolve = resolve
        self._inner = httpx.AsyncHTTPTransport(
            verify=httpx.create_ssl_context(trust_env=False), limits=httpx.Limits(max_keepalive_connections=0)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host, is_local = request.url.host, request.url.scheme == "http"
        addresses = await self._resolve(host, request.url.port or 443)
        _refuse_inside(host, addresses, is_local=is_local)
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=addresses[0]),
            headers=request.headers,  # with the Host of the name
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host},
        )
        return await self._inner.handle_async_request(pinned)

    async def aclose(self) -> None:
        await self._inner.aclose()


def _refuse_inside(host: str, addresses: Sequence[str], *, is_local: bool) -> None:
    """Raises Refused unless every address of ``host`` is public, or of this machine where it is local."""
    if is_local:
        fits = host in LOCAL and all(ip_address(address).is_loopback for address in addresses)
    else:
        fits = all(map(is_public, addresses))
    if not addresses or not fits:
        raise Refused(
            f"{host} is not at a public address, so nothing was sent.",
            hint="Messages are sent to hosts of the public internet only.",
        )


class ReceiverClient:
    """Posts messages; no redirect is followed, no proxy is used, and the body of an answer is never read."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        deadline_s: float = RECEIVER_DEADLINE_S,
        resolve: Resolve = system_addresses,
    ) -> None:
        self._now = now
        self._deadline_s = deadline_s
        self._resolve = resolve

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Received:
        """What the receiver at ``url`` answered.

        Raises ReceiverUnavailable where it did not, Refused where it may not be called.
        """
        if len(body) > LONGEST_MESSAGE:
            raise Refused(f"A message has more than {LONGEST_MESSAGE:,} bytes.", hint="Nothing was sent.")
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._post(url, body, {"User-Agent": RECEIVER_USER_AGENT, **headers})
        except TimeoutError:
            raise _unreached(url, f"gave no answer within {self._deadline_s:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise _unreached(url, f"could not be reached ({type(error).__name__})") from None

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Received:
        # asyncio.timeout bounds the whole call; httpx's own would be for each read.
        async with (
            httpx.AsyncClient(
                transport=CheckedTransport(self._resolve),
                timeout=None,  # noqa: S113
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream("POST", url, content=body, headers=dict(headers)) as response,
        ):
            return Received(response.status_code, retry_after_s(response.headers, self._now()))


def _unreached(url: str, what: str) -> ReceiverUnavailable:
    return ReceiverUnavailable(f"{host_of(url)} {what}.", hint="It is tried again after a pause.")


def _unusable(why: str) -> BadSetting:
    return BadSetting(
        f"The receiver's address cannot be used: {why}.",
        hint="Give it like https://hooks.example.com/path; http://127.0.0.1:PORT with --local.",
    )
