"""The page on which any two teams of a league are picked, and what is said of them."""

from __future__ import annotations

from sabiscore.insights.document import LeagueList
from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render


def pick_page(document: LeagueList) -> bytes:
    """The form over the teams of ``document``."""
    about = "The chances of any two teams of a league, with or without a fixture."
    values = {"frame": Frame("pick", "Any two teams", about, document), "leagues": document.leagues}
    return render("pick.html", values)
