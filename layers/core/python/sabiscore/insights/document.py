"""The documents of the API. Every number that can go stale says how old it is and where it is from."""

from __future__ import annotations

from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from sabiscore.domain.book import PriceKind
from sabiscore.domain.value import Quality

Probability = Annotated[float, Field(ge=0, le=1)]
Status = Literal["scheduled", "in_play", "kicked_off", "finished", "postponed", "abandoned", "awarded"]
Side = Literal["home", "draw", "away", "over", "under"]


class Document(BaseModel):
    """A part of an answer: unknown members are refused, so that names cannot drift.

    A field with an alias is written and read under it: published documents keep their members.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, defer_build=True, serialize_by_alias=True, validate_by_name=True
    )

    def to_json(self) -> bytes:
        """The JSON text of the whole document."""
        return self.model_dump_json().encode()


class Freshness(Document):
    """How old a number is. Undated means stale."""

    as_of: datetime | None = Field(description="The instant that the numbers speak of; null when undated.")
    age_s: int | None = Field(ge=0, description="Seconds from `as_of` to `generated_at`; null when undated.")
    source: str = Field(description="Where the numbers are from.")
    stale: bool = Field(description="Whether they are older than they should be, or undated.")


class LeagueRef(Document):
    """A league by key, name and country."""

    key: str = Field(examples=["epl"])
    name: str = Field(examples=["Premier League"])
    country: str = Field(examples=["england"])


class Team(Document):
    """A team by slug and name."""

    key: str = Field(examples=["arsenal"])
    name: str = Field(examples=["Arsenal"])


class MatchSummary(Document):
    """A match, come or to come."""

    id: str | None = Field(
        description="Stays when the match is moved; null for a pairing that is not scheduled.",
        examples=["epl-2526-arsenal-chelsea"],
    )
    league: LeagueRef
    season: str = Field(examples=["2526"])
    day: date = Field(description="Local date of the match.")
    kickoff_at: datetime | None = Field(description="UTC; null when the feed gives no time.")
    home: Team
    away: Team
    scheduled: bool = Field(description="False for a pairing that is in nobody's calendar.")


class Probabilities(Document):
    """Calibrated probabilities of the result; they sum to 1."""

    home: Probability
    draw: Probability
    away: Probability


class CurrentScore(Document):
    """Goals so far, or at the end."""

    home: int = Field(ge=0)
    away: int = Field(ge=0)


class MatchState(Document):
    """Where a match stands, judged by the clock and by what sources said of it last."""

    status: Status = Field(
        description="`kicked_off`: its kick-off has passed, and no score of it is known to be current."
    )
    because: str | None = Field(description="Why the status is `kicked_off`; null otherwise.")
    score: CurrentScore | None = Field(description="Null before the first is known.")
    minute: int | None = Field(ge=0, le=90, description="While `in_play`; null otherwise.")
    minute_estimated: bool = Field(description="Whether `minute` is reckoned from the kick-off.")
    freshness: Freshness | None = Field(description="Of the status and score; null where no source said.")


class SealedPrediction(Document):
    """The last prediction of a match that was sealed in the ledger, and what it gave to what happened."""

    seq: int = Field(ge=1, description="Its number in the ledger: see `/api/v1/ledger/{entry}`.")
    hash: str = Field(description="SHA-256 of the entry.")
    sealed_at: datetime
    stage: str = Field(examples=["hour"], description="`day` or `hour`: how long before kick-off.")
    bundle: str = Field(examples=["1.0.0"])
    probabilities: Probabilities
    outcome: Literal["home", "draw", "away"] | None = Field(description="Null until the match is finished.")
    outcome_probability: Probability | None = Field(description="What was sealed for it; null until then.")


class Confidence(Document):
    """How clear the forecast is: HIGH from a favourite of 60%, MEDIUM from 45%, LOW below."""

    level: Literal["HIGH", "MEDIUM", "LOW"]
    favourite: Literal["home", "draw", "away"]
    lead: Probability = Field(description="The favourite's probability minus the runner-up's.")
    certainty: Probability = Field(description="1 minus the entropy over that of a three-way guess.")


class Score(Document):
    """An exact score and its probability."""

    home: int = Field(ge=0)
    away: int = Field(ge=0)
    probability: Probability


class Goals(Document):
    """Goals from a Dixon–Coles grid that says exactly the same of the result as `probabilities`."""

    expected_home: float = Field(ge=0)
    expected_away: float = Field(ge=0)
    over_2_5: Probability
    under_2_5: Probability
    both_score: Probability
    top_scores: tuple[Score, ...]
    grid: tuple[tuple[Probability, ...], ...] = Field(
        description="Chances of the scores 0–5 (home, rows) by 0–5 (away, columns)."
    )


class Price(Document):
    """One price of a book: what it says, and what it is worth by our probability."""

    outcome: Side
    odds: float = Field(gt=1, description="Decimal odds.")
    fair_probability: Probability | None = Field(description="With the book's margin taken out.")
    edge: float | None = Field(
        description="p × odds after commission − 1; null where we have no probability, or nobody sells."
    )


class MarketView(Document):
    """The prices of one book in one market."""

    market: Literal["1x2", "ou25", "ah"]
    book: str = Field(examples=["b365"])
    book_name: str = Field(examples=["Bet365"])
    price_kind: PriceKind = Field(
        description="offer: a bookmaker's · exchange: the best price to back at, before commission · "
        "average, best: of several books · unlisted: of a book we cannot name. Bets are at the first two."
    )
    commission: float = Field(ge=0, lt=1, description="Share of what is won that an exchange keeps; else 0.")
    phase: Literal["pre", "close"]
    line: float | None = Field(description="Goals given to home in the Asian handicap; null elsewhere.")
    prices: tuple[Price, ...]
    overround: float = Field(gt=0, description="Sum of the inverse odds: 1 plus the margin.")
    margin_method: Literal["power"]
    usable: bool = Field(description="Whether a bet may be advised at these prices.")
    unusable_because: str | None
    freshness: Freshness


class ValueBet(Document):
    """The best price of an outcome that can be had at a named book, its edge at least 0.042."""

    outcome: Literal["home", "draw", "away"]
    book: str
    book_name: str
    quoted_odds: float = Field(gt=1, description="The price to take, as the book shows it.")
    commission: float = Field(ge=0, lt=1, description="Share of what is won that an exchange keeps; else 0.")
    odds: float = Field(gt=1, description="What that price pays after the commission.")
    probability: Probability
    fair_probability: Probability = Field(description="What this book says, its margin taken out.")
    edge: float = Field(description="Expected value a unit staked: p × odds − 1.")
    edge_low: float = Field(description="The edge at the low end of the 90% range of the probability.")
    edge_high: float = Field(description="The edge at its high end.")
    suspect: bool = Field(description="Whether the edge is over 0.15: more often an error than a gift.")
    quality: Quality = Field(
        description="PREMIUM: an edge of 0.042 is left when the probability is taken for an estimate, and "
        "it is not suspect. VALUE: every other."
    )
    stake_fraction: Probability = Field(
        description="One eighth of the Kelly stake, of all value bets of the match together, times "
        "`stake_shrinkage`; at most 0.025."
    )
    stake_shrinkage: Probability = Field(
        description="What the stakes of the match are multiplied by since probabilities are estimates; "
        "1 would be for certain ones."
    )
    divergence: float = Field(
        gt=0, description="KL divergence of the closing odds that it follows from, as that of `ranges`."
    )
    divergence_of: Literal["league", "all", "assumed"] = Field(
        description="Held-out matches of this league or of all; assumed where the bundle reports none."
    )
    freshness: Freshness


class KnowledgeLevel(Document):
    """The chances at one level of knowledge, each level knowing what those before it know."""

    level: Literal["ratings", "no_odds", "past_odds", "with_odds"]
    title: str = Field(examples=["with this season's form"])
    probabilities: Probabilities


class Range(Document):
    """From `low` to `high`."""

    low: Probability
    high: Probability


class Ranges(Document):
    """The range of each probability, by how far forecasts lay from the closing odds in held-out seasons."""

    home: Range
    draw: Range
    away: Range
    level: float = Field(description="The share of forecasts whose closing odds lie within, about.")
    divergence: float = Field(
        gt=0,
        description="Mean KL divergence of the closing odds from the forecasts; with odds it grows with the "
        "fourth root of the hours from the prices to kick-off.",
    )
    n: int = Field(ge=0, description="Matches that it is of.")
    of: Literal["league", "all"] = Field(description="Whether those are of this league, or of all.")


class Evidence(Document):
    """How forecasts with the same knowledge did in this league, in seasons the model had not seen."""

    source: Literal["evaluation"]
    knowledge: Literal["with_odds", "past_odds", "no_odds"]
    seasons: tuple[str, ...]
    n: int = Field(ge=1)
    brier: float = Field(ge=0, description="Squared error summed over home, draw and away.")
    log_loss: float
    accuracy: Probability
    calibration_error: float = Field(ge=0, description="Expected calibration error in ten bins.")


class FormResult(Document):
    """A league match of a team, seen from it."""

    day: date
    match_id: str
    opponent: Team
    at_home: bool
    scored: int = Field(ge=0)
    conceded: int = Field(ge=0)
    outcome: Literal["win", "draw", "loss"]


class RatingPoint(Document):
    """Elo points after a day."""

    day: date
    rating: float


class TeamForm(Document):
    """The last results of a team, and its rating over time."""

    team: Team
    results: tuple[FormResult, ...] = Field(description="At most ten, the newest first.")
    ratings: tuple[RatingPoint, ...] = Field(description="At most forty, the oldest first.")


class BothForms(Document):
    """The form of both teams."""

    home: TeamForm
    away: TeamForm


class Reason(Document):
    """A feature group and how far it moved each probability from what it is without the group."""

    group: str = Field(examples=["ratings"])
    title: str = Field(examples=["Team strength"])
    text: str = Field(examples=["Team strength: 9.1 points more for Arsenal."])
    favours: Literal["home", "draw", "away"]
    home: float = Field(ge=-1, le=1)
    draw: float = Field(ge=-1, le=1)
    away: float = Field(ge=-1, le=1)


class CalibrationView(Document):
    """The correction applied to the model's output: softmax(log p · matrix + bias)."""

    method: Literal["identity", "matrix"]
    matrix: tuple[tuple[float, float, float], ...]
    bias: tuple[float, float, float]


class ModelView(Document):
    """The bundle that made the forecast."""

    version: str = Field(examples=["1.0.0"])
    created_at: datetime
    knowledge: Literal["with_odds", "past_odds", "no_odds"] = Field(
        description="with_odds: this match's prices were read; past_odds: only those of past matches."
    )
    calibration: CalibrationView


class Insight(Document):
    """All that we say of one match."""

    match: MatchSummary
    state: MatchState
    sealed: SealedPrediction | None = Field(description="The last that was sealed of it.")
    probabilities: Probabilities
    confidence: Confidence
    goals: Goals | None
    markets: tuple[MarketView, ...]
    value_bets: tuple[ValueBet, ...]
    reasons: tuple[Reason, ...]
    levels: tuple[KnowledgeLevel, ...] = Field(
        description="From ratings alone to all that is known: the last is `probabilities`."
    )
    levels_text: str | None = Field(description="The same of the favourite, in words.")
    ranges: Ranges | None
    evidence: Evidence | None
    form: BothForms | None
    model: ModelView
    freshness: Freshness = Field(description="Of the forecast: when results and prices were last read.")
    generated_at: datetime = Field(description="The instant that all ages in this document count to.")
    simulated: bool = Field(description="True when the leagues and matches are made up by the simulator.")
    rehearsal: bool = Field(description="True when the clock is set back to `freshness.as_of`.")
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


class MatchRow(Document):
    """A match in a list, with its probabilities and where it stands."""

    match: MatchSummary
    state: MatchState
    probabilities: Probabilities | None = Field(description="Null for a match that is not forecast any more.")
    favourite: Literal["home", "draw", "away"] | None
    knowledge: Literal["with_odds", "past_odds", "no_odds"] | None
    sealed: SealedPrediction | None = Field(description="Null where nothing was sealed.")
    href: str = Field(examples=["/api/v1/insights/epl-2526-arsenal-chelsea"])

    @cached_property
    def json_text(self) -> bytes:
        """The JSON text of the row, made once: lists share their rows."""
        return self.to_json()


class DayCount(Document):
    """How many matches a UTC day has."""

    day: date
    matches: int = Field(ge=1)


class MatchList(Document):
    """Matches in order of day, kick-off, league and home team."""

    matches: tuple[MatchRow, ...]  # the first member: see to_json
    count: int = Field(ge=0)
    day: date | None = Field(description="The UTC day that was asked for, if one was.")
    days: tuple[DayCount, ...] = Field(description="Every day with matches of this league and team.")
    next_day: date | None = Field(description="The first day with matches after those asked for.")
    previous_day: date | None = Field(description="The last day with matches before those asked for.")
    model_version: str
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")

    def to_json(self) -> bytes:
        """The JSON text of the whole list, put together from the texts of its rows."""
        rest = self.model_copy(update={"matches": ()}).model_dump_json().encode()
        return rest.replace(b"[]", b"[" + b",".join(row.json_text for row in self.matches) + b"]", 1)


class SettledRef(Document):
    """The entry of the ledger that settled a prediction."""

    seq: int = Field(ge=1)
    hash: str
    settled_at: datetime


class MatchReport(Document):
    """One match, coming or of the last days: where it stands, and all that was sealed of it."""

    match: MatchSummary
    state: MatchState
    sealed: SealedPrediction | None = Field(description="The last of `seals`: the one that counts.")
    seals: tuple[SealedPrediction, ...] = Field(description="Oldest first.")
    settled: SettledRef | None
    insight_href: str | None = Field(description="Null once the match left the publication.")
    prices_href: str | None = Field(description="Null from kick-off on.")
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


class ValueBetRow(Document):
    """A value bet, its match, and what the closing price is expected to say of it."""

    match: MatchSummary
    bet: ValueBet
    expected_closing_line_value: float | None = Field(
        description="odds × expected fair closing probability − 1; null while the record cannot tell."
    )
    href: str = Field(examples=["/api/v1/insights/epl-2526-arsenal-chelsea"])


class ValueBetList(Document):
    """The value bets of coming matches, the best edge first."""

    value_bets: tuple[ValueBetRow, ...]
    count: int = Field(ge=0)
    min_edge: float
    model_version: str
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


class LeagueFigures(Document):
    """How forecasts made before kick-off did in a league's held-out seasons, beside the market's early odds.

    Every season was predicted by a model that had seen earlier ones only. Differences are of the mean log
    loss, below 0 where ours was lower, with their 95% intervals.
    """

    seasons: tuple[str, ...] = Field(examples=[["2324", "2425"]])
    n: int = Field(ge=1, description="Matches, all of them with early odds.")
    log_loss: float
    early_odds_log_loss: float = Field(description="Of the market's average odds, margin taken out.")
    difference: float
    low: float
    high: float
    worse_than_early_odds: bool = Field(description="Worse beyond chance: the interval lies above 0.")


class LeagueRow(Document):
    """A league we answer for, with what is coming in it."""

    league: LeagueRef
    coming: int = Field(ge=0, description="Number of published matches to come.")
    first_day: date | None
    last_day: date | None
    teams: tuple[Team, ...] = Field(description="The teams known of the current season.")
    teams_complete: bool = Field(
        default=True,
        description="False while more teams may join: last season's of the country are understood.",
    )
    team_sources: dict[str, str] = Field(
        default_factory=dict, description="Team key → the source that says it plays this season."
    )
    figures: LeagueFigures | None = None
    figures_unknown_because: str | None = Field(default=None, description="Why `figures` is null.")


class LeagueList(Document):
    """The leagues served."""

    leagues: tuple[LeagueRow, ...]
    model_version: str = Field(
        default="none", description="The bundle whose figures these are; `none` before the first."
    )
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool


class Matchup(Document):
    """A pairing as a person writes it."""

    matchup: str = Field(min_length=3, max_length=200, examples=["Arsenal vs Chelsea"])
    league: str | None = Field(
        default=None, min_length=1, max_length=80, description="May be left out.", examples=["EPL"]
    )
