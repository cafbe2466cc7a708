"""The documents of the public record: what our predictions and bets came to, losses included."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from sabiscore.insights.document import Document, Freshness, Probability
from sabiscore.insights.evaluation import BundleEvaluation


class Versus(Document):
    """Our mean log loss less another forecaster's on the same matches, with its 95% bootstrap interval."""

    n: int = Field(ge=1, description="Matches that both predicted.")
    log_loss: float = Field(description="The other forecaster's own mean log loss.")
    difference: float = Field(description="Below 0 we were better.")
    low: float
    high: float


class Bin(Document):
    """Told probabilities of one tenth, and how often what they spoke of happened."""

    least: Probability
    most: Probability
    n: int = Field(ge=1, description="Probabilities; three a match.")
    mean: Probability = Field(validation_alias="told", serialization_alias="told", description="Their mean.")
    happened: Probability
    low: Probability = Field(description="95% interval of what happened (Wilson).")
    high: Probability


class Scores(Document):
    """How a set of settled predictions did. Scores are means a match, the lower the better."""

    n: int = Field(ge=1)
    log_loss: float
    brier: float = Field(description="Squared error summed over the three classes.")
    rps: float = Field(description="Ranked probability score.")
    accuracy: Probability = Field(description="Share of matches whose likeliest outcome happened.")
    calibration_error: float = Field(description="Expected calibration error in ten bins.")
    against_early_odds: Versus | None = Field(description="The market average when it was sealed.")
    against_closing_odds: Versus | None = Field(description="The market average at kick-off.")


class Bets(Document):
    """What value bets came to at a unit each, at the price that stood when found, after any commission."""

    n: int = Field(ge=1)
    won: int = Field(ge=0)
    profit_units: float
    roi: float = Field(description="Profit a unit staked.")
    roi_low: float = Field(description="95% bootstrap interval; wide until there are thousands.")
    roi_high: float
    closing_line_value: float | None = Field(description="Mean of odds × fair closing probability − 1.")
    closing_line_value_low: float | None
    closing_line_value_high: float | None
    closing_line_n: int = Field(ge=0, description="Bets whose match had a closing price.")
    kelly_growth: float = Field(description="Growth of a bankroll that staked as advised, compounded.")


class Pull(Document):
    """How far the closing odds went towards our probabilities, and not because of them.

    The least-squares share of our distance from the market, when sealed, that the market had gone by
    the close.
    """

    n: int = Field(ge=1, description="Settled matches with both prices.")
    share: float = Field(description="0: the market never moves our way; 1: it closes where we stood.")
    low: float
    high: float


class LiveCalibration(Document):
    """What settled predictions of one bundle taught about correcting it."""

    n: int = Field(ge=0, description="Settled predictions that it was learnt from.")
    judged: int = Field(ge=0, description="Those that it predicted before it was fitted on them.")
    gain_nats: float = Field(description="By how much it predicted them better than no correction, summed.")
    in_use: bool = Field(description="Whether that is evidence enough: else there is no correction.")


class DriftView(Document):
    """The newest settled predictions of the bundle in production against its own evaluation."""

    bundle: str
    n: int = Field(
        ge=0, description="Settled predictions looked at: the newest 380, all with odds or all without."
    )
    accuracy: float | None
    promised_accuracy: Probability
    accuracy_z: float | None = Field(description="Its fall in standard errors; beyond 3 it is not chance.")
    log_loss: float | None = Field(description="Mean over the same matches.")
    promised_log_loss: float | None
    log_loss_z: float | None = Field(description="Its rise in standard errors.")
    against_market: float | None = Field(description="Mean log loss less that of the early odds.")
    promised_against_market: float | None
    market_z: float | None
    failing: bool = Field(description="Whether accuracy fell by more than two points beyond chance.")
    because: str


class FeatureShift(Document):
    """How far one feature moved."""

    feature: str
    index: float = Field(ge=0, description="Its population stability index.")


class FeatureAbsence(Document):
    """How much of a group of features is missing."""

    group: str
    missing: float = Field(ge=0, le=1, description="The share of its values that is missing now.")
    expected: float = Field(ge=0, le=1, description="The share missing when it was evaluated.")


class PopulationShift(Document):
    """The vectors sealed of the bundle in production against those that its own evaluation is of.

    Of each feature the population stability index is taken over ten quantiles of the values that are
    present; over 0.1 is called a moderate shift, over 0.25 a large one. What is missing is in `absent`, and
    is no shift.
    """

    bundle: str
    n: int = Field(ge=0, description="Sealed vectors looked at: the newest 760, whole days, two a match.")
    index: float | None = Field(description="Median over all features; null while it is not known.")
    by_group: dict[str, float] = Field(description="Median of each group of features.")
    largest: tuple[FeatureShift, ...] = Field(description="The features that moved farthest.")
    beyond: int | None = Field(description="Features past 0.25; those of tables and seasons always are.")
    shifted: bool = Field(
        description="Whether a group that stays where it is all season moved past 0.25. Nothing follows by "
        "itself from that."
    )
    because: str
    absent: tuple[FeatureAbsence, ...] = Field(
        default=(), description="The groups of which at least 0.1 more is missing than was then."
    )
    absence: str | None = Field(default=None, description="The same in words; null where nothing is absent.")


class TrialView(Document):
    """The challenger against the bundle in production, on the matches that both sealed together."""

    challenger: str
    production: str
    n: int = Field(ge=0, description="Settled matches that both predicted.")
    difference: float | None = Field(
        description="The challenger's mean log loss less production's: below 0 it was better."
    )
    low: float | None = Field(description="95% bootstrap interval.")
    high: float | None
    verdict: str


class Rollback(Document):
    """A bundle that was taken out of production by the system itself."""

    at: datetime
    off: str = Field(description="The version that failed.")
    to: str = Field(description="The version that serves again.")
    because: str


class Anchor(Document):
    """The ledger as it was on one UTC day: whoever keeps this can tell whether its past was changed."""

    day: str
    entries: int = Field(ge=0)
    head: str = Field(description="Hash of its newest entry then.")


class Slice(Document):
    """One part of the record: null where nothing of it is settled yet."""

    predictions: Scores | None
    bets: Bets | None


class Point(Document):
    """The record up to the end of one UTC day, for a chart."""

    day: str
    n: int = Field(ge=1)
    log_loss: float
    closing_log_loss: float | None
    profit_units: float


class TrackRecord(Document):
    """Every sealed prediction that is settled, none left out, as it is published."""

    as_of: datetime | None = Field(description="When the newest of them was settled; null before the first.")
    all: Slice
    last_month: Slice = Field(
        default=Slice(predictions=None, bets=None),
        description="Of the matches that kicked off within 30 days of the newest settled one.",
    )
    by_league: dict[str, Slice]
    by_version: dict[str, Slice]
    calibration: tuple[Bin, ...]
    live_calibration: dict[str, LiveCalibration] = Field(description="By bundle version.")
    drift: DriftView | None
    population: PopulationShift | None
    trial: TrialView | None = Field(description="Null while no challenger is on trial.")
    rollbacks: tuple[Rollback, ...]
    anchors: tuple[Anchor, ...] = Field(description="The newest, one a day, oldest first; all in `seasons`.")
    closing_pull: Pull | None = Field(description="Null until 200 settled matches had both prices.")
    timeline: tuple[Point, ...] = Field(description="The newest days, oldest first; all in `seasons`.")
    sealed: int = Field(ge=0, description="Predictions sealed whose matches are not settled yet.")
    ledger_head: str | None = Field(description="Hash of the newest entry of the ledger; null without one.")


class RecordSeason(Document):
    """Where the days of one season are."""

    season: str = Field(examples=["2425"], description="It begins in July.")
    points: int = Field(ge=0, description="Days of its `timeline`.")
    anchors: int = Field(ge=0, description="Its days with an anchor.")
    href: str = Field(examples=["/api/v1/performance/2425"])


class Performance(TrackRecord):
    """The public record, with its age, beside what the bundle in production showed before its release."""

    seasons: tuple[RecordSeason, ...] = Field(description="Pages with every day on record, oldest first.")
    evaluation: BundleEvaluation | None = Field(
        description="Of seasons that the model had not seen; no part of the record, since nothing was sealed."
    )
    freshness: Freshness
    generated_at: datetime
    simulated: bool = Field(description="True when the leagues and matches are made up by the simulator.")
    rehearsal: bool = Field(description="True when a past season is being played again.")
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")


class RecordDays(Document):
    """Every day of one season: the record as it ran, and what the ledger was at each day's end."""

    season: str
    timeline: tuple[Point, ...] = Field(description="Of all that was settled until then, oldest first.")
    anchors: tuple[Anchor, ...] = Field(description="One a day, oldest first.")
    previous: str | None = Field(description="Where the season before is; null for the first.")
    next: str | None = Field(description="Where the season after is; null for the newest.")
    freshness: Freshness
    generated_at: datetime
    simulated: bool
    rehearsal: bool
    unknown: dict[str, str] = Field(description="Why each member that is null or empty is so, by its path.")
