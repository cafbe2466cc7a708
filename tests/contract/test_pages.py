"""Pages say what the documents of the API say, to people, and nothing more."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import pytest

from sabiscore.domain.match import Match
from sabiscore.http.request_policy import RequestPolicy
from sabiscore.insights.document import ValueBetList, ValueBetRow
from sabiscore.limits.bucket import Buckets
from sabiscore.pages import rendering
from sabiscore.pages.rendering import CONTENT_POLICY
from sabiscore.pages.value import value_page
from sabiscore.publication.matchday import MatchLife, SealSummary, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.support.served import KICKOFF, MATCHES, NOW, FakeModel, World, match, world

ID = "epl-2526-arsenal-chelsea"
PAGES = [
    "/",
    "/bets",
    "/guide",
    "/docs",
    f"/match/{ID}",
    "/value",
    "/record",
    "/record/ledger",
    "/system",
    f"/match/{ID}/prices",
    "/pick",
    "/pick?home=Arsenal&away=Liverpool",
]
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """What a page is made of: elements with their attributes, and text; unbalanced tags are faults."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.faults: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._words).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def served(tmp_path: Path) -> World:
    return world(tmp_path)


def outline(served: World, path: str, status: int = 200) -> Outline:
    answer = served.pages.get(path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Outline(answer.text)


def answer_allows_its_script(served: World, path: str) -> bool:
    """Whether the policy names the script that stands in the page, by its hash, and no other."""
    answer = served.pages.get(path)
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digests = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts]
    return re.findall(r"'sha256-(.*?)'", answer.headers["content-security-policy"]) == digests


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_well_formed_and_runs_nothing_of_its_own(served: World, path: str) -> None:
    page = outline(served, path)
    assert page.faults == []
    assert not [a for tag, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]
    assert [script.get("src", "") for script in page.all("script")] == [""]
    (html,) = page.all("html")
    assert html["data-script"].startswith("/assets/site-"), "loaded after the first paint"
    assert answer_allows_its_script(served, path)
    assert not page.all("style")
    assert len(page.all("h1")) == 1
    assert len(page.all("main")) == 1
    ids = [a["id"] for _, a in page.elements if "id" in a]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_cached_and_guarded_like_its_document(served: World, path: str) -> None:
    answer = served.pages.get(path)
    assert answer.headers["content-security-policy"].startswith(
        f"{CONTENT_POLICY}; script-src 'self' 'sha256-"
    )
    assert answer.headers["cache-tag"]
    again = served.pages.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert served.pages.request("HEAD", path).status_code == 200


def test_the_first_day_is_shown_with_links_to_the_others(served: World) -> None:
    page = outline(served, "/")
    rows = [a for a in page.all("li") if a.get("class") == "row"]
    assert {row["data-match"] for row in rows} == {
        m.id for m in MATCHES if m.league != "national-league" and m.day.isoformat() == "2025-08-16"
    }
    assert any(a.get("href") == "/?day=2025-08-17" for a in page.all("a"))
    assert "Liverpool" not in page.text
    assert "Liverpool" in outline(served, "/?day=2025-08-17").text


def test_the_three_numbers_of_a_row_sum_to_100_and_are_those_of_the_document(served: World) -> None:
    listed = {row["match"]["id"]: row for row in served.client.get("/api/v1/matches").json()["matches"]}
    html = served.pages.get("/").text
    for found in re.finditer(r'data-match="([^"]+)".*?class="numbers"[^>]*>([^<]+)<', html, re.DOTALL):
        numbers = [int(n) for n in found[2].split(" · ")]
        assert sum(numbers) == 100
        exact = listed[found[1]]["probabilities"]
        assert numbers == pytest.approx([100 * exact[side] for side in ("home", "draw", "away")], abs=1)


def test_a_match_shows_what_its_insight_says(served: World) -> None:
    insight = served.client.get(f"/api/v1/insights/{ID}").json()
    page = outline(served, f"/match/{ID}")
    assert "Arsenal – Chelsea" in page.text
    for reason in insight["reasons"]:
        assert reason["text"] in page.text
    assert f"{insight['goals']['expected_home']:.2f}" in page.text
    (main,) = page.all("main")
    assert main["data-room"] == f"/ws/edge/{ID}"
    assert any(a.get("datetime") == "2025-08-16T14:00:00+00:00" for a in page.all("time"))


def test_every_three_numbers_of_a_match_are_the_same_wherever_they_stand(served: World) -> None:
    html = served.pages.get(f"/match/{ID}").text
    shown = re.findall(r"<dd>([^<]+)%</dd>", html)[:3]
    rows = re.findall(r"<td>([^<]+)%</td><td>([^<]+)%</td><td>([^<]+)%</td></tr>", html)
    assert list(rows[-1]) == shown
    assert all(sum(map(int, row)) == 100 for row in (shown, *rows))


def test_what_is_not_known_is_said_with_its_reason(served: World) -> None:
    no_prices = outline(served, "/match/epl-2526-man-united-tottenham")
    assert "No prices of this match are known." in no_prices.text
    assert "the hour is not known yet" in no_prices.text
    assert "No sealed prediction is settled yet." in outline(served, "/record").text


def generous_match(folder: Path) -> Match:
    """A match with a price for Arsenal that pays a tenth too much."""
    said = world(folder).client.get(f"/api/v1/insights/{ID}").json()["probabilities"]
    fair = [1 / p for p in said.values()]
    prices = {("1x2", "b365", "pre"): (1.1 * fair[0], fair[1], 0.8 * fair[2])}
    return match("arsenal", "chelsea", prices=prices)


def test_a_value_bet_names_its_book_its_fair_price_and_until_when_it_is_shown(tmp_path: Path) -> None:
    generous = generous_match(tmp_path)
    served = world(tmp_path, (generous,))
    listed = served.client.get("/api/v1/value-bets").json()["value_bets"]
    assert listed
    page = outline(served, "/value")
    cards = [a for a in page.all("article") if "value-card" in a["class"]]
    assert len(cards) == len(listed)
    assert all(card["data-expires"] == (NOW + timedelta(hours=45)).isoformat() for card in cards)
    assert all(card["data-until-kickoff"] == generous.kickoff_at.isoformat() for card in cards)
    assert f"{1 / listed[0]['bet']['probability']:.2f}" in page.text
    assert "the model does not say how good: by a cautious guess" in page.text
    score = {"divergence": {"n": 1140, "difference": 0.002}}
    served.models.evaluated = {"scores": {"epl": {"with_odds": score}}}
    served.models.model = FakeModel(version="1.2.4")
    bet = served.client.get("/api/v1/value-bets").json()["value_bets"][0]["bet"]
    said = outline(served, "/value").text
    assert f"for that, {100 * bet['stake_shrinkage']:.0f}% of the stake is left." in said
    ends = [f"{100 * bet[end]:+.1f}".replace("-", "\N{MINUS SIGN}") for end in ("edge_low", "edge_high")]
    assert " to ".join(ends) in said
    assert "Most people who bet lose money." in page.text


def test_the_best_edge_comes_first_and_those_that_are_too_good_last(tmp_path: Path) -> None:
    served = world(tmp_path, (generous_match(tmp_path),))
    document = ValueBetList.model_validate(served.client.get("/api/v1/value-bets").json())

    def of(book: str, edge: float) -> ValueBetRow:
        bet = document.value_bets[0].bet
        changed = {"edge": edge, "suspect": edge > 0.15, "book_name": book}
        return document.value_bets[0].model_copy(update={"bet": bet.model_copy(update=changed)})

    rows = of("Suspect", 0.2), of("Small", 0.05), of("Large", 0.1)
    page = value_page(document.model_copy(update={"value_bets": rows}), "edge", None).decode()
    assert page.index("<dt>Large") < page.index("<dt>Small") < page.index("<dt>Suspect")


@pytest.mark.parametrize(
    ("path", "words"), [("/match/epl-2526-arsenal-arsenal", "No coming match"), ("/?day=x", "day")]
)
def test_a_page_that_cannot_be_made_says_so_in_words(served: World, path: str, words: str) -> None:
    page = outline(served, path, 404 if "match" in path else 422)
    assert words in page.text
    assert page.faults == []


def test_a_head_of_a_page_that_cannot_be_made_has_its_length_and_no_body(served: World) -> None:
    path, named = "/match/epl-2526-arsenal-arsenal", {"x-request-id": "named-in-both"}
    whole = served.pages.get(path, headers=named)
    head = served.pages.request("HEAD", path, headers=named)
    assert (head.status_code, head.content) == (404, b"")
    assert head.headers["content-type"] == "text/html; charset=utf-8"
    assert int(head.headers["content-length"]) == len(whole.content)


def test_a_program_gets_the_problem_document(served: World) -> None:
    answer = served.pages.get("/match/nothing-here", headers={"accept": "application/json"})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == 404


def test_who_asks_too_often_gets_a_page_and_when_to_come_back(served: World) -> None:
    served.guard = RequestPolicy(limiter=Buckets(1))
    client = served.pages
    client.get("/")
    refused = client.get("/")
    assert refused.status_code == 429
    assert refused.headers["content-type"].startswith("text/html")
    assert refused.headers["retry-after"]
    assert refused.headers["x-sabiscore"] == "page"


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ("arsenal", {"Arsenal"}),
        ("MADRID", {"Real Madrid"}),
        ("arsenal,inter", {"Arsenal", "Inter"}),
        ("nobody", set()),
    ],
)
def test_of_a_team_every_match_is_shown_whatever_the_day(served: World, asked: str, shown: set[str]) -> None:
    page = outline(served, f"/?team={asked}")
    rows = [a["data-words"] for a in page.all("li") if a.get("class") == "row"]
    assert len(rows) == len(shown)
    assert all(any(name.lower() in row for row in rows) for name in shown)


def test_a_match_in_play_shows_its_score_and_about_which_minute(served: World) -> None:
    put_supplements(served.folder, {MATCHDAY: matchday_file([life(MATCHES[0], (1, 0), "in_play")])})
    served.clock.at = KICKOFF + timedelta(minutes=33)
    assert "1–0 about 33′" in outline(served, f"/match/{ID}").text
    html = served.pages.get("/").text
    assert f'data-match="{ID}"' in html
    assert 'data-status="in_play"' in html
    assert '<b class="score" data-score>1–0</b><small data-minute>~33′</small>' in html


def test_a_finished_match_shows_the_result_and_what_was_sealed_of_it(tmp_path: Path) -> None:
    served = world(tmp_path, MATCHES[1:])
    put_supplements(served.folder, {MATCHDAY: matchday_file([life(MATCHES[0], (2, 1), "finished")])})
    served.clock.at = KICKOFF + timedelta(hours=20)
    page = outline(served, f"/match/{ID}")
    assert "2–1 full time" in page.text
    assert "We had given what happened 50%" in page.text
    assert "abababababababab…" in page.text
    assert "we said 50%" in outline(served, "/?day=2025-08-16").text


def test_a_match_that_kicked_off_is_not_coming_whatever_the_age_of_the_publication(served: World) -> None:
    served.clock.at = KICKOFF + timedelta(days=3)
    assert "no result of it was found yet" in outline(served, f"/match/{ID}").text
    assert "No match is known" in outline(served, "/").text


def life(match: Match, goals: tuple[int, int], status: Literal["in_play", "finished"]) -> MatchLife:
    seal = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))
    alone = replace(match, prices={}, lines={}, priced_at=None, goals=goals)
    return MatchLife(
        status=status, source="espn.com", known_at=KICKOFF + timedelta(minutes=30), match=alone, seals=(seal,)
    )


def test_the_map_of_the_site_names_every_match_where_the_site_has_a_name(served: World) -> None:
    assert served.pages.get("/sitemap.xml").status_code == 404
    served.site = "https://football.example"
    answer = served.pages.get("/sitemap.xml")
    assert answer.headers["content-type"] == "application/xml"
    addresses = {node.text for node in ElementTree.fromstring(answer.text).iter() if node.text}
    assert {"https://football.example/", f"https://football.example/match/{ID}"} <= addresses


def test_scripts_look_for_rooms_only_where_a_worker_keeps_them(served: World) -> None:
    def has_rooms() -> bool:
        (html,) = outline(served, f"/match/{ID}").all("html")
        return "data-rooms" in html

    assert not has_rooms()
    served.site = "https://football.example"
    served.clock.at = NOW + timedelta(hours=1)
    assert has_rooms()


def test_a_link_that_was_shared_with_parameters_of_its_own_still_opens(served: World) -> None:
    assert served.pages.get(f"/match/{ID}?utm_source=somewhere").status_code == 200


def test_the_board_says_what_is_wrong_before_anything_else(served: World) -> None:
    assert "All is well" in outline(served, "/system").text
    served.models.taken_back = "1.3.0 was taken back."
    served.clock.at = NOW + timedelta(hours=1)
    board = outline(served, "/system").text
    assert "answers are given all the same" in board
    assert "1.3.0 was taken back." in board


def test_names_from_outside_are_text_and_never_markup(served: World) -> None:
    page = served.pages.get("/?team=%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in page.text


def test_a_page_of_another_build_of_the_scripts_is_made_again(
    served: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served.pages.get("/")
    assets = {
        name: path.replace("-", "-OTHER")
        for name, path in json.loads((rendering.BUILT / "assets.json").read_text()).items()
    }
    (tmp_path / "assets.json").write_text(json.dumps(assets))
    (tmp_path / "early.js").write_text("")
    monkeypatch.setattr(rendering, "BUILT", tmp_path)
    after = served.pages.get("/")
    assert "detail=computed" in after.headers["cache-status"]
    assert assets["site.css"] in after.text
    assert assets["site.css"] not in before.text
    assert "pages" in after.headers["cache-tag"].split(",")


def test_a_page_names_its_content(served: World) -> None:
    def named(path: str) -> str:
        found = re.search(r' data-content="([0-9a-f]{12})"', served.pages.get(path).text)
        assert found is not None
        return found[1]

    assert named("/") == named("/") != named("/value")
    before = named("/")
    served.clock.at = NOW + timedelta(hours=1)
    assert named("/") != before
