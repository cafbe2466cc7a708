"""The page of one match: its chances, how sure they are and why, the goals, value and prices."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sabiscore.domain.value import PRICE_LIFE
from sabiscore.insights.document import (
    BothForms,
    Insight,
    MarketView,
    MatchSummary,
    RatingPoint,
    TeamForm,
    ValueBet,
)
from sabiscore.pages.charts import DOUGHNUT_RADIUS, Scale, path
from sabiscore.pages.embed import snippet
from sabiscore.pages.frame import Frame
from sabiscore.pages.numbers import MINUS, per_cent
from sabiscore.pages.probability_bar import probability_bar
from sabiscore.pages.rendering import render

MARKET_TITLES = {"1x2": "Result", "ou25": "Goals over or under 2.5", "ah": "Asian handicap"}
SPARK_WIDTH, SPARK_HEIGHT = 160.0, 40.0
HEAT_STEPS = 5
"""Shades of the score grid: classes, since no style is inline."""

KNOWLEDGE = {
    "with_odds": "with this match's prices",
    "past_odds": "with prices of past matches only",
    "no_odds": "without any price among its inputs",
}


@dataclass(frozen=True, slots=True)
class Market:
    """One market's prices at several books, the ``best`` odds of each outcome marked."""

    title: str
    outcomes: tuple[str, ...]
    books: tuple[MarketView, ...]
    best: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class ScoreCell:
    """The chance of an exact score with its shade, 0 for next to none up to HEAT_STEPS for the likeliest."""

    probability: float
    shade: int


@dataclass(frozen=True, slots=True)
class DrawnForm:
    """A team's last results, and the ``d`` of the line of its rating; empty under two points."""

    form: TeamForm
    line: str


@dataclass(frozen=True, slots=True)
class Wager:
    """A value bet with its name, what a unit should cost, and until when its price may be shown."""

    bet: ValueBet
    name: str
    fair_odds: float
    expires_at: datetime | None

    @property
    def text(self) -> str:
        """The bet in a line, to be copied."""
        return (
            f"{self.name} at {self.bet.quoted_odds:.2f} ({self.bet.book_name}); "
            f"fair {self.fair_odds:.2f}, edge {100 * self.bet.edge:.1f}%"
        )


def match_page(document: Insight, site: str | None = None) -> bytes:
    """The page of ``document``; ``site`` is where readers find it, None where nobody said."""
    match = document.match
    values = {
        "frame": Frame(
            page="match",
            title=_title(match),
            description=_description(document),
            dated=document,
            site=site,
            match_id=match.id,
        ),
        "document": document,
        "match": match,
        "bar": probability_bar(document.probabilities, match),
        "knowledge": KNOWLEDGE[document.model.knowledge],
        "markets": _markets(document.markets, match),
        "wagers": tuple(wager(bet, match) for bet in document.value_bets),
        "grid": _shaded(document.goals.grid) if document.goals else (),
        "form": _forms(document.form),
        "radius": DOUGHNUT_RADIUS,
        "snippet": snippet(match.id, site) if match.id and site else None,
    }
    return render("match.html", values)


def outcome_name(outcome: str, match: MatchSummary) -> str:
    """What a bet on ``outcome`` is called, with the name of the team."""
    names = {"home": match.home.name, "away": match.away.name, "draw": "Draw"}
    return names.get(outcome, outcome.capitalize())


def line_of(line: float) -> str:
    """A handicap as people write it, as in ``−0.5``."""
    return f"{line:+g}".replace("-", MINUS)


def wager(bet: ValueBet, match: MatchSummary) -> Wager:
    """``bet``, on ``match``, as a card shows it."""
    priced_at = bet.freshness.as_of
    return Wager(
        bet=bet,
        name=outcome_name(bet.outcome, match),
        fair_odds=1 / bet.probability,
        expires_at=priced_at + PRICE_LIFE if priced_at else None,
    )


def _title(match: MatchSummary) -> str:
    return f"{match.home.name} – {match.away.name}"


def _description(document: Insight) -> str:
    match, p = document.match, document.probabilities
    chances = (
        f"{match.home.name} {per_cent(p.home)}, draw {per_cent(p.draw)}, {match.away.name} {per_cent(p.away)}"
    )
    return f"{match.league.name}: {chances}."


def _markets(views: Sequence[MarketView], match: MatchSummary) -> list[Market]:
    """The markets in their order, early prices before closing ones, each with its books."""
    kinds = dict.fromkeys((view.market, view.phase, view.line) for view in views)
    return [_market([v for v in views if (v.market, v.phase, v.line) == kind], match) for kind in kinds]


def _market(books: Sequence[MarketView], match: MatchSummary) -> Market:
    first = books[0]
    title = MARKET_TITLES[first.market]
    if first.line is not None:
        title = f"{title} {line_of(first.line)}"
    if first.phase == "close":
        title = f"{title}, closing"
    outcomes = tuple(outcome_name(price.outcome, match) for price in first.prices)
    offers = [view for view in books if view.price_kind in ("offer", "exchange")]
    best = tuple(_best(view.prices[k].odds for view in offers) for k in range(len(outcomes)))
    return Market(title, outcomes, tuple(books), best)


def _best(odds: Iterable[float]) -> float | None:
    return max(odds, default=None)


def _shaded(grid: Sequence[Sequence[float]]) -> tuple[tuple[ScoreCell, ...], ...]:
    likeliest = max((p for row in grid for p in row), default=1.0)
    return tuple(tuple(ScoreCell(p, round(HEAT_STEPS * p / likeliest)) for p in row) for row in grid)


def _forms(form: BothForms | None) -> tuple[DrawnForm, ...]:
    """Both teams, the lines of their ratings on one scale, so that they can be compared."""
    if form is None:
        return ()
    both = (form.home, form.away)
    ratings = [point.rating for each in both for point in each.ratings]
    if len(ratings) < 2:
        return tuple(DrawnForm(each, "") for each in both)
    height = Scale(min(ratings), max(ratings), SPARK_HEIGHT - 2, 2)
    return tuple(DrawnForm(each, _spark(each.ratings, height)) for each in both)


def _spark(ratings: Sequence[RatingPoint], height: Scale) -> str:
    if len(ratings) < 2:
        return ""
    width = Scale(0, len(ratings) - 1, 0, SPARK_WIDTH)
    return path([(width(k), height(point.rating)) for k, point in enumerate(ratings)])
