"""The commands and excerpts that the page at ``/docs`` shows, as a reader copies them."""

from __future__ import annotations

import re
from html import unescape


def examples_of(page: str) -> dict[str, str]:
    """Name → text of each example of ``page``, which is HTML."""
    found = re.findall(r'<code data-example="([a-z-]+)">(.*?)</code>', page, re.DOTALL)
    return {name: unescape(text) for name, text in found}
