"""What holds of every provider, whichever it is."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import get_args

import pytest

from sabiscore.domain.facts import Kind
from sabiscore.domain.league import LEAGUE_BY_KEY
from sabiscore.sources.base import Wanted
from sabiscore.sources.football_data_live import FootballDataLive
from sabiscore.sources.licensed_feed import opta
from tests.support.provider_replies import CASES

KINDS = get_args(Kind)
PROVIDERS = list({case.provider.name: case.provider for case in CASES}.values())
PROVIDERS += [FootballDataLive(), opta("https://feed.made.up/z")]
NOW = datetime(2031, 9, 13, 10, tzinfo=UTC)


def wanted(*kinds: Kind) -> Wanted:
    return Wanted(frozenset(kinds), tuple(LEAGUE_BY_KEY), date(2031, 9, 12), date(2031, 9, 16))


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_it_asks_for_what_it_gives_at_its_own_place_with_its_own_keys(provider):
    for kind in KINDS:
        requests = provider.requests(wanted(kind), NOW)
        assert bool(requests) == (kind in provider.gives)
        for request in requests:
            assert request.url.startswith(provider.origin + "/")
            assert {key.variable for key in request.keys} == set(provider.keys)
            assert request.cost in (0, 1)
            assert (request.method == "POST") == bool(request.body)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
def test_it_asks_the_same_whenever_the_same_is_wanted_and_nothing_of_leagues_it_does_not_know(provider):
    assert provider.requests(wanted(*KINDS), NOW) == provider.requests(wanted(*KINDS), NOW)
    nowhere = Wanted(frozenset({"results", "standings"}), ("made-up",), NOW.date(), NOW.date())
    assert provider.name in ("fbref.com", "opta") or not provider.requests(nowhere, NOW)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_what_follows_from_an_answer_is_asked_at_the_same_place(case):
    for request in case.parse().more:
        assert request.url.startswith(case.provider.origin + "/")
        assert {key.variable for key in request.keys} == set(case.provider.keys)
        assert not request.given or json.loads(request.given)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_facts_of_matches_name_an_event_or_one_of_another_answer(case):
    reply = case.parse()
    events = {event.id for event in reply.events}
    named = {fact.event for fact in reply.facts if hasattr(fact, "event")}
    alone = case.path.stem in ("pinnacle_odds", "betfair_books", "api_football_match_statistics")
    assert alone or named <= events
    assert all(event.kickoff_at is None or event.kickoff_at.tzinfo is UTC for event in reply.events)
