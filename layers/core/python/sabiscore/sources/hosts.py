"""Where providers live, as data: the hosts of each that moved or has several, the one to ask first first.

Every host of this list may be asked, and no other: a redirect to one of them is news, and is not followed.
football-data.co.uk answers at its bare host only since September 2026 (www. 503, 302 or 403).
"""

from __future__ import annotations

from collections.abc import Mapping

HOSTS: Mapping[str, tuple[str, ...]] = {
    "football-data.co.uk": ("https://football-data.co.uk", "https://www.football-data.co.uk"),
}
"""Provider → scheme and host of its addresses."""


def origins(provider: str, origin: str) -> tuple[str, ...]:
    """The hosts of ``provider``: those listed, else its own ``origin`` alone."""
    return HOSTS.get(provider, (origin,))
