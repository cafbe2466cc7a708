"""The card of a match that other sites show in a frame: what its page says, and nothing that runs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.pages.embed import POLICY
from sabiscore.publication.matchday import MatchLife, SealSummary, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.contract.test_pages import ID, Outline
from tests.support.served import KICKOFF, MATCHES, NOW, World, world

CARD = f"/embed/match/{ID}"
LARGEST = 10_000
SEAL = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))


@pytest.fixture
def served(tmp_path: Path) -> World:
    return world(tmp_path)


def tell(served: World, goals: tuple[int, int] | None, status: str, *seals: SealSummary) -> None:
    alone = replace(MATCHES[0], prices={}, lines={}, priced_at=None, goals=goals)
    life = MatchLife(
        status=status,  # type: ignore[arg-type]  # one of the statuses, from a parameter
        source="espn.com",
        known_at=KICKOFF,
        match=alone,
        seals=seals,
    )
    put_supplements(served.folder, {MATCHDAY: matchday_file([life])})


def card(served: World, path: str = CARD) -> Outline:
    answer = served.pages.get(path)
    assert answer.status_code == 200, answer.text
    page = Outline(answer.text)
    assert page.faults == []
    return page


def chances(page: Outline) -> list[str]:
    return re.findall(r"\d+%", page.text)


def test_any_site_may_frame_it_and_it_loads_its_style_alone(served: World) -> None:
    answer = served.pages.get(CARD)
    assert answer.headers["content-security-policy"] == POLICY
    assert "frame-ancestors *" in POLICY
    assert len(answer.content) <= LARGEST
    page = Outline(answer.text)
    assert not [a for tag, a in page.elements if "style" in a or any(name.startswith("on") for name in a)]
    assert not page.all("script")
    (style,) = [a for a in page.all("link") if a["rel"] == "stylesheet"]
    assert style["href"].startswith("/assets/embed-")
    assert "set-cookie" not in answer.headers


def test_it_says_what_the_page_of_the_match_says_and_leads_there(served: World) -> None:
    page = card(served)
    assert chances(page) == chances(Outline(served.pages.get(f"/match/{ID}").text))[:3]
    assert "Chances as of 15 August 2025, 08:30 UTC" in page.text
    leads = [a for a in page.all("a") if a["href"] == f"/match/{ID}"]
    assert [(a["target"], a["rel"]) for a in leads] == [("_blank", "noopener")]


@pytest.mark.parametrize(
    ("goals", "status", "words"),
    [((1, 0), "in_play", "1–0 33′"), (None, "postponed", "postponed"), ((2, 1), "finished", "2–1 finished")],
)
def test_it_says_where_the_match_stands(served: World, goals, status: str, words: str) -> None:
    tell(served, goals, status)
    served.clock.at = KICKOFF + timedelta(minutes=33)
    assert words in card(served).text


def test_of_a_match_that_is_over_it_shows_what_was_sealed_before(tmp_path: Path) -> None:
    served = world(tmp_path, MATCHES[1:])
    tell(served, (2, 1), "finished", SEAL)
    served.clock.at = KICKOFF + timedelta(hours=20)
    page = card(served)
    assert chances(page) == ["50%", "30%", "20%"]
    assert "Sealed before kick-off, on" in page.text


def test_of_a_match_that_nobody_sealed_it_says_so(tmp_path: Path) -> None:
    served = world(tmp_path, MATCHES[1:])
    tell(served, (2, 1), "finished")
    served.clock.at = KICKOFF + timedelta(hours=20)
    page = card(served)
    assert chances(page) == []
    assert "none of this match was" in page.text


def test_another_match_is_not_found(served: World) -> None:
    assert served.pages.get("/embed/match/epl-2526-nobody-nowhere").status_code == 404


def test_the_page_of_a_match_gives_the_frame_where_the_site_has_a_name(served: World) -> None:
    assert "iframe" not in served.pages.get(f"/match/{ID}").text
    served.site = "https://football.example"
    served.clock.at = NOW + timedelta(hours=1)
    page = Outline(served.pages.get(f"/match/{ID}").text)
    assert f'<iframe src="https://football.example/embed/match/{ID}"' in page.text
