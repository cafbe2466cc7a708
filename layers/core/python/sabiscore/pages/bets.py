"""The page of a reader's own bets, which are on the reader's device: it is the same for everybody."""

from __future__ import annotations

from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render


def bets_page() -> bytes:
    """The page that a script fills with what the device keeps."""
    return render(
        "bets.html", {"frame": Frame("bets", "My bets", "Bets that you placed, kept on your device.")}
    )
