"""The addresses of all pages, for search engines (sitemaps.org, protocol 0.9)."""

from __future__ import annotations

from xml.sax.saxutils import escape

from sabiscore.insights.document import MatchList

MEDIA_TYPE = "application/xml"
PAGES = ("/", "/value", "/record", "/pick", "/guide", "/docs")


def site_map(document: MatchList, site: str) -> bytes:
    """The map of ``site``, as in ``https://example.org``, with the page of each match of ``document``."""
    paths = [*PAGES, *(f"/match/{row.match.id}" for row in document.matches)]
    urls = "".join(f"<url><loc>{escape(site + path)}</loc></url>" for path in paths)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'.encode()
