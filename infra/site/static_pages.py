"""``python -m infra.site.static_pages FOLDER``: the pages that are files, beside the scripts built in FOLDER.

They are sent where no function can be asked: for what is not there, for readers who ask too often, while the
functions are away, and by the service worker where there is no network.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sabiscore.pages import picture, rendering
from sabiscore.pages.problem import problem_page

PAGES = {
    "404": (
        "Nothing is here",
        "There is nothing at this address: the match is long over, or a part of the link is missing.",
        "Begin with the coming matches.",
    ),
    "429": (
        "A short pause",
        "More pages were asked for from this connection within a minute than we can serve.",
        "Nothing is lost. Try again in a minute.",
    ),
    "503": (
        "Not available just now",
        "The forecasts are away for the moment.",
        "Try again in half a minute. Pages that you have opened before may still be there.",
    ),
    "offline": (
        "No connection",
        "This page was not opened before, so it is not kept on this device.",
        "Pages that you have opened are there, each with the time it was saved.",
    ),
}
"""Name of the file → title, sentence, what to do."""


def write(folder: Path) -> None:
    """Writes each of PAGES, and the picture of the site, into ``folder/public``.

    Scripts, styles and type are those of ``folder/built``.
    """
    rendering.BUILT = folder / "built"
    for name, (title, detail, hint) in PAGES.items():
        (folder / "public" / f"{name}.html").write_bytes(problem_page(title, detail, hint, None))
    (folder / "public" / "share.png").write_bytes(picture.site_picture())


if __name__ == "__main__":
    write(Path(sys.argv[1]))
