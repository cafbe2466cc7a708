"""A match as a card that other sites show in a frame: no script, no cookie, its age in words."""

from __future__ import annotations

from sabiscore.insights.document import Insight, MatchReport
from sabiscore.pages.card import Card, card_of_forecast, card_of_report
from sabiscore.pages.frame import Frame
from sabiscore.pages.rendering import render

POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Anybody may frame it, and it loads nothing but its own style."""
WIDTH, HEIGHT = 360, 190
"""CSS pixels that a card takes."""


def embed_page(document: Insight) -> bytes:
    """The card of a match that is forecast, as HTML."""
    return _page(card_of_forecast(document))


def embed_report_page(document: MatchReport) -> bytes:
    """The card of a match that is over, as HTML."""
    return _page(card_of_report(document))


def snippet(match_id: str, site: str) -> str:
    """The HTML that shows the card of a match on another site; ``site`` is our address."""
    return (
        f'<iframe src="{site}/embed/match/{match_id}" title="SabiScore Edge" width="{WIDTH}" '
        f'height="{HEIGHT}" loading="lazy"></iframe>'
    )


def _page(card: Card) -> bytes:
    frame = Frame(page="embed", title=card.title, description=card.match.league.name, dated=card.dated)
    return render("embed.html", {"frame": frame, "card": card, "match": card.match})
