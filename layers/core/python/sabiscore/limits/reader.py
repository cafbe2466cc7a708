"""Who a request is counted under, from the address that the platform saw."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv6Address, ip_address

UNKNOWN_READER = "unknown"
"""All whose address nobody knows share one count."""


@lru_cache(maxsize=10_000)
def reader_of(address: str) -> str:
    """The name that requests from ``address`` are counted under, the same as at the edge (``reader.ts``).

    An IPv6 line is handed a whole /64, so whoever has one is one reader.

    >>> reader_of("203.0.113.7"), reader_of("::ffff:203.0.113.7"), reader_of("testclient")
    ('203.0.113.7', '203.0.113.7', 'unknown')
    >>> reader_of("2001:DB8::a:b:c:d:e"), reader_of("2001:db8::1")
    ('2001:db8:0:a::/64', '2001:db8:0:0::/64')
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return UNKNOWN_READER
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    groups = parsed.exploded.split(":")[:4]
    return ":".join(f"{int(group, 16):x}" for group in groups) + "::/64"
