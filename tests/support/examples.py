"""How many examples a law is tried on."""

from __future__ import annotations

from hypothesis import settings

USUAL = 100
"""What Hypothesis takes where nobody says otherwise."""


def examples(count: int) -> int:
    """``count``, or the same share of it that the loaded profile takes of the usual hundred."""
    return max(1, count * settings.default.max_examples // USUAL)
