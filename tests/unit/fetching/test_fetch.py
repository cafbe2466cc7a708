"""A fact comes from the source preferred, or from the next, and says from which."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from sabiscore.domain.facts import Kind
from sabiscore.errors import BadAnswer, CircuitOpen, NoResponse, QuotaSpent, SabiScoreError, SourceOff
from sabiscore.fetching.fetch import MOST_REQUESTS_A_FETCH, FactFetcher
from sabiscore.fetching.source_health import SourceHealth
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.sources.base import Reply, Request, Wanted
from tests.support.cas_stores import NOON, AwayRegister, Hands
from tests.support.providers import Made, Scripted, reply, wanted

FIRST, SECOND = Made("first"), Made("second")
ODDS: frozenset[Kind] = frozenset({"odds"})
FINE = (2.0, 3.5, 4.0)


def gatherer(
    table: dict[tuple[str, str], Reply | SabiScoreError], *providers: Made, register=None
) -> tuple[FactFetcher, Scripted, SourceHealth]:
    fetcher = Scripted(table)
    records = SourceHealth(register or MemoryCasStore(), Hands())
    order = ("first", "second")
    preference: dict[Kind, tuple[str, ...]] = {"odds": order, "fixtures": order}
    return FactFetcher(providers or (FIRST, SECOND), preference, fetcher, records, Hands()), fetcher, records


def test_the_preferred_source_wins_and_the_other_is_not_asked() -> None:
    gather, fetcher, records = gatherer({("first", "epl"): reply("first", "epl", FINE)})
    found = gather.gather(wanted())
    assert {place: (won.source, won.facts) for place, won in found.won.items()} == {
        ("fixtures", "epl"): ("first", 1),
        ("odds", "epl"): ("first", 1),
    }
    assert found.won["odds", "epl"].at == NOON
    assert fetcher.asked == [("first", "epl")]
    assert records.read("first").fetches == 1
    assert not found.missing


@pytest.mark.parametrize(
    "failure",
    [NoResponse("away"), BadAnswer("html"), CircuitOpen("rests"), SourceOff("off"), QuotaSpent("spent")],
)
def test_one_that_fails_leaves_its_place_to_the_next_and_nothing_else_changes(
    failure: SabiScoreError,
) -> None:
    table = {
        ("first", "epl"): failure,
        ("first", "laliga"): reply("first", "laliga", FINE),
        ("second", "epl"): reply("second", "epl", FINE),
        ("second", "laliga"): reply("second", "laliga", FINE),
    }
    gather, fetcher, _ = gatherer(table)
    found = gather.gather(wanted("epl", "laliga"))
    assert found.won["odds", "epl"].source == "second"
    assert found.won["odds", "epl"].instead_of == ("first",)
    hopeless = isinstance(failure, CircuitOpen | SourceOff | QuotaSpent)
    assert found.won["odds", "laliga"].source == ("second" if hopeless else "first")
    assert fetcher.asked.count(("first", "laliga")) == (not hopeless)
    assert found.failures == {"first": failure}


def test_a_league_that_a_source_does_not_cover_goes_to_the_next_without_a_call() -> None:
    table = {
        ("first", "epl"): reply("first", "epl", FINE),
        ("second", "laliga"): reply("second", "laliga", FINE),
    }
    gather, fetcher, _ = gatherer(table, Made("first", leagues=("epl",)), SECOND)
    found = gather.gather(wanted("epl", "laliga"))
    assert found.won["odds", "laliga"].source == "second"
    assert sorted(fetcher.asked) == [("first", "epl"), ("second", "laliga")]


def test_that_there_is_no_match_is_an_answer() -> None:
    gather, fetcher, _ = gatherer({("first", "epl"): reply("first", "epl")})
    found = gather.gather(wanted())
    assert (found.won["odds", "epl"].source, found.won["odds", "epl"].facts) == ("first", 0)
    assert fetcher.asked == [("first", "epl")]


def test_that_everything_was_refused_is_none() -> None:
    table = {
        ("first", "epl"): reply("first", "epl", refused=3),
        ("second", "epl"): reply("second", "epl", FINE),
    }
    gather, _, records = gatherer(table)
    assert gather.gather(wanted(kinds=ODDS)).won["odds", "epl"].source == "second"
    assert records.read("first").refused == 3


def test_matches_without_odds_go_on_to_who_has_them() -> None:
    bare = Reply(provider="first", events=reply("first", "epl", FINE).events)
    gather, _, _ = gatherer({("first", "epl"): bare, ("second", "epl"): reply("second", "epl", FINE)})
    found = gather.gather(wanted())
    assert found.won["fixtures", "epl"].source == "first"
    assert found.won["odds", "epl"].source == "second"


class Broken(Made):
    """It cannot even say what it would be asked for."""

    def requests(self, wanted: Wanted, now: datetime) -> list[Request]:
        raise KeyError("season")


def test_a_source_that_is_broken_itself_is_only_its_own_failure() -> None:
    gather, _, _ = gatherer({("second", "epl"): reply("second", "epl", FINE)}, Broken("first"), SECOND)
    found = gather.gather(wanted())
    assert found.won["odds", "epl"].source == "second"
    assert "KeyError" in str(found.failures["first"])


def test_leagues_are_asked_for_together_and_a_document_that_serves_several_is_fetched_once() -> None:
    class Together(Made):
        def requests(self, wanted: Wanted, now: datetime) -> list[Request]:
            return [Request(url=f"{self.origin}/v1/{'+'.join(wanted.leagues)}", name="all")]

    both = Reply(
        provider="first", events=reply("first", "epl", FINE).events + reply("first", "laliga", FINE).events
    )
    gather, fetcher, _ = gatherer({("first", "epl+laliga"): both}, Together("first"))
    found = gather.gather(wanted("epl", "laliga", kinds=frozenset({"fixtures"})))
    assert fetcher.asked == [("first", "epl+laliga")]
    assert {place: won.facts for place, won in found.won.items()} == {
        ("fixtures", "epl"): 1,
        ("fixtures", "laliga"): 1,
    }


def test_urgent_leagues_are_asked_for_first_and_only_they_may_use_what_is_kept_for_match_days() -> None:
    table = {("first", league): reply("first", league, FINE) for league in ("epl", "laliga")}
    gather, fetcher, _ = gatherer(dict(table))
    found = gather.gather(replace(wanted("epl", "laliga", kinds=ODDS), urgent=frozenset({"laliga"})))
    assert fetcher.asked == [("first", "laliga"), ("first", "epl")]
    assert fetcher.urgent == [("first", "laliga")]
    assert set(found.won) == {("odds", "epl"), ("odds", "laliga")}


def test_what_nobody_has_is_missing_and_says_who_failed() -> None:
    gather, _, records = gatherer({("first", "epl"): NoResponse("one"), ("second", "epl"): NoResponse("two")})
    found = gather.gather(wanted(kinds=ODDS))
    assert found.missing == (("odds", "epl"),)
    assert not found.won
    assert {name: str(error) for name, error in found.failures.items()} == {"first": "one", "second": "two"}
    assert records.read("second").failure == "two"


def test_further_requests_that_an_answer_names_are_sent_once_each_and_not_without_end() -> None:
    table: dict[tuple[str, str], Reply | SabiScoreError] = {
        ("first", "epl"): reply("first", "epl", FINE, more=("page1", "page1"))
    }
    for page in range(1, 2 * MOST_REQUESTS_A_FETCH):
        table["first", f"page{page}"] = reply(
            "first", "epl", (page + 1.0, 3.0, 3.0), more=(f"page{page + 1}", "epl")
        )
    gather, fetcher, _ = gatherer(table)
    gather.gather(wanted())
    assert len(fetcher.asked) == len(set(fetcher.asked)) == MOST_REQUESTS_A_FETCH


def test_without_a_record_the_facts_still_come() -> None:
    gather, _, _ = gatherer({("first", "epl"): reply("first", "epl", FINE)}, register=AwayRegister())
    assert gather.gather(wanted()).won["odds", "epl"].source == "first"


def test_a_record_tells_ages_failures_and_what_nobody_was_found_for() -> None:
    hands = Hands()
    records = SourceHealth(MemoryCasStore(), hands)
    assert records.read("first").age_s(NOON) is None
    records.good("first", reply("first", "epl", FINE))
    hands.move(90)
    records.failed("first", NoResponse("away"))
    records.failed("first", SourceOff("off"))
    records.unmatched("first", ["Zed", "Ashfrod", "Zed", "x" * 400])
    record = records.read("first")
    assert record.age_s(hands.now()) == 90
    assert (record.fetches, record.failures, record.failure) == (1, 1, "away")
    assert record.unmatched == ("Ashfrod", "Zed", "x" * 300)
    hands.move(-600)
    assert record.age_s(hands.now()) == 0


@pytest.mark.parametrize("text", ["{", "[]", '{"other": 1}', "7"])
def test_a_record_that_another_version_wrote_counts_as_none(text: str) -> None:
    register = MemoryCasStore()
    register.swap("source:first", None, text)
    records = SourceHealth(register, Hands())
    assert records.read("first").fetches == 0
    records.good("first", reply("first", "epl", FINE))
    assert records.read("first").fetches == 1


def test_an_answer_that_failed_once_is_no_answer_to_the_next_question_either():
    """Fixtures of the second source are asked for after its odds failed: the same request."""
    table = {("first", "epl"): NoResponse("first is away"), ("second", "epl"): NoResponse("second is away")}
    provider = Scripted(table)
    preference: dict[Kind, tuple[str, ...]] = {"odds": ("second",), "fixtures": ("first", "second")}
    fetcher = FactFetcher(
        (FIRST, SECOND), preference, provider, SourceHealth(MemoryCasStore(), Hands()), Hands()
    )
    gathered = fetcher.gather(wanted("epl"))
    assert gathered.won == {}
    assert set(gathered.missing) == {("odds", "epl"), ("fixtures", "epl")}
    assert provider.asked.count(("second", "epl")) == 1


def test_good_answers_are_counted_before_the_failure_that_came_after_them() -> None:
    table: dict[tuple[str, str], Reply | SabiScoreError] = {
        ("first", "epl"): reply("first", "epl", FINE),
        ("first", "laliga"): NoResponse("away"),
        ("second", "laliga"): NoResponse("away too"),
    }
    gather, _, records = gatherer(table)
    gather.gather(wanted("epl", "laliga", kinds=ODDS))
    health = records.read("first")
    assert (health.fetches, health.failures, health.failure) == (1, 1, "away")
