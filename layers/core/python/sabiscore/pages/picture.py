"""The pictures that chats and feeds show beside a link: a match with its chances, and the site itself.

Drawn as SVG like all else on a page, and turned into PNG here, since no chat shows SVG.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from sabiscore.errors import Unavailable
from sabiscore.insights.document import Insight, MatchReport
from sabiscore.pages import rendering
from sabiscore.pages.card import Card, card_of_forecast, card_of_report
from sabiscore.pages.rendering import render

MEDIA_TYPE = "image/png"
POLICY = "default-src 'none'"
WIDTH, HEIGHT = 1200, 630
"""Pixels; the shape that Open Graph pictures have everywhere."""

TEXT_WIDTH = 1024
"""Pixels between the margins of a picture."""
EM_A_CHARACTER = 0.62
"""How wide a character of a team's name is in bold type, of its size. The widest of the real names, all in
capitals, takes .61; tests/unit/pages holds that none crosses the margin."""
NAME_SIZE, LABEL_SIZE = 72, 28
LABEL_WIDTH = 420
WRAPPED_AT, MOST_LINES = 58, 3
"""Characters of a line, and lines, of a sentence that stands where chances would."""


def match_picture(document: Insight) -> bytes:
    """A PNG of WIDTH × HEIGHT: a match that is forecast, with its chances."""
    return _picture_of(card_of_forecast(document))


def report_picture(document: MatchReport) -> bytes:
    """A PNG of WIDTH × HEIGHT: a match that is over, with its result and what was sealed before."""
    return _picture_of(card_of_report(document))


def site_picture() -> bytes:
    """A PNG of WIDTH × HEIGHT that stands for all other pages."""
    return _png("picture_of_site.svg", {})


def _picture_of(card: Card) -> bytes:
    names = (card.match.home.name, card.match.away.name)
    why = textwrap.shorten(card.why_no_chances, WRAPPED_AT * MOST_LINES, placeholder=" …")
    return _png(
        "picture.svg",
        {
            "card": card,
            "match": card.match,
            "name_size": min(_fitting(name, TEXT_WIDTH, NAME_SIZE) for name in names),
            "label_size": min(_fitting(name, LABEL_WIDTH, LABEL_SIZE) for name in names),
            "why": textwrap.wrap(why, WRAPPED_AT)[:MOST_LINES],
        },
    )


def _fitting(text: str, width: int, largest: int) -> int:
    """The size of type, in pixels, at which ``text`` is no wider than ``width``."""
    return min(largest, int(width / (EM_A_CHARACTER * len(text))))


def _png(template: str, values: Mapping[str, object]) -> bytes:
    # Imported by the first picture: nothing else that a reader asks for needs it.
    from resvg_py import svg_to_bytes

    svg = render(template, {"width": WIDTH, "height": HEIGHT, **values}).decode()
    return bytes(
        svg_to_bytes(svg_string=svg, skip_system_fonts=True, font_files=_fonts(), font_family="Roboto")
    )


def _fonts() -> list[str]:
    found = sorted(str(path) for path in (rendering.BUILT / "fonts").rglob("*.ttf"))
    if not found:
        raise Unavailable("The type of pictures is not there.", hint="Build the site: make site")
    return found
