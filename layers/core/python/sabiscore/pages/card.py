"""A match in few words: what a card in a frame and a picture beside a link both say of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sabiscore.insights.document import Insight, MatchReport, MatchState, MatchSummary
from sabiscore.pages.frame import Dated
from sabiscore.pages.probability_bar import ProbabilityBar, probability_bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The chances of ``match`` as a ``bar``, the ``words`` before the instant ``as_of`` that they are of.

    ``result`` is the score and where the match stands, None before kick-off; without a bar,
    ``why_no_chances`` says why.
    """

    dated: Dated
    match: MatchSummary
    result: str | None
    bar: ProbabilityBar | None
    words: str
    as_of: datetime
    why_no_chances: str = ""

    @property
    def title(self) -> str:
        """Who plays whom."""
        return f"{self.match.home.name} – {self.match.away.name}"

    @property
    def stale(self) -> bool:
        """Whether the numbers are older than readers expect them to be."""
        return self.dated.freshness.stale and not self.dated.rehearsal


def card_of_forecast(document: Insight) -> Card:
    """The card of a match that is forecast: the chances that its page shows."""
    return Card(
        dated=document,
        match=document.match,
        result=_result(document.state),
        bar=probability_bar(document.probabilities, document.match),
        words="Chances as of",
        as_of=document.freshness.as_of or document.generated_at,
    )


def card_of_report(document: MatchReport) -> Card:
    """The card of a match that is over: its result, and the chances that were sealed before."""
    sealed = document.sealed
    return Card(
        dated=document,
        match=document.match,
        result=_result(document.state),
        bar=probability_bar(sealed.probabilities, document.match) if sealed else None,
        words="Sealed before kick-off, on" if sealed else "As of",
        as_of=sealed.sealed_at if sealed else document.generated_at,
        why_no_chances=document.unknown.get("sealed", ""),
    )


def _result(state: MatchState) -> str | None:
    if state.status == "scheduled":
        return None
    score = f"{state.score.home}–{state.score.away}" if state.score else ""
    minute = f"{state.minute}′" if state.status == "in_play" and state.minute is not None else ""
    words = minute or (state.because if state.status == "kicked_off" else state.status.replace("_", " "))
    return f"{score} {words}".strip()
