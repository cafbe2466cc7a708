"""The page at ``/docs`` is complete, leads where it says, and what it shows works as it stands there."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from urllib.parse import urldefrag

import pytest
from starlette.routing import Match as Matched
from typer.testing import CliRunner

from infra.api_document.routes import every_page
from infra.cli import app
from infra.cli.serve import DEFAULT_PORT
from sabiscore.http.problems import TITLES
from sabiscore.insights.document import Freshness, Insight
from sabiscore.pages.static_pages import LOCAL_SITE
from sabiscore.store.session import Database
from sabiscore.store.webhooks import WebhookStore
from tests.contract.test_pages import Outline, outline
from tests.support.page_examples import examples_of
from tests.support.served import Answer, World, world

ID = "epl-2526-arsenal-chelsea"
SITE = "https://football.example"
SECTIONS = {
    "pages",
    "api",
    "limits",
    "freshness",
    "clients",
    "calendars",
    "tables",
    "messages",
    "embed",
    "pictures",
    "problems",
}


@pytest.fixture
def served(tmp_path: Path) -> World:
    made = world(tmp_path)
    made.site = SITE
    return made


def ids(page: Outline) -> set[str]:
    return {attributes["id"] for _, attributes in page.elements if "id" in attributes}


def shown(served: World) -> dict[str, str]:
    return examples_of(served.pages.get("/docs").text)


def asked(served: World, command: str) -> Answer:
    """What ``command``, a call of curl, is answered with."""
    curl, *words = shlex.split(command)
    assert curl == "curl"
    options = dict(zip(words[1::2], words[2::2], strict=True))
    assert set(options) <= {"-H", "-d"}
    address = words[0].removeprefix(SITE)
    if "-d" not in options:
        return served.client.get(address)
    name, _, value = options["-H"].partition(": ")
    return served.client.post(address, content=options["-d"].encode(), headers={name.lower(): value})


def followed(served: World, path: str) -> Answer:
    """What a reader finds at ``path`` of the site: a page, or an answer of the API."""
    scope = {"type": "http", "method": "GET", "path": path.partition("?")[0], "headers": []}
    is_page = any(route.matches(scope)[0] is Matched.FULL for route in every_page())
    return (served.pages if is_page else served.client).get(path)


def test_the_page_has_every_section_and_links_to_what_it_speaks_of(served: World) -> None:
    page = outline(served, "/docs")
    assert ids(page) >= SECTIONS
    assert {link["href"] for link in page.all("a")} >= {
        "/guide",
        "/docs/api",
        "/openapi.json",
        "/api/v1/calendar/epl.ics",
        "/api/v1/feed.json",
        "/api/v1/performance?format=csv",
        "/api/v1/performance?format=parquet",
    }


def test_every_link_answers_and_every_anchor_is_there(served: World) -> None:
    for link in outline(served, "/docs").all("a"):
        address, anchor = urldefrag(link["href"])
        answer = followed(served, address or "/docs")
        assert answer.status_code == 200, link["href"]
        assert not anchor or f'id="{anchor}"' in answer.text, link["href"]


def test_the_type_of_every_problem_leads_to_its_line_and_on_to_the_reference(served: World) -> None:
    page = outline(served, "/docs")
    assert ids(page) >= {f"problem-{slug}" for slug in TITLES}
    links = {link["href"] for link in page.all("a")}
    assert links >= {f"/docs/api#problem-{slug}" for slug in TITLES}
    kind, anchor = urldefrag(served.client.get("/api/v1/insights/epl-2526-no-where").json()["type"])
    assert kind == "/docs"
    assert anchor in ids(page)


def test_an_old_link_to_an_operation_finds_the_reference_first(served: World) -> None:
    links = [link["href"] for link in Outline(main_of(served)).all("a")]
    assert links[0] == "/docs/api"
    assert 'id="get_matches"' in served.client.get("/docs/api").text


def main_of(served: World) -> str:
    """The HTML between the ``<main>`` tags."""
    return served.pages.get("/docs").text.partition("<main")[2].partition(">")[2].partition("</main>")[0]


def test_the_calls_of_curl_are_answered(served: World) -> None:
    commands = shown(served)
    listed = asked(served, commands["matches"])
    assert listed.status_code == 200
    assert listed.json()["count"] == len(listed.json()["matches"]) > 0
    pairing = asked(served, commands["pairing"])
    assert pairing.status_code == 200
    assert pairing.json()["match"]["id"] == ID


def test_the_excerpt_has_the_members_of_an_insight(served: World) -> None:
    members = json.loads("{" + shown(served)["members"] + "}")
    Freshness.model_validate_json(json.dumps(members["freshness"]), strict=True)
    assert members.keys() <= Insight.model_fields.keys()
    insight = served.client.get("/api/v1/insights/epl-2526-man-united-tottenham").json()
    assert members["unknown"]["markets"] == insight["unknown"]["markets"]


def test_the_limit_is_that_of_the_settings(served: World) -> None:
    assert "ask 100 times a minute" in outline(served, "/docs").text
    served.requests_per_minute = 250
    assert "ask 250 times a minute" in outline(served, "/docs").text


def test_the_card_that_it_shows_is_that_of_a_match(served: World) -> None:
    (frame,) = Outline(shown(served)["card"]).all("iframe")
    assert frame["src"].startswith(f"{SITE}/embed/match/")
    assert served.pages.get(frame["src"].removeprefix(SITE)).status_code == 200


def test_the_picture_that_it_names_is_there(served: World) -> None:
    assert f"{SITE}/match/{ID}/picture.png" in outline(served, "/docs").text
    assert served.pages.get(f"/match/{ID}/picture.png").headers["content-type"] == "image/png"


def test_the_command_for_webhooks_is_taken(
    served: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SABISCORE_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = Database(f"sqlite:///{tmp_path / 'sabiscore.db'}")
    WebhookStore(database).subscriptions()
    database.close()
    command, *words = shlex.split(shown(served)["webhook"])
    done = CliRunner().invoke(app, words)
    assert (command, done.exit_code) == ("sabiscore", 0), done.output
    assert "gets: match.goal" in done.output


def test_while_the_site_has_no_address_commands_ask_this_machine(served: World) -> None:
    served.site = None
    assert f"http://127.0.0.1:{DEFAULT_PORT}" == LOCAL_SITE
    assert LOCAL_SITE in shown(served)["matches"]
    assert SITE not in served.pages.get("/docs").text


def test_the_guide_leads_to_the_page_and_to_the_card(served: World) -> None:
    links = {link["href"] for link in outline(served, "/guide").all("a")}
    assert links >= {"/docs", "/docs#embed"}
    assert "iframe" not in served.pages.get("/guide").text
