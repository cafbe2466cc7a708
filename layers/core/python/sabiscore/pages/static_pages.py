"""Pages that say the same to everybody until the site is built anew."""

from __future__ import annotations

from collections.abc import Mapping

from sabiscore.pages.embed import snippet
from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render

LOCAL_SITE = "http://127.0.0.1:8787"
"""Where ``sabiscore up`` and ``sabiscore edge`` serve by default: the address while none is set."""
MATCH_ID = "epl-2526-arsenal-chelsea"
"""Stands for any match where an address needs one."""


def bets_page(site: str | None) -> bytes:
    """The page of a reader's own bets, which a script fills with what the device keeps."""
    about = "Bets that you placed, kept on your device."
    return render("bets.html", {"frame": Frame(page="bets", title="My bets", description=about, site=site)})


def guide_page(site: str | None) -> bytes:
    """How to read the pages, where programs read the same, and who helps with gambling."""
    about = (
        "How to read chances, ranges, value and the record; where programs read the same; where to find help."
    )
    return render("guide.html", {"frame": Frame(page="guide", title="Guide", description=about, site=site)})


def docs_page(site: str | None, requests_per_minute: int, problems: Mapping[str, str]) -> bytes:
    """What programs, calendars and other sites can have, with commands that work at ``site``.

    ``requests_per_minute`` is what an address may ask of the API, ``problems`` the title of each type by its
    slug: its anchor is where the ``type`` of a problem document leads.
    """
    about = "The API, calendars, feeds, tables, webhooks, cards for other sites and typed clients."
    address = site or LOCAL_SITE
    values = {
        "frame": Frame(page="docs", title="Docs", description=about, site=site),
        "site": address,
        "match_id": MATCH_ID,
        "card": snippet(MATCH_ID, address),
        "requests_per_minute": requests_per_minute,
        "problems": problems,
    }
    return render("docs.html", values)
