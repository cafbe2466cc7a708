"""The page on which any two teams of a league are picked, and what is said of them."""

from __future__ import annotations

from sabiscore.insights.document import LeagueList
from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render


def pick_page(document: LeagueList, site: str | None) -> bytes:
    """The form over the teams of ``document``; readers find it on ``site``."""
    about = "The chances of any two teams of a league, with or without a fixture."
    frame = Frame(page="pick", title="Any two teams", description=about, dated=document, site=site)
    return render("pick.html", {"frame": frame, "leagues": document.leagues})
