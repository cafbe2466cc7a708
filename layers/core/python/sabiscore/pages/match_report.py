"""The page of a match that is not forecast any more: how it ended, and what was sealed of it before."""

from __future__ import annotations

from sabiscore.insights.document import MatchReport
from sabiscore.pages.frame import Frame
from sabiscore.pages.probability_bar import probability_bar
from sabiscore.pages.rendering import render


def match_report_page(document: MatchReport, site: str | None = None) -> bytes:
    """The page of ``document``, the bar being that of the prediction that counts.

    ``site`` is where readers find it, None where nobody said.
    """
    match, sealed = document.match, document.sealed
    title = f"{match.home.name} – {match.away.name}"
    about = f"{match.league.name}: the result and what we had said."
    values = {
        "frame": Frame(
            page="match", title=title, description=about, dated=document, site=site, match_id=match.id
        ),
        "document": document,
        "match": match,
        "bar": probability_bar(sealed.probabilities, match) if sealed else None,
    }
    return render("match_report.html", values)
