"""``sabiscore cost`` says what readers cost, from which prices, and what nobody knows."""

from __future__ import annotations

import json

import pytest

from infra.project import ROOT
from tests.integration.test_wrong_use import is_a_sentence
from tests.support.command import Sabiscore


def document(sabiscore: Sabiscore, *words: str) -> dict:
    said = sabiscore("cost", "--json", *words)
    assert said.code == 0, said
    return json.loads(said.out)


def test_a_table_by_service_the_total_and_what_dominates(sabiscore: Sabiscore) -> None:
    said = sabiscore("cost", "--readers", "1e6")
    assert said.code == 0
    assert said.out.startswith("1,000,000 visits a month")
    services = ("Cloudflare Workers", "Upstash", "AWS Lambda", "AWS S3")
    for part in (*services, "Total: at least US$", "Most of it:", "Left out:", "Check prices"):
        assert part in said.out


def test_json_has_every_line_with_how_it_was_measured(sabiscore: Sabiscore) -> None:
    found = document(sabiscore, "--readers", "1e6")
    assert found["readers"] == 1_000_000
    assert all(line["how"] for line in found["lines"])
    assert found["usd_a_month"] == pytest.approx(sum(line["usd"] or 0 for line in found["lines"]))
    assert sum(service["share"] for service in found["services"]) == pytest.approx(1)
    assert found["dominant"]["usd"] == max(line["usd"] or 0 for line in found["lines"])
    assert all(price["as_of"] and price["source"] for price in found["prices"])


def test_what_was_not_measured_is_null_with_its_reason(sabiscore: Sabiscore) -> None:
    unknown = [line for line in document(sabiscore)["lines"] if line["usd"] is None]
    assert unknown
    assert all(line["amount"] is None and len(line["how"]) > 20 for line in unknown)


def test_more_readers_cost_more_and_none_cost_the_plan(sabiscore: Sabiscore) -> None:
    costs = [document(sabiscore, "--readers", readers)["usd_a_month"] for readers in ("0", "1e6", "1e8")]
    assert costs[0] == 5.0
    assert costs == sorted(costs)
    assert costs[1] < costs[2]


def test_programs_pay_for_the_limit_of_the_fleet_and_pages_do_not(sabiscore: Sabiscore) -> None:
    api, page = (document(sabiscore, "--visit", kind) for kind in ("api", "page"))
    assert api["dominant"]["service"] == "Upstash"
    (commands,) = (line for line in page["lines"] if line["service"] == "Upstash")
    assert commands["usd"] == 0


@pytest.mark.parametrize("wrong", ["-1", "nan", "inf", "0.5", "1e13"])
def test_what_is_no_number_of_readers_is_refused(sabiscore: Sabiscore, wrong: str) -> None:
    is_a_sentence(sabiscore("cost", "--readers", wrong), 2)


def test_another_kind_of_visit_is_refused_with_those_there_are(sabiscore: Sabiscore) -> None:
    said = sabiscore("cost", "--visit", "socket")
    is_a_sentence(said, 2)
    assert "page, api" in said.err


def test_the_docs_quote_what_the_command_says(sabiscore: Sabiscore) -> None:
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    page_cost, api_cost = (document(sabiscore, "--visit", kind)["usd_a_month"] for kind in ("page", "api"))
    assert f"| US$ a month, at least | {page_cost:.2f} | {api_cost:.2f} |" in page
