"""The page in place of one that cannot be made: what is wrong and what to do, in a plain sentence."""

from __future__ import annotations

from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render


def problem_page(title: str, detail: str, hint: str | None, request_id: str | None) -> bytes:
    """The page that says ``detail`` and ``hint``; ``request_id`` is what to name when asking about it."""
    values = {
        "frame": Frame(page="problem", title=title, description=detail),
        "title": title,
        "detail": detail,
        "hint": hint,
        "request_id": request_id,
    }
    return render("problem.html", values)
