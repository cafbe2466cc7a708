"""How long a provider asks us to wait, from the ``Retry-After`` field of its answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait, never negative; None when the answer does not say (RFC 9110, 10.2.3).

    A date counts from the answer's own ``Date``, so that our clock need not agree with theirs.
    ``headers`` have names in lower case.

    >>> at = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    >>> retry_after_s({"retry-after": "90"}, at)
    90.0
    >>> retry_after_s({"retry-after": "Sat, 21 Nov 2026 12:02:00 GMT"}, at)
    120.0
    """
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit() and len(said) < 10:
        return float(said)
    until = _instant(said)
    if until is None:
        return None
    return max(0.0, (until - (_instant(headers.get("date", "")) or now)).total_seconds())


def _instant(text: str) -> datetime | None:
    try:
        read = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
