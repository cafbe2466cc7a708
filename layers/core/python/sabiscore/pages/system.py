"""The health board: how old the data of each league is, sources and schedules, what this process measured."""

from __future__ import annotations

from sabiscore.insights.system_board import SystemBoard
from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render

STATUS_WORDS = {
    "ok": "All is well",
    "degraded": "Something is wrong, and answers are given all the same",
    "unavailable": "No answers can be given at the moment",
}
REFRESH_S = 15
"""Between two looks of a page that stays open."""


def system_page(document: SystemBoard) -> bytes:
    """The page of ``document``."""
    values = {
        "frame": Frame(page="system", title="Health", description=STATUS_WORDS[document.status]),
        "document": document,
        "status_words": STATUS_WORDS[document.status],
        "refresh_s": REFRESH_S,
    }
    return render("system.html", values)
