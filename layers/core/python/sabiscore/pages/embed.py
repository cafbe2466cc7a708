"""A match as a card that other sites show in a frame: no script, no cookie, its age in words."""

from __future__ import annotations

from datetime import datetime

from sabiscore.insights.document import Insight, MatchReport, MatchState, MatchSummary, Probabilities
from sabiscore.pages.frame import Dated, Frame
from sabiscore.pages.probability_bar import probability_bar
from sabiscore.pages.rendering import render

POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors *; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
"""Anybody may frame it, and it loads nothing but its own style."""
WIDTH, HEIGHT = 360, 190
"""CSS pixels that a card takes."""


def embed_page(document: Insight) -> bytes:
    """The card of a match that is forecast: the chances that its page shows."""
    return _card(
        document,
        document.match,
        document.state,
        probabilities=document.probabilities,
        words="Chances as of",
        as_of=document.freshness.as_of or document.generated_at,
    )


def embed_report_page(document: MatchReport) -> bytes:
    """The card of a match that is over: its result, and the chances that were sealed before."""
    sealed = document.sealed
    return _card(
        document,
        document.match,
        document.state,
        probabilities=sealed.probabilities if sealed else None,
        words="Sealed before kick-off, on" if sealed else "As of",
        as_of=sealed.sealed_at if sealed else document.generated_at,
        why_no_chances=document.unknown.get("sealed", ""),
    )


def snippet(match_id: str, site: str) -> str:
    """The HTML that shows the card of a match on another site; ``site`` is our address."""
    return (
        f'<iframe src="{site}/embed/match/{match_id}" title="SabiScore Edge" width="{WIDTH}" '
        f'height="{HEIGHT}" loading="lazy"></iframe>'
    )


def _card(
    dated: Dated,
    match: MatchSummary,
    state: MatchState,
    *,
    probabilities: Probabilities | None,
    words: str,
    as_of: datetime,
    why_no_chances: str = "",
) -> bytes:
    values = {
        "frame": Frame("embed", f"{match.home.name} – {match.away.name}", match.league.name, dated),
        "match": match,
        "result": _result(state),
        "bar": probability_bar(probabilities, match) if probabilities else None,
        "words": words,
        "as_of": as_of,
        "stale": dated.freshness.stale and not dated.rehearsal,
        "why_no_chances": why_no_chances,
    }
    return render("embed.html", values)


def _result(state: MatchState) -> str | None:
    """The score and where the match stands; None before kick-off."""
    if state.status == "scheduled":
        return None
    score = f"{state.score.home}–{state.score.away}" if state.score else ""
    minute = f"{state.minute}′" if state.status == "in_play" and state.minute is not None else ""
    words = minute or (state.because if state.status == "kicked_off" else state.status.replace("_", " "))
    return f"{score} {words}".strip()
