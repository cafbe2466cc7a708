"""Rules hold what they say, speak of what is emitted only, and a fault reaches whoever is to be woken."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

from infra.project import ROOT
from infra.rigs.part import HOST, Part, free_port
from sabiscore.observability.exposition import MEDIA_TYPE, exposition
from sabiscore.observability.metrics import Metrics
from tests.support.expressions import OBSERVABILITY, RULES, emitted, read, rules, unknown_in
from tests.support.waiting import HANG_S

CASES = RULES.with_name("rules.test.yml")
PROMETHEUS = RULES.with_name("prometheus.yml")
ALERTMANAGER = OBSERVABILITY / "alertmanager" / "alertmanager.yml"


def judged(*command: str | Path) -> tuple[int, str]:
    done = subprocess.run([*command], capture_output=True, text=True, cwd=RULES.parent)
    return done.returncode, done.stdout + done.stderr


def test_the_rules_of_prometheus_are_rules_and_its_configuration_is_one(promtool):
    assert judged(promtool, "check", "rules", RULES)[0] == 0
    assert judged(promtool, "check", "config", PROMETHEUS)[0] == 0


def test_each_rule_does_what_its_cases_say(promtool):
    status, said = judged(promtool, "test", "rules", CASES)
    assert (status, "FAILED" in said) == (0, False), said


def test_the_configuration_of_alertmanager_is_one(amtool):
    assert judged(amtool, "check-config", ALERTMANAGER)[0] == 0


def test_every_alert_has_a_case_in_which_it_fires():
    cases = [case for test in read(CASES)["tests"] for case in test.get("alert_rule_test", ())]
    fired = {case["alertname"] for case in cases if case.get("exp_alerts")}
    assert fired == {rule["alert"] for rule in rules() if "alert" in rule}


def test_every_alert_is_in_the_docs():
    page = (ROOT / "docs" / "observability.md").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in rules() if "alert" in rule and f"`{rule['alert']}`" not in page] == []


def test_rules_speak_of_what_is_emitted_only():
    known = emitted()
    assert [name for rule in rules() for name in unknown_in(rule["expr"], known)] == []


def test_a_name_or_a_label_that_nobody_emits_is_found():
    wrong = 'rate(sabiscore_http_request_total{status="500"}[5m]) / sabiscore_ready{route="/"}'
    assert list(unknown_in(wrong, emitted())) == ["sabiscore_http_request_total", "sabiscore_ready{route}"]


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Writes nothing."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """The port of a server of this process."""
    with ThreadingHTTPServer((HOST, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def running(name: str, folder: Path, config: Path, port: int, *more: str) -> Iterator[Part]:
    """``name`` over the configuration, in ``folder``."""
    command = [name, f"--config.file={config}", f"--web.listen-address={HOST}:{port}", *more]
    part = Part(name=name, command=command, port=port, environ=os.environ, folder=folder)
    part.start()
    try:
        yield part
    finally:
        part.stop()


def written(path: Path, text: str, *changes: tuple[str, str]) -> Path:
    """``text`` with all ``changes``, each of which must apply."""
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_broken_ledger_reaches_the_webhook(promtool, amtool, tmp_path):
    metrics = Metrics()
    scraped, heard = threading.Semaphore(0), Queue[dict[str, Any]]()

    class Shown(_Quiet):
        def do_GET(self) -> None:
            body = exposition(metrics.totals(), ()).encode()
            self.send_response(200)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.end_headers()
            self.wfile.write(body)
            scraped.release()

    class Webhook(_Quiet):
        def do_POST(self) -> None:
            heard.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

    written(tmp_path / "rules.yml", RULES.read_text())
    manager, server = free_port(), free_port()
    with listening(Shown) as target, listening(Webhook) as webhook:
        (tmp_path / "targets.json").write_text(json.dumps([{"targets": [f"{HOST}:{target}"]}]))
        alerting = written(
            tmp_path / "alertmanager.yml",
            ALERTMANAGER.read_text(),
            ("http://127.0.0.1:9099/alerts", f"http://{HOST}:{webhook}/alerts"),
            ("group_wait: 10s", "group_wait: 0s"),
        )
        watching = written(
            tmp_path / "prometheus.yml",
            PROMETHEUS.read_text(),
            ("_interval: 15s", "_interval: 1s"),
            ("scrape_timeout: 10s", "scrape_timeout: 1s"),
            ("scheme: https", "scheme: http"),
            ("alertmanager:9093", f"{HOST}:{manager}"),
        )
        with (
            running(
                "prometheus-alertmanager",
                tmp_path,
                alerting,
                manager,
                "--cluster.listen-address=",
                f"--storage.path={tmp_path / 'manager'}",
            ),
            running("prometheus", tmp_path, watching, server, f"--storage.tsdb.path={tmp_path / 'server'}"),
        ):
            for _ in range(2):
                assert scraped.acquire(timeout=HANG_S)
            metrics.ledger_verified("broken")
            while True:
                (alert, *_) = heard.get(timeout=HANG_S)["alerts"]
                if alert["labels"]["alertname"] == "LedgerBroken":
                    break
    assert (alert["status"], alert["labels"]["severity"]) == ("firing", "page")
    assert alert["annotations"]["summary"] == "The ledger does not hold against its published heads"
