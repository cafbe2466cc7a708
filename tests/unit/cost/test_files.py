"""Every price has its day and its source, and every quantity that has a price is measured or says why not."""

from __future__ import annotations

from datetime import date

import pytest

from infra.cost.prices import read_prices
from infra.cost.usage import VISIT_KINDS, VisitKind, read_usage

PRICES = read_prices()


@pytest.mark.parametrize("quantity", list(PRICES.prices))
def test_a_price_says_when_and_where_it_was_looked_up(quantity: str) -> None:
    price = PRICES.prices[quantity]
    assert date(2026, 1, 1) <= price.as_of
    assert price.source.startswith("https://")
    assert price.read_in
    assert price.usd > 0
    assert price.per >= 1
    assert price.included >= 0


def test_the_services_that_readers_make_work_have_prices() -> None:
    services = {price.service for price in PRICES.prices.values()}
    assert services >= {
        "AWS Lambda",
        "AWS API Gateway",
        "AWS S3",
        "Cloudflare Workers",
        "Cloudflare KV",
        "Cloudflare Durable Objects",
        "Upstash",
    }


def test_the_oldest_price_is_the_one_that_is_named() -> None:
    assert PRICES.oldest == min(price.as_of for price in (*PRICES.prices.values(), *PRICES.plans))


@pytest.mark.parametrize("kind", VISIT_KINDS)
def test_every_quantity_with_a_price_is_measured_or_says_why_not(kind: VisitKind) -> None:
    usage = read_usage(kind).usage
    assert usage.keys() == PRICES.prices.keys()
    assert all(taken.how for taken in usage.values())
    assert all(taken.amount is None or taken.amount >= 0 for taken in usage.values())
