"""Which addresses may be asked: those of declared hosts, exactly, and nothing that only looks like them."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from sabiscore.errors import BadSetting, Refused

_PLAIN = re.compile(r"[!-~]+", re.ASCII)
LOCAL = ("127.0.0.1", "localhost")


def origin_of(url: str) -> str:
    """Scheme, host and port of ``url``, which must be one that may be a source's address.

    https to a named host, or http to this very machine. Raises BadSetting, which does not quote the
    address: it may hold a key.

    >>> origin_of("https://api.the-odds-api.com/v4/sports?x=1")
    'https://api.the-odds-api.com'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _unusable("it cannot be read") from None
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise _unusable("it holds characters that addresses do not have")
    if "@" in parts.netloc:
        raise _unusable("it holds a user name")
    local = parts.scheme == "http" and host in LOCAL
    if not local and (parts.scheme != "https" or not _public_name(host)):
        raise _unusable("it is not https to a public host")
    if not local and port not in (None, 443):
        raise _unusable("it names a port")
    return f"{parts.scheme}://{host}" + (f":{port}" if port not in (None, 443) else "")


def _public_name(host: str) -> bool:
    """Whether ``host`` is a name in the public tree; addresses, however written, are none."""
    labels = host.split(".")
    try:
        ip_address(host)
    except ValueError:
        inside = labels[-1] in ("local", "localhost", "internal", "lan", "home", "arpa")
        well_formed = all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in labels)
        return len(labels) > 1 and labels[-1].isalpha() and well_formed and not inside
    return False


def refuse_foreign(url: str, origins: frozenset[str]) -> None:
    """Raises Refused unless ``url`` is below one of ``origins`` and means what it says."""
    try:
        known = origin_of(url) in origins
    except BadSetting:
        known = False
    path = unquote(unquote(urlsplit(url).path)) if known else ""
    if not known or ".." in path.split("/") or "\\" in path or "//" in path:
        raise Refused(
            "A source asked for an address that is not its own; no call was made.",
            hint="Sources may only ask the hosts they declare, without .. in the path.",
        )


def _unusable(why: str) -> BadSetting:
    return BadSetting(
        f"A source's address cannot be used: {why}.", hint="Give it like https://feeds.example.com/path."
    )
