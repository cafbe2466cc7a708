"""Pages that say the same to everybody until the site is built anew."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.pages.embed import snippet
from sabiscore.pages.frame import Frame, picture_of_site
from sabiscore.pages.rendering import render

LOCAL_SITE = "http://127.0.0.1:8787"
"""Where ``sabiscore up`` and ``sabiscore edge`` serve by default: the address while none is set."""
MATCH_ID = "epl-2526-arsenal-chelsea"
"""Stands for any match where an address needs one."""


def bets_page() -> bytes:
    """The page of a reader's own bets, which a script fills with what the device keeps."""
    return render(
        "bets.html", {"frame": Frame("bets", "My bets", "Bets that you placed, kept on your device.")}
    )


def guide_page() -> bytes:
    """How to read the pages, where programs read the same, and who helps with gambling."""
    about = (
        "How to read chances, ranges, value and the record; where programs read the same; where to find help."
    )
    return render("guide.html", {"frame": Frame("guide", "Guide", about)})


def docs_page(site: str | None, requests_per_minute: int, problems: Mapping[str, str]) -> bytes:
    """What programs, calendars and other sites can have, with commands that work at ``site``.

    ``requests_per_minute`` is what an address may ask of the API, ``problems`` the title of each type by its
    slug: its anchor is where the ``type`` of a problem document leads.
    """
    about = "The API, calendars, feeds, tables, webhooks, cards for other sites and typed clients."
    address = site or LOCAL_SITE
    values = {
        "frame": Frame("docs", "Docs", about, picture=picture_of_site(site)),
        "site": address,
        "match_id": MATCH_ID,
        "card": snippet(MATCH_ID, address),
        "requests_per_minute": requests_per_minute,
        "problems": problems,
    }
    return render("docs.html", values)
