"""What proves to a provider who we are, added on the way out, below everything that logs or raises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.request import getproxies, proxy_bypass

import httpx

from sabiscore.net.redact import Secret

EXTENSION = "sabiscore.credentials"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Header and query fields that hold secrets."""

    headers: Mapping[str, Secret] = field(default_factory=dict)
    query: Mapping[str, Secret] = field(default_factory=dict)

    def secrets(self) -> Iterator[Secret]:
        """Every secret among them."""
        yield from self.headers.values()
        yield from self.query.values()

    def added_to(self, request: httpx.Request) -> httpx.Request:
        """A copy of ``request`` that bears them; the original, which gets logged, stays without."""
        headers = request.headers.copy()
        headers.update({name: secret.reveal() for name, secret in self.headers.items()})
        url = request.url.copy_merge_params(
            {name: query_value.reveal() for name, query_value in self.query.items()}
        )
        extensions = {name: value for name, value in request.extensions.items() if name != EXTENSION}
        return httpx.Request(
            request.method, url, headers=headers, stream=request.stream, extensions=extensions
        )


class CredentialTransport(httpx.BaseTransport):
    """Adds a request's credentials and hands it to ``inner``.

    httpx logs the address of each request, and its exceptions hold the request: both are those
    above this transport, where no secret has been added yet.
    """

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        credentials = request.extensions.get(EXTENSION)
        if isinstance(credentials, Credentials):
            request = credentials.added_to(request)
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


class SystemTransport(httpx.BaseTransport):
    """The network, through the proxy that the environment names for a host, if any."""

    def __init__(self) -> None:
        self._verify = httpx.create_ssl_context()
        self._direct = httpx.HTTPTransport(verify=self._verify)
        self._proxied = {
            scheme: httpx.HTTPTransport(verify=self._verify, proxy=proxy)
            for scheme, proxy in getproxies().items()
            if scheme in ("http", "https")
        }

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        proxied = self._proxied.get(request.url.scheme)
        if proxied is None or proxy_bypass(request.url.host):
            return self._direct.handle_request(request)
        return proxied.handle_request(request)

    def close(self) -> None:
        for transport in (self._direct, *self._proxied.values()):
            transport.close()
