"""Reliability F1 for the bucket: readers go on from what they have, in time, and health says its age."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.rigs.faults import FAULTS, Fault, fault_proxy
from tests.support.buckets import make_bucket
from tests.support.synced_data_dirs import READ, Fleet


@pytest.fixture
def fleet(s3: str, tmp_path: Path) -> Fleet:
    found = Fleet(tmp_path, s3, f"{make_bucket(s3)}/homes/real")
    found.begin()
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_readers_go_on_from_what_they_have_and_catch_up_later(fleet: Fleet, fault: Fault) -> None:
    """What is slow would give the new price after seconds: the old one shows that nobody waited for it."""
    with fault_proxy(urlsplit(fleet.url).port or 0) as proxy:
        reader = fleet.reader("reader", f"http://127.0.0.1:{proxy.port}")
        assert (reader.price(), reader.checks().get("bucket")) == (1.8, None)
        fleet.publish(1.7)
        proxy.fault = fault
        reader.later(90)
        assert reader.price() == 1.8
        checks = {check["name"]: check for check in reader.health.get("/health").json()["checks"]}
        assert checks["bucket"]["status"] == "warn"
        assert reader.health.get("/health/ready").status_code == 200
        refused = "refused" in checks["bucket"]["detail"]
        assert refused or "the copy of 90 seconds ago" in checks["bucket"]["detail"]
        assert str(fleet.folder) not in checks["bucket"]["detail"]

        asked = proxy.requests
        assert reader.insights.get(READ, headers={"cache-control": "no-cache"}).status_code == 200
        assert proxy.requests == asked, "a bucket that failed is left alone for a minute"

        proxy.fault = "none"
        reader.later(60)
        assert (reader.price(), reader.checks().get("bucket")) == (1.7, None)


def test_a_reader_without_anything_says_so_in_time(fleet: Fleet) -> None:
    with fault_proxy(urlsplit(fleet.url).port or 0) as proxy:
        proxy.fault = "refuse"
        reader = fleet.reader("reader", f"http://127.0.0.1:{proxy.port}")
        answer = reader.insights.get(READ)
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
        assert reader.health.get("/health/ready").status_code == 503
        proxy.fault = "none"
        reader.later(60)
        assert reader.price() == 1.8


def test_being_alive_needs_no_bucket(fleet: Fleet) -> None:
    with fault_proxy(urlsplit(fleet.url).port or 0) as proxy:
        reader = fleet.reader("reader", f"http://127.0.0.1:{proxy.port}")
        assert reader.health.get("/health/live").status_code == 200
        assert proxy.requests == 0
        assert reader.health.get("/health/ready").status_code == 200
        assert proxy.requests > 0
