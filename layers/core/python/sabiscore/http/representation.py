"""How a document is written into an answer: as JSON, or as whatever else a route makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sabiscore.http.caching import Headers

if TYPE_CHECKING:
    from sabiscore.insights.document import Document


@dataclass(frozen=True, slots=True)
class Representation:
    """Bytes of ``media_type`` that ``encode`` makes of a document, sent and kept with ``headers``.

    ``headers_of`` gives those that depend on the document.
    """

    media_type: str
    encode: Callable[[Document], bytes]
    headers: Headers = ()
    headers_of: Callable[[Document], Headers] = lambda _: ()


JSON = Representation("application/json", lambda document: document.to_json())
