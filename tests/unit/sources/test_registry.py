"""What is declared of sources holds together: ranks, hosts, keys and plans."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest

from sabiscore.domain.facts import Kind
from sabiscore.domain.league import LEAGUES
from sabiscore.errors import BadSetting
from sabiscore.net.allowed import origin_of, refuse_foreign
from sabiscore.net.quota import QuotaPlan
from sabiscore.sources.base import Request, Wanted
from sabiscore.sources.registry import LICENSED, PREFERENCE, Declared, declare

FEED = "https://feeds.example.com/day.json"
DECLARED = {source.provider.name: source for source in declare(dict.fromkeys(LICENSED, FEED))}
NOW = datetime(2026, 4, 16, 12, tzinfo=UTC)


def requests(source: Declared) -> list[Request]:
    """Everything that a source could be asked for in a week."""
    week = NOW.date(), NOW.date() + timedelta(days=7)
    leagues = tuple(league.key for league in LEAGUES)
    return [
        request
        for kind in source.provider.gives
        for request in source.provider.requests(Wanted(frozenset({kind}), leagues, *week), NOW)
    ]


def test_every_kind_has_its_ranking_and_nobody_is_left_out() -> None:
    assert set(PREFERENCE) == set(get_args(Kind))
    ranked = {(kind, name) for kind, names in PREFERENCE.items() for name in names}
    assert ranked == {
        (kind, source.provider.name) for source in DECLARED.values() for kind in source.provider.gives
    }
    assert all(len(names) == len(set(names)) for names in PREFERENCE.values())


@pytest.mark.parametrize("name", DECLARED)
def test_a_source_asks_its_own_host_only_and_its_requests_hold_no_key(name: str) -> None:
    source = DECLARED[name]
    asked = requests(source)
    assert asked
    for request in asked:
        refuse_foreign(request.url, frozenset({origin_of(source.provider.origin)}))
        assert {place.variable for place in request.keys} <= set(source.provider.keys)
        assert bool(request.keys) == bool(source.provider.keys)
        assert request.cost >= 0
        assert 0 < request.max_bytes <= 64 << 20
    assert all(setting.startswith("SABISCORE_") for setting in source.needs)


def test_free_plans_are_those_that_the_providers_publish() -> None:
    plans = {name: source.plan for name, source in DECLARED.items() if source.plan}
    assert plans == {
        "the-odds-api.com": QuotaPlan(500, "month"),
        "api-football.com": QuotaPlan(100, "day"),
        "api-football (RapidAPI)": QuotaPlan(500, "month"),
    }


def test_a_licensed_source_needs_its_feed() -> None:
    licensed = {name for name, source in DECLARED.items() if source.licensed}
    assert licensed == {"fbref.com", "transfermarkt.com", "opta"}
    assert all(source.needs for source in declare({}) if source.licensed)


@pytest.mark.parametrize("setting", LICENSED)
@pytest.mark.parametrize(
    "url", ["http://feeds.example.com/x", "https://10.0.0.1/x", "https://k:s@f.example/x"]
)
def test_a_feed_at_an_address_that_is_none_is_refused_by_name(setting: str, url: str) -> None:
    with pytest.raises(BadSetting, match=setting) as caught:
        declare({setting: url})
    assert url not in f"{caught.value}{caught.value.hint}"
