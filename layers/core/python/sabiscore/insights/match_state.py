"""Where a match stands at an instant: scheduled, on, over, or begun without anybody telling the score."""

from __future__ import annotations

from datetime import datetime, timedelta

from sabiscore.domain.match import Match
from sabiscore.domain.odds import OUTCOMES
from sabiscore.insights.document import (
    CurrentScore,
    Freshness,
    MatchState,
    Probabilities,
    SealedPrediction,
    Status,
)
from sabiscore.insights.match_clock import has_begun
from sabiscore.insights.time_bucket import IN_PLAY
from sabiscore.publication.matchday import MatchLife, SealSummary

_NO_END = "It should be over, and no source has said how it ended."

OVER = ("finished", "awarded")
OFF = ("postponed", "abandoned")
SCORE_LIFE = timedelta(minutes=15)
"""Scores are asked for every five minutes: an older one may have changed."""
HALF, BREAK, FULL = 45, 18, 90
"""Minutes of a half, of the break with what is added before it, and of a match."""


def minute_after(elapsed: timedelta) -> int:
    """The minute of play, about, ``elapsed`` after kick-off; it stands still at half-time and at the end.

    >>> [minute_after(timedelta(minutes=m)) for m in (0, 30, 50, 70, 130)]
    [0, 30, 45, 52, 90]
    """
    minutes = int(elapsed.total_seconds() // 60)
    return min(minutes, HALF) if minutes < HALF + BREAK else min(minutes - BREAK, FULL)


def match_state(match: Match, life: MatchLife | None, at: datetime) -> MatchState:
    """Where ``match`` stands ``at`` that instant, by the clock and by ``life``, what was said of it."""
    status = life.status if life is not None else "scheduled"
    goals = life.match.goals if life is not None else None
    if status in OVER and goals is not None:
        return _state(status, life, at)
    if status in OFF and not _plays_again(match, life):
        return _state(status, life, at)
    if not has_begun(match, at):
        return _state("scheduled", None, at)
    if status == "in_play" and goals is not None and match.kickoff_at is not None:
        if at < match.kickoff_at + IN_PLAY:
            return _state("in_play", life, at, minute=minute_after(max(at - match.kickoff_at, timedelta(0))))
        return _state("kicked_off", life, at, because=_NO_END)
    return _state("kicked_off", None, at, because=_no_score(match, at))


def sealed_prediction(seal: SealSummary, life: MatchLife) -> SealedPrediction:
    """``seal`` as a document, with the outcome once the match is finished."""
    home, draw, away = seal.p
    place = _outcome(life)
    return SealedPrediction(
        seq=seal.seq,
        hash=seal.hash,
        sealed_at=seal.sealed_at,
        stage=seal.stage,
        bundle=seal.bundle,
        probabilities=Probabilities(home=home, draw=draw, away=away),
        outcome=None if place is None else OUTCOMES[place],
        outcome_probability=None if place is None else seal.p[place],
    )


def last_sealed(life: MatchLife | None) -> SealedPrediction | None:
    """The prediction that counts; None where nothing was sealed."""
    return sealed_prediction(life.seals[-1], life) if life is not None and life.seals else None


def _outcome(life: MatchLife) -> int | None:
    if life.status != "finished" or life.match.goals is None:
        return None
    home, away = life.match.goals
    return 0 if home > away else 1 if home == away else 2


def _plays_again(match: Match, life: MatchLife | None) -> bool:
    """Whether the publication has ``match`` on another day than the one that it was put off from."""
    return life is not None and match.day > life.match.day


def _no_score(match: Match, at: datetime) -> str:
    if match.kickoff_at is None:
        return "Its day is over, and no result of it was found yet."
    elapsed = at - match.kickoff_at
    if elapsed < IN_PLAY:
        minutes = int(elapsed.total_seconds() // 60)
        return (
            f"It kicked off {minutes} minute{'s' * (minutes != 1)} ago, and no source has reported a score."
        )
    return "It has been played by now, and no result of it was found yet."


def _state(
    status: Status,
    life: MatchLife | None,
    at: datetime,
    *,
    minute: int | None = None,
    because: str | None = None,
) -> MatchState:
    goals = life.match.goals if life is not None else None
    return MatchState(
        status=status,
        because=because,
        score=CurrentScore(home=goals[0], away=goals[1]) if goals is not None else None,
        minute=minute,
        minute_estimated=minute is not None,
        freshness=_freshness(life, at) if life is not None and life.source is not None else None,
    )


def _freshness(life: MatchLife, at: datetime) -> Freshness:
    known_at = life.known_at if life.known_at is not None and life.known_at <= at else None
    age = at - known_at if known_at is not None else None
    return Freshness(
        as_of=known_at,
        age_s=int(age.total_seconds()) if age is not None else None,
        source=life.source or "unknown",
        stale=life.status not in OVER and (age is None or age > SCORE_LIFE),
    )
