"""The picture that chats show beside a link to a match: what its page says, drawn within its margins."""

from __future__ import annotations

import io
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from sabiscore.errors import Unavailable
from sabiscore.insights.document import Insight, MatchReport
from sabiscore.pages import picture, rendering
from sabiscore.pages.picture import HEIGHT, WIDTH, match_picture, site_picture
from sabiscore.publication.matchday import MatchLife, SealSummary, matchday_file
from sabiscore.publication.supplements import MATCHDAY, put_supplements
from tests.contract.test_pages import ID, Outline
from tests.support.served import KICKOFF, MATCHES, NOW, World, world

PICTURE = f"/match/{ID}/picture.png"
SITE = "https://football.example"
MARGIN = 88
LARGEST = 100_000
NAMES = tomllib.loads((Path(__file__).parents[1] / "official_names.toml").read_text(encoding="utf-8"))
LONGEST = sorted(
    {name.upper() for country in NAMES.values() for names in country.values() for name in names},
    key=lambda name: (len(name), name),
)[-8:]
SEAL = SealSummary(seq=3, hash="ab" * 32, sealed_at=NOW, stage="day", bundle="1.0.0", p=(0.5, 0.3, 0.2))
HOME, DRAW, AWAY = (11, 107, 71), (107, 114, 128), (161, 74, 0)
"""Colours of the parts of the bar, as the styles of the pages have them."""
ROW_OF_BAR = 390


@pytest.fixture
def served(tmp_path: Path) -> World:
    return world(tmp_path)


def drawn(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png))
    assert (image.format, image.size) == ("PNG", (WIDTH, HEIGHT))
    return image.convert("RGB")


def asked(served: World, path: str = PICTURE) -> Image.Image:
    answer = served.pages.get(path)
    assert answer.status_code == 200, answer.text
    return drawn(answer.content)


def widths(image: Image.Image) -> list[int]:
    row = [image.getpixel((x, ROW_OF_BAR)) for x in range(WIDTH)]
    return [row.count(colour) for colour in (HOME, DRAW, AWAY)]


def over(folder: Path, *seals: SealSummary) -> World:
    served = world(folder, MATCHES[1:])
    alone = replace(MATCHES[0], prices={}, lines={}, priced_at=None, goals=(2, 1))
    life = MatchLife(status="finished", source="espn.com", known_at=KICKOFF, match=alone, seals=seals)
    put_supplements(served.folder, {MATCHDAY: matchday_file([life])})
    served.clock.at = KICKOFF + timedelta(hours=20)
    return served


def test_it_is_a_png_that_every_site_may_show_and_that_loads_nothing(served: World) -> None:
    answer = served.pages.get(PICTURE)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["content-security-policy"] == "default-src 'none'"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert len(answer.content) <= LARGEST
    assert served.pages.get(PICTURE, headers={"if-none-match": answer.headers["etag"]}).status_code == 304


def test_its_bar_is_that_of_the_page(served: World) -> None:
    insight = Insight.model_validate_json(served.client.get(f"/api/v1/insights/{ID}").content)
    p = insight.probabilities
    for width, share in zip(widths(asked(served)), (p.home, p.draw, p.away), strict=True):
        assert width == pytest.approx(1024 * share, abs=10)  # the gaps between neighbours are 8 wide


def test_of_a_match_that_is_over_it_shows_what_was_sealed_before(tmp_path: Path) -> None:
    for width, share in zip(widths(asked(over(tmp_path, SEAL))), SEAL.p, strict=True):
        assert width == pytest.approx(1024 * share, abs=10)


def test_of_a_match_that_nobody_sealed_it_has_words_instead_of_a_bar(tmp_path: Path) -> None:
    served = over(tmp_path)
    assert sum(widths(asked(served))) == 0
    report = MatchReport.model_validate_json(served.client.get(f"/api/v1/matches/{ID}").content)
    other = report.model_copy(update={"unknown": {**report.unknown, "sealed": "For another reason."}})
    assert picture.report_picture(report) != picture.report_picture(other)


@pytest.mark.parametrize("name", LONGEST)
def test_no_name_crosses_the_margin(served: World, name: str) -> None:
    insight = Insight.model_validate_json(served.client.get(f"/api/v1/insights/{ID}").content)
    match = insight.match
    teams = {side: getattr(match, side).model_copy(update={"name": name}) for side in ("home", "away")}
    image = drawn(match_picture(insight.model_copy(update={"match": match.model_copy(update=teams)})))
    strip = image.crop((WIDTH - MARGIN + 4, 60, 1150, HEIGHT - 60))
    assert strip.getcolors() == [(strip.width * strip.height, (255, 255, 255))]


def test_another_match_has_no_picture(served: World) -> None:
    assert served.pages.get("/match/epl-2526-nobody-nowhere/picture.png").status_code == 404


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (f"/match/{ID}", PICTURE),
        *((path, "/share.png") for path in ("/", "/value", "/record", "/pick", "/bets", "/guide", "/docs")),
    ],
)
def test_pages_name_their_picture_where_the_site_has_a_name(served: World, page: str, shown: str) -> None:
    assert "og:image" not in served.pages.get(page).text
    served.site = SITE
    served.clock.at = NOW + timedelta(hours=1)
    metas = Outline(served.pages.get(page).text).all("meta")
    assert [a["content"] for a in metas if a.get("property") == "og:image"] == [SITE + shown]


def test_the_site_has_a_picture_of_its_own() -> None:
    assert drawn(site_picture()).size == (WIDTH, HEIGHT)


def test_without_its_type_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "BUILT", tmp_path)
    with pytest.raises(Unavailable) as refused:
        site_picture()
    assert "make site" in refused.value.hint
