"""Reliability B1: thousands of made-up calls, none answered outside the API document or with a 5xx."""

from __future__ import annotations

from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from infra.api_document.document import OPERATIONS
from sabiscore.insights.stored_track_record import EMPTY, put_track_record
from sabiscore.insights.track_record import Anchor
from sabiscore.publication.ledger_pages import publish_ledger
from tests.support.ledgers import chain, reader
from tests.support.served import world

CASES_AN_OPERATION = {"get_insight": 600, "post_insight": 800, "get_matches": 700}
CASES_OTHERWISE = 80
CASES = 2000
CONFIG = Path(__file__).parents[2] / "schemathesis.toml"

asked: list[str] = []


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("publication")
    publish_ledger(folder, chain(20)[-1].hash, reader(chain(20)))
    anchor = Anchor(day="2025-05-09", entries=9, head="ab" * 32)
    put_track_record(folder, EMPTY.model_copy(update={"anchors": (anchor,)}))
    app = world(folder).app
    config = schemathesis.Config.from_path(CONFIG)
    return schemathesis.openapi.from_asgi("/openapi.json", app, config=config)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_answer_is_the_one_documented(schema, operation_id):
    operation = schema.find_operation_by_id(operation_id)

    @settings(
        max_examples=CASES_AN_OPERATION.get(operation_id, CASES_OTHERWISE),
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def check(case):
        response = case.call()
        asked.append(operation_id)
        assert response.status_code < 500
        case.validate_response(response)

    check()


@pytest.mark.parametrize(
    ("operation_id", "asking"),
    [
        ("get_insight", {"path_parameters": {"match_id": "epl-2526-arsenal-chelsea"}}),
        ("get_insight", {"path_parameters": {"match_id": "epl-2526-man-united-tottenham"}}),
        ("post_insight", {"body": {"matchup": "spurs v man utd"}, "media_type": "application/json"}),
        ("get_matches", {"query": {"league": "Premier League", "from": "2025-08-16", "to": "2025-08-16"}}),
        ("get_matches", {"query": {"team": "gunners", "day": "2025-08-16"}}),
        ("get_match", {"path_parameters": {"match_id": "epl-2526-arsenal-chelsea"}}),
        ("get_ledger", {"query": {"cursor": 3, "limit": 10, "order": "newest", "league": "epl"}}),
        ("get_prices", {"path_parameters": {"match_id": "epl-2526-arsenal-chelsea"}}),
        ("get_ledger", {"query": {"format": "jsonl"}}),
        ("get_ledger_entry", {"path_parameters": {"entry": "1"}}),
        ("get_system", {}),
        ("get_calendar", {"path_parameters": {"file": "epl.ics"}, "query": {"team": "arsenal"}}),
        ("get_feed", {}),
        ("get_llms", {}),
        ("get_performance", {"query": {"format": "csv"}}),
        ("get_performance_season", {"path_parameters": {"season": "2425"}}),
        ("get_leagues", {}),
        ("get_value_bets", {"query": {"league": "epl", "min_edge": 0.05, "quality": "PREMIUM"}}),
        ("get_performance", {}),
        ("get_revalidate", {}),
        ("get_schedules", {}),
        ("get_health", {}),
        ("get_ready", {}),
        ("get_live", {}),
        ("get_metrics", {}),
        ("get_docs", {}),
        ("get_openapi", {}),
    ],
)
def test_a_good_question_is_answered_as_documented(schema, operation_id, asking):
    case = schema.find_operation_by_id(operation_id).Case(**asking)
    response = case.call()
    assert response.status_code == 200
    case.validate_response(response)


def test_enough_was_asked():
    assert len(asked) >= CASES
