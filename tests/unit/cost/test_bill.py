"""The bill of a month: prices times what a visit takes; what is not known is named and never guessed."""

from __future__ import annotations

from datetime import date

import pytest

from infra.cost.bill import Bill, bill_of
from infra.cost.prices import ProviderPlan, ProviderPrice, ProviderPrices
from infra.cost.usage import Usage, VisitUsage

DAY = date(2026, 11, 28)


def price(quantity: str, service: str, usd: float, included: float = 0.0) -> ProviderPrice:
    return ProviderPrice(
        quantity=quantity,
        service=service,
        what=quantity,
        usd=usd,
        per=1e6,
        included=included,
        as_of=DAY,
        source="https://prices.example.com",
        read_in="the page",
        note="",
    )


PLAN = ProviderPlan(service="edge", what="plan", usd=5.0, as_of=DAY, source="", read_in="")
LISTED = (price("requests", "edge", 0.3, 1e7), price("commands", "redis", 2), price("gets", "s3", 1))
PRICES = ProviderPrices({listed.quantity: listed for listed in LISTED}, (PLAN,))


def bill(visits: int, commands: float = 4.0) -> Bill:
    usage = {
        "requests": Usage(20.0, "counted"),
        "commands": Usage(commands, "counted"),
        "gets": Usage(None, "nobody counted them"),
    }
    return bill_of(visits, VisitUsage("a visit", DAY, usage, ""), PRICES)


def test_what_is_beyond_what_is_included_is_paid() -> None:
    lines = {line.what: line for line in bill(10**6).lines}
    assert lines["requests"].amount == pytest.approx(2e7)
    assert lines["requests"].usd == pytest.approx(3.0)
    assert lines["commands"].usd == pytest.approx(8.0)
    assert lines["plan"].usd == 5.0


def test_what_is_included_costs_nothing() -> None:
    (requests,) = (line for line in bill(1000).lines if line.what == "requests")
    assert requests.usd == 0.0


def test_what_is_not_known_is_no_number_and_says_why() -> None:
    (gets,) = (line for line in bill(10**6).lines if line.what == "gets")
    assert (gets.amount, gets.usd, gets.how) == (None, None, "nobody counted them")
    (s3,) = (service for service in bill(10**6).services if service.service == "s3")
    assert s3.not_known == ("gets",)


def test_shares_are_of_the_total_and_the_dearest_comes_first() -> None:
    found = bill(10**6)
    assert found.total == pytest.approx(16.0)
    assert [(s.service, s.share) for s in found.services] == [
        ("edge", pytest.approx(0.5)),
        ("redis", pytest.approx(0.5)),
        ("s3", 0.0),
    ]


def test_the_number_that_dominates_is_a_line_and_no_service() -> None:
    assert bill(10**6).dominant is not None
    assert bill(10**6).dominant.what == "commands"  # type: ignore[union-attr]  # asserted above
    assert bill(0).dominant.what == "plan"  # type: ignore[union-attr]  # the plan is paid by nobody too


def test_without_any_cost_there_is_no_share_and_nothing_dominates() -> None:
    free = bill_of(0, VisitUsage("a visit", DAY, {"requests": Usage(1.0, "")}, ""), ProviderPrices({}, ()))
    assert (free.total, free.services, free.dominant) == (0, (), None)
