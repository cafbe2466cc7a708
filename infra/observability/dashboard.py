"""The dashboard for Grafana, made of ``panels`` by Grafana's own builders, as the JSON that is kept."""

from __future__ import annotations

import json
from pathlib import Path

from grafana_foundation_sdk.builders import common, dashboard, prometheus, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import GraphThresholdsStyleMode
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)

from infra.observability.panels import ROWS, PanelSpec

FILE = Path(__file__).parent / "grafana" / "dashboards" / "sabiscore.json"
SOURCE = DataSourceRef(type_val="prometheus", uid="prometheus")
WIDTH, HEIGHT = 8, 8
"""Of a panel, in Grafana's units: a row is 24 wide."""


def dashboard_json() -> str:
    """The text of the kept file."""
    board = (
        dashboard.Dashboard("SabiScore")
        .uid("sabiscore")
        .description("How the fleet does; made by python -m infra.observability.")
        .tags(["sabiscore"])
        .time("now-6h", "now")
        .refresh("1m")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for title, specs in ROWS.items():
        board.with_row(dashboard.Row(title))
        for spec in specs:
            board.with_panel(_panel(spec))
    return json.dumps(board.build(), cls=JSONEncoder, indent=1, sort_keys=True) + "\n"


def _panel(spec: PanelSpec) -> timeseries.Panel:
    panel = (
        timeseries.Panel()
        .title(spec.title)
        .unit(spec.unit)
        .datasource(SOURCE)
        .span(WIDTH)
        .height(HEIGHT)
        .thresholds(_thresholds(spec.limit))
    )
    if spec.about:
        panel.description(spec.about)
    if spec.limit is not None:
        panel.thresholds_style(common.GraphThresholdsStyleConfig().mode(GraphThresholdsStyleMode.LINE))
    for number, (expression, legend) in enumerate(spec.queries):
        query = prometheus.Dataquery().expr(expression).legend_format(legend).range()
        panel.with_target(query.ref_id(chr(ord("A") + number)))
    return panel


def _thresholds(limit: float | None) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=None, color="green")]
    if limit is not None:
        steps.append(Threshold(value=limit, color="red"))
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
