"""The dashboard that is kept is what its code makes, and shows what is emitted only."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import yaml

from infra.observability.dashboard import FILE, SOURCE, dashboard_json
from infra.project import ROOT
from tests.support.expressions import OBSERVABILITY, RULES, emitted, read, unknown_in

COMPOSE = OBSERVABILITY / "compose.yml"
NOT_SHOWN = {"sabiscore_answers_total", "sabiscore_reader_latency_seconds"}
"""The one as a ratio, the other by more quantiles than its rule has."""
OF_EXPORTERS = re.compile(r"\b(?:node|container)_\w+")


def expressions() -> list[str]:
    """Every expression of the kept dashboard."""
    panels = json.loads(FILE.read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel.get("targets", ())]


def test_the_kept_dashboard_is_what_the_code_makes():
    assert FILE.read_text(encoding="utf-8") == dashboard_json(), "run python -m infra.observability"


def test_the_dashboard_shows_what_is_emitted_and_all_of_it():
    known, shown = emitted(), " ".join(expressions())
    assert list(unknown_in(shown, known)) == []
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
    assert {name for name in families if name not in shown} == NOT_SHOWN
    foreign = {name for name in re.findall(r"\b[a-z]+_\w+", shown) if not name.startswith("sabiscore_")}
    assert {name for name in foreign if not OF_EXPORTERS.fullmatch(name)} == {"histogram_quantile"}


def test_every_expression_is_one(promtool, tmp_path: Path):
    rules = [
        {"record": f"panel:{number}", "expr": each.replace("$__rate_interval", "1m")}
        for number, each in enumerate(expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(rules)} rules found" in done.stdout


def test_panels_lie_side_by_side_and_ask_the_source_that_is_provisioned():
    panels = json.loads(FILE.read_text(encoding="utf-8"))["panels"]
    places = [tuple(panel["gridPos"][side] for side in "xywh") for panel in panels]
    taken = [(x + i, y + j) for x, y, w, h in places for i in range(w) for j in range(h)]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    (source,) = read(OBSERVABILITY / "grafana" / "provisioning" / "datasources" / "prometheus.yml")[
        "datasources"
    ]
    assert (source["type"], source["uid"]) == (SOURCE.type_val, SOURCE.uid)
    assert all(panel["datasource"]["uid"] == SOURCE.uid for panel in panels if panel["type"] != "row")


def test_what_is_composed_is_pinned_is_there_and_listens_on_this_machine_only():
    services = read(COMPOSE)["services"]
    for service in services.values():
        # That of cAdvisor is not on Docker Hub: whoever runs it names the registry.
        asked = re.fullmatch(r"\$\{CADVISOR_IMAGE:\?.* v\d+\.\d+\.\d+\}", service["image"])
        assert asked or re.fullmatch(r"[a-z./-]+:v?\d+\.\d+\.\d+", service["image"])
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
        mounted = [volume.partition(":")[0] for volume in service["volumes"]]
        assert all((COMPOSE.parent / folder).is_dir() for folder in mounted if folder.startswith("."))
    configured = read(RULES.with_name("prometheus.yml"))
    watched = [
        target
        for job in (*configured["scrape_configs"], *configured["alerting"]["alertmanagers"])
        for group in job.get("static_configs", ())
        for target in group["targets"]
    ]
    assert {target.partition(":")[0] for target in watched} <= set(services)


def test_grafana_is_as_old_as_the_builders_that_made_its_dashboard():
    declared = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (pinned,) = re.findall(r"grafana-foundation-sdk==\d+!(\d+\.\d+)", declared)
    assert f"grafana/grafana:{pinned}." in COMPOSE.read_text(encoding="utf-8")
