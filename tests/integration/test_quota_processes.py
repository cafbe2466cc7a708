"""A month's quota under double traffic from several processes, whose clocks jump, over one store."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from infra.project import ROOT

PROCESSES = 4
CALLS = 500

# Simulated time runs from March into May; true times are printed for every call that was let through.
PROCESS = """
import json, sys
from datetime import UTC, datetime, timedelta
from random import Random
from sabiscore.errors import QuotaSpent
from sabiscore.net.quota import Quota, QuotaPlan
from sabiscore.store.sql_cas_store import SqlCasStore
from sabiscore.store.session import Database
from tests.support.cas_stores import Hands

url, seed, wanted = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
random, hands, made = Random(seed), Hands(), []
database = Database(url)
quota = Quota("one", QuotaPlan(500, "month"), SqlCasStore(database), hands)
begin = datetime(2026, 3, 31, 20, tzinfo=UTC)
for step in range(wanted):
    hands.at = begin + timedelta(days=31 * step / wanted)
    hands.error = timedelta(seconds=random.choice((-600, 0, 600)))
    try:
        quota.take(urgent=random.random() < 0.5)
    except QuotaSpent:
        continue
    made.append(hands.at.strftime("%Y-%m"))
database.close()
print(json.dumps(made))
"""


def test_the_quota_of_a_month_holds_over_processes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'sabiscore.db'}"
    path = os.pathsep.join([str(ROOT), str(ROOT / "layers/core/python")])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, url, str(seed), str(2 * CALLS // PROCESSES)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for seed in range(PROCESSES)
    ]
    used: Counter[str] = Counter()
    for process in running:
        out, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        used.update(json.loads(out))
    assert used["2026-04"] <= CALLS
    # How much depends on how evenly the machine lets four processes run.
    assert used["2026-04"] >= 0.8 * CALLS
    assert all(count <= CALLS for count in used.values())
