"""Every metric that ``/metrics`` shows: its name, kind and help, its labels, and what is born at 0.

A rate over a series that is first seen at 50 is 0, so every label value that can be known is there from the
first scrape on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sabiscore.observability.endpoints import calls

STATUSES = ("200", "304", "400", "404", "405", "429", "499", "500", "503", "504")
SOURCES = ("memory", "shared", "computed")
JOBS = ("odds", "stats", "calibrate", "cleanup")
JOB_OUTCOMES = ("done", "busy", "failed")
LEDGER_OUTCOMES = ("intact", "broken")

REQUEST_EDGES_S = (0.001, 0.005, 0.025, 0.05, 0.1, 0.148, 0.25, 0.5, 1.0, 2.5)
"""148 ms is what 99 of 100 answers are to take at most."""
VITALS = ("lcp", "fcp", "ttfb", "inp")
VITAL_EDGES_S = (0.05, 0.1, 0.148, 0.2, 0.5, 0.8, 1.2, 1.8, 2.5, 4.0, 8.0)
"""Among them where web.dev begins to call each of them no longer good, and poor."""
SHIFT_EDGES = (0.01, 0.05, 0.1, 0.15, 0.25, 0.5)
PAGES = ("matches", "match", "value", "record")
"""Those whose vitals are told apart."""
OTHER_PAGE = "other"
INFERENCE_EDGES_S = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.025, 0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """One metric; ``known``: values of its ``labels``; ``edges``: the upper ones of a histogram's buckets."""

    name: str
    kind: Literal["counter", "histogram", "gauge"]
    help: str
    labels: tuple[str, ...] = ()
    known: tuple[tuple[str, ...], ...] = ()
    edges: tuple[float, ...] = ()


def _counter(name: str, text: str, **values: tuple[str, ...]) -> Family:
    """A counter with at most one label, born at 0 for each of its values."""
    known = tuple((value,) for each in values.values() for value in each) or ((),)
    return Family(name=name, kind="counter", help=text, labels=tuple(values), known=known)


def _gauge(name: str, text: str, *labels: str) -> Family:
    return Family(name=name, kind="gauge", help=text, labels=labels)


REQUESTS = Family(
    name="sabiscore_http_requests_total",
    kind="counter",
    help="Responses by method, route and status; 499: the client left.",
    labels=("method", "endpoint", "status"),
    known=tuple((*call, status) for call in calls() for status in STATUSES),
)
DURATIONS = Family(
    name="sabiscore_http_request_duration_seconds",
    kind="histogram",
    help="Seconds to the first byte of a response, by method and route.",
    labels=("method", "endpoint"),
    known=tuple(calls()),
    edges=REQUEST_EDGES_S,
)
ANSWERS = _counter(
    "sabiscore_answers_total", "Cacheable answers by the tier that had them, or computed.", source=SOURCES
)
COMPUTATIONS = _counter(
    "sabiscore_computations_total", "Answers computed, for a waiting reader or behind a stale one."
)
INFERENCES = Family(
    name="sabiscore_model_inference_duration_seconds",
    kind="histogram",
    help="Seconds that the model took for one call, whatever the number of matches in it.",
    known=((),),
    edges=INFERENCE_EDGES_S,
)
JOB_RUNS = Family(
    name="sabiscore_job_runs_total",
    kind="counter",
    help="Runs of schedules by outcome; busy: another run was under way.",
    labels=("job", "outcome"),
    known=tuple((job, outcome) for job in JOBS for outcome in JOB_OUTCOMES),
)
LEDGER_CHECKS = _counter(
    "sabiscore_ledger_verifications_total",
    "Verifications of the whole ledger against its published heads.",
    outcome=LEDGER_OUTCOMES,
)
WEB_VITALS = Family(
    name="sabiscore_web_vital_seconds",
    kind="histogram",
    help="What browsers measured of a view of a page, by vital: lcp, fcp, ttfb or inp.",
    labels=("vital", "page"),
    known=tuple((vital, page) for vital in VITALS for page in (*PAGES, OTHER_PAGE)),
    edges=VITAL_EDGES_S,
)
LAYOUT_SHIFTS = Family(
    name="sabiscore_web_vital_layout_shift",
    kind="histogram",
    help="Cumulative layout shift of a view of a page, as its browser measured it; without a unit.",
    labels=("page",),
    known=tuple((page,) for page in (*PAGES, OTHER_PAGE)),
    edges=SHIFT_EDGES,
)
COUNTED = (
    REQUESTS,
    DURATIONS,
    ANSWERS,
    COMPUTATIONS,
    INFERENCES,
    JOB_RUNS,
    LEDGER_CHECKS,
    WEB_VITALS,
    LAYOUT_SHIFTS,
)
"""What processes add up; the fleet's is the sum of all."""

READY = _gauge("sabiscore_ready", "1 unless health is unavailable.")
DEGRADED = _gauge("sabiscore_degraded", "1 while answers come from an older copy than they should.")
PUBLICATION_AGE = _gauge("sabiscore_publication_age_seconds", "Age of the publication.")
FLEET_READABLE = _gauge(
    "sabiscore_fleet_metrics_readable",
    "1 if the counts of the whole fleet could be read, else they are absent.",
)
ODDS_AGE = _gauge(
    "sabiscore_odds_age_seconds", "Age of the newest price of a league's coming matches.", "league"
)
QUOTA = _gauge("sabiscore_source_quota_calls", "Calls that a provider's plan allows a period.", "source")
QUOTA_LEFT = _gauge("sabiscore_source_quota_remaining_calls", "Calls left of a provider's plan.", "source")
BREAKER_OPEN = _gauge(
    "sabiscore_source_breaker_open", "1 until a provider that failed has answered again.", "source"
)
SCHEDULE_AGE = _gauge(
    "sabiscore_schedule_age_seconds", "Since a schedule's newest run on record had ended.", "job"
)
SCHEDULE_FAILED = _gauge("sabiscore_schedule_failed", "1 if that run failed.", "job")
ACCURACY = _gauge(
    "sabiscore_model_accuracy", "Share of the newest settled predictions whose likeliest outcome happened."
)
ACCURACY_FALL = _gauge(
    "sabiscore_model_accuracy_fall_z",
    "By how many standard errors accuracy fell below the promised one; above 3 is no chance.",
)
LOG_LOSS_VERSUS_MARKET = _gauge(
    "sabiscore_model_log_loss_versus_market",
    "Mean log loss of the same predictions less that of the odds; below 0 we were better.",
)
SETTLED = _gauge("sabiscore_model_settled_predictions", "How many settled predictions these figures are of.")
SEEN = (
    READY, DEGRADED, PUBLICATION_AGE, FLEET_READABLE, ODDS_AGE, QUOTA, QUOTA_LEFT, BREAKER_OPEN, SCHEDULE_AGE,
    SCHEDULE_FAILED, ACCURACY, ACCURACY_FALL, LOG_LOSS_VERSUS_MARKET, SETTLED,
)  # fmt: skip
"""What is as it is when it is looked at."""
