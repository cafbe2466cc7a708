"""Pages that say the same to everybody until the site is built anew."""

from __future__ import annotations

from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render


def bets_page() -> bytes:
    """The page of a reader's own bets, which a script fills with what the device keeps."""
    return render(
        "bets.html", {"frame": Frame("bets", "My bets", "Bets that you placed, kept on your device.")}
    )


def guide_page() -> bytes:
    """How to read the pages, where programs read the same, and who helps with gambling."""
    about = "How to read chances, ranges, value and the record; feeds and API; where to find help."
    return render("guide.html", {"frame": Frame("guide", "Guide", about)})
