"""Files beside the publication, brought before an answer is made from them."""

from __future__ import annotations

from sabiscore.insights.answers.cacheable_document import Fetch
from sabiscore.publication.supplements import Supplements


async def fetch_file(supplements: Supplements, name: str, fetch: Fetch) -> None:
    """Brings the file called ``name``, if there is one."""
    file = supplements.files.get(name)
    await fetch([file.path.name] if file is not None else [])
