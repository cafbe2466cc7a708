"""Whom this process believes over TLS: read once, since reading the authorities takes longer than a call."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def tls_context() -> ssl.SSLContext:
    """The context of every client of AWS: the authorities of certifi, none that the environment names."""
    return httpx.create_ssl_context(trust_env=False)
