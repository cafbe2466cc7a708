"""What the dashboard shows: a title, a unit and its expressions each, in rows."""

from __future__ import annotations

from dataclasses import dataclass

_READERS = 'endpoint!~"/api/cron.*|/api/revalidate|/health.*|/metrics"'
_BUCKETS = "sabiscore_http_request_duration_seconds_bucket"
_MODEL = "sabiscore_model_inference_duration_seconds"
_INTERVAL = "[$__rate_interval]"


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelSpec:
    """A panel: ``queries`` are (expression, legend); ``limit`` is the value from which on it is red."""

    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    about: str = ""
    limit: float | None = None


def _quantile(share: float, buckets: str, *by: str) -> str:
    return f"histogram_quantile({share}, sum by ({', '.join(('le', *by))}) (rate({buckets}{_INTERVAL})))"


def _of_readers(share: float) -> str:
    return _quantile(share, f"{_BUCKETS}{{{_READERS}}}")


READERS = (
    PanelSpec(
        title="Answers",
        unit="reqps",
        queries=(("sum by (status) (rate(sabiscore_http_requests_total[$__rate_interval]))", "{{status}}"),),
    ),
    PanelSpec(
        title="Latency of readers",
        unit="s",
        queries=((_of_readers(0.5), "p50"), (_of_readers(0.95), "p95"), (_of_readers(0.99), "p99")),
        about="To the first byte; p99 is to stay below 148 ms.",
        limit=0.148,
    ),
    PanelSpec(
        title="Errors of all answers",
        unit="percentunit",
        queries=(("sabiscore_error_ratio", "5xx"),),
        limit=0.01,
    ),
    PanelSpec(
        title="Slowest routes, p99",
        unit="s",
        queries=((f"topk(5, {_quantile(0.99, _BUCKETS, 'endpoint')})", "{{endpoint}}"),),
    ),
    PanelSpec(
        title="Hit ratio by tier",
        unit="percentunit",
        queries=(("sabiscore_cache_hit_ratio", "{{tier}}"),),
        about="Of the look-ups that came to a tier, those that it had.",
    ),
    PanelSpec(
        title="Computations and model calls",
        unit="ops",
        queries=(
            ("rate(sabiscore_computations_total[$__rate_interval])", "answers computed"),
            ("rate(sabiscore_model_inference_duration_seconds_count[$__rate_interval])", "model calls"),
        ),
    ),
    PanelSpec(
        title="A call of the model",
        unit="s",
        queries=(
            (_quantile(0.99, f"{_MODEL}_bucket"), "p99"),
            (f"rate({_MODEL}_sum{_INTERVAL}) / rate({_MODEL}_count{_INTERVAL})", "mean"),
        ),
    ),
    PanelSpec(
        title="Health",
        unit="none",
        queries=(
            ("sabiscore_ready", "ready"),
            ("sabiscore_degraded", "degraded"),
            ("sabiscore_fleet_metrics_readable", "counts can be read"),
        ),
    ),
)

_VITALS = "sabiscore_web_vital_seconds_bucket"
PAGES = (
    PanelSpec(
        title="Largest contentful paint, p75 by page",
        unit="s",
        queries=((_quantile(0.75, f'{_VITALS}{{vital="lcp"}}', "page"), "{{page}}"),),
        about="As browsers measured it; good up to 2.5 s.",
        limit=2.5,
    ),
    PanelSpec(
        title="Interaction to next paint, p75 by page",
        unit="s",
        queries=((_quantile(0.75, f'{_VITALS}{{vital="inp"}}', "page"), "{{page}}"),),
        about="Good up to 0.2 s.",
        limit=0.2,
    ),
    PanelSpec(
        title="Layout shift, p75 by page",
        unit="none",
        queries=((_quantile(0.75, "sabiscore_web_vital_layout_shift_bucket", "page"), "{{page}}"),),
        about="Good up to 0.1.",
        limit=0.1,
    ),
    PanelSpec(
        title="First byte and first paint, p75",
        unit="s",
        queries=(
            (_quantile(0.75, f'{_VITALS}{{vital="ttfb"}}'), "first byte"),
            (_quantile(0.75, f'{_VITALS}{{vital="fcp"}}'), "first contentful paint"),
        ),
    ),
)

DATA = (
    PanelSpec(
        title="Age of the publication",
        unit="s",
        queries=(("sabiscore_publication_age_seconds", "publication"),),
        limit=24 * 3600,
    ),
    PanelSpec(
        title="Age of odds",
        unit="s",
        queries=(("sabiscore_odds_age_seconds", "{{league}}"),),
        limit=12 * 3600,
    ),
    PanelSpec(
        title="Quota left",
        unit="percentunit",
        queries=(("sabiscore_source_quota_remaining_calls / sabiscore_source_quota_calls", "{{source}}"),),
    ),
    PanelSpec(
        title="Providers that do not answer",
        unit="none",
        queries=(("sabiscore_source_breaker_open", "{{source}}"),),
    ),
    PanelSpec(
        title="Since the last run of a schedule",
        unit="s",
        queries=(("sabiscore_schedule_age_seconds", "{{job}}"),),
    ),
    PanelSpec(
        title="Runs of schedules an hour",
        unit="none",
        queries=(
            (
                "sum by (job, outcome) (increase(sabiscore_job_runs_total[1h])) > 0",
                "{{job}} {{outcome}}",
            ),
            ("sabiscore_schedule_failed", "{{job}} failed last"),
        ),
    ),
    PanelSpec(
        title="Verifications of the ledger a day",
        unit="none",
        queries=(("increase(sabiscore_ledger_verifications_total[1d])", "{{outcome}}"),),
    ),
)

MODEL = (
    PanelSpec(
        title="Accuracy", unit="percentunit", queries=(("sabiscore_model_accuracy", "newest predictions"),)
    ),
    PanelSpec(
        title="Fall of accuracy",
        unit="none",
        queries=(("sabiscore_model_accuracy_fall_z", "standard errors"),),
        about="Below what was promised; over 3 it is no chance.",
        limit=3,
    ),
    PanelSpec(
        title="Log loss less the market's",
        unit="none",
        queries=(("sabiscore_model_log_loss_versus_market", "nats"),),
        about="Below 0 we were better.",
        limit=0,
    ),
    PanelSpec(
        title="Settled predictions looked at",
        unit="none",
        queries=(("sabiscore_model_settled_predictions", "predictions"),),
    ),
)

MACHINE = (
    PanelSpec(
        title="Processors of the machine",
        unit="percentunit",
        queries=(
            ('1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))', "busy"),
        ),
    ),
    PanelSpec(
        title="Memory of the machine",
        unit="percentunit",
        queries=(("1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes", "used"),),
    ),
    PanelSpec(
        title="Processors by container",
        unit="none",
        queries=(
            (
                'sum by (name) (rate(container_cpu_usage_seconds_total{name!=""}[$__rate_interval]))',
                "{{name}}",
            ),
        ),
    ),
    PanelSpec(
        title="Memory by container",
        unit="bytes",
        queries=(('sum by (name) (container_memory_working_set_bytes{name!=""})', "{{name}}"),),
    ),
)

ROWS = {
    "Readers": READERS,
    "Pages, as browsers measured them": PAGES,
    "Data and schedules": DATA,
    "Model": MODEL,
    "Machine (node exporter, cAdvisor)": MACHINE,
}
