"""What one request has found out about the shared cache; alone here, since every function imports it."""

from __future__ import annotations

from contextvars import ContextVar

FOUND_AWAY: ContextVar[bool] = ContextVar("found_away", default=False)
"""Whether the request being answered has waited in vain for the shared cache already: once is enough."""
