"""What is published becomes numbers to watch; what is not known is absent, never 0."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sabiscore.insights.gauges import ASKED_AHEAD, health_gauges, model_gauges, odds_gauges, system_gauges
from sabiscore.insights.health import HealthCheck, HealthResult
from sabiscore.insights.track_record import DriftView
from sabiscore.observability.exposition import exposition
from sabiscore.pipeline.polling_plan import AHEAD
from sabiscore.publication.supplements import SYSTEM, Supplements, put_supplements, read_supplements
from sabiscore.publication.system_state import system_file
from tests.support.every_supplement import SCHEDULE, SOURCE
from tests.support.served import NOW, world

DRIFT = DriftView(
    bundle="1.0.0",
    n=380,
    accuracy=0.48,
    promised_accuracy=0.54,
    accuracy_z=3.4,
    log_loss=1.01,
    promised_log_loss=0.97,
    log_loss_z=1.0,
    against_market=0.013,
    promised_against_market=-0.001,
    market_z=2.0,
    failing=True,
    because="",
)


def shown(gauges) -> dict[str, str]:
    """Each series that is shown, and its value."""
    lines = exposition(None, gauges).splitlines()
    return dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))


def test_health_that_is_degraded_is_still_ready():
    warned = (HealthCheck("redis", "warn", "slow"),)
    report = HealthResult("degraded", warned, bundle=None, as_of=None, age_s=60)
    assert shown(health_gauges(report)) == {
        "sabiscore_ready": "1",
        "sabiscore_degraded": "1",
        "sabiscore_publication_age_seconds": "60",
    }
    assert "sabiscore_publication_age_seconds" not in shown(health_gauges(replace(report, age_s=None)))


def test_odds_are_as_old_as_the_newest_price_of_their_league(tmp_path):
    publication = world(tmp_path).publications.get()
    priced = [m for m in publication.served.values() if m.priced_at is not None]
    newest = {m.league: max(o.priced_at for o in priced if o.league == m.league) for m in priced}
    at = NOW + timedelta(hours=5)
    assert newest
    assert ASKED_AHEAD == AHEAD
    assert shown(odds_gauges(publication, at)) == {
        f'sabiscore_odds_age_seconds{{league="{league}"}}': f"{(at - priced_at).total_seconds():.10g}"
        for league, priced_at in newest.items()
    }
    assert shown(odds_gauges(publication, NOW - AHEAD)) == {}, "so far ahead nobody asks for prices"


@pytest.mark.parametrize(("breaker", "is_open"), [("open", "1"), ("half open", "1"), ("closed", "0")])
def test_sources_and_schedules_are_as_they_were_seen_last(tmp_path, breaker, is_open):
    source = replace(SOURCE, name="espn", breaker=breaker, used=480, quota=500)
    free = replace(SOURCE, name="free", breaker="closed", used=None, quota=None)
    finished_at = (NOW - timedelta(minutes=7)).isoformat()
    ran = replace(SCHEDULE, name="odds", finished_at=finished_at, outcome="failed")
    never = replace(SCHEDULE, name="stats", finished_at=None, outcome=None)
    put_supplements(tmp_path, {SYSTEM: system_file(NOW, [source, free], [ran, never])})
    assert shown(system_gauges(read_supplements(tmp_path), NOW)) == {
        'sabiscore_source_breaker_open{source="espn"}': is_open,
        'sabiscore_source_breaker_open{source="free"}': "0",
        'sabiscore_source_quota_calls{source="espn"}': "500",
        'sabiscore_source_quota_remaining_calls{source="espn"}': "20",
        'sabiscore_schedule_age_seconds{job="odds"}': "420",
        'sabiscore_schedule_failed{job="odds"}': "1",
    }


def test_what_was_seen_last_is_absent_where_it_is_not_known(tmp_path):
    assert shown(system_gauges(Supplements(), NOW)) == {}
    put_supplements(tmp_path, {SYSTEM: (b"{}", "json")})
    assert shown(system_gauges(read_supplements(tmp_path), NOW)) == {}


def test_a_model_is_as_good_as_what_was_settled_last():
    assert shown(model_gauges(None)) == {}
    assert shown(model_gauges(DRIFT)) == {
        "sabiscore_model_accuracy": "0.48",
        "sabiscore_model_accuracy_fall_z": "3.4",
        "sabiscore_model_log_loss_versus_market": "0.013",
        "sabiscore_model_settled_predictions": "380",
    }
    assert "sabiscore_model_accuracy" not in shown(model_gauges(DRIFT.model_copy(update={"accuracy": None})))
