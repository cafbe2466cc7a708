"""A publication is read as it was written, or not at all."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from sabiscore.errors import BadPublication, NothingPublished
from sabiscore.publication.publish import publish, read
from tests.support.served import MATCHES, NOW, ROSTERS, World, match, put, world


def test_what_is_read_is_what_was_published(tmp_path):
    publication = put(tmp_path, kind="simulated", rehearsal=True)
    assert publication == read(tmp_path)
    assert publication.matches == {match.id: match for match in MATCHES}
    assert "national-league-2526-altrincham-southend" not in publication.served
    assert publication.rosters == ROSTERS
    assert (publication.kind, publication.rehearsal) == ("simulated", True)
    assert publication.states.read_bytes() == b"states"
    assert publication.as_of == NOW - timedelta(minutes=30)


def test_results_are_never_published(tmp_path):
    publication = put(tmp_path, [match("arsenal", "chelsea", goals=(3, 0), statistics={"shots": (9.0, 2.0)})])
    (read_back,) = publication.matches.values()
    assert read_back.goals is None
    assert read_back.statistics == {}
    assert "goals" not in (tmp_path / "coming.json").read_text()


def test_nothing_published_says_so(tmp_path):
    with pytest.raises(NothingPublished):
        read(tmp_path)


def edit(path, change):
    document = json.loads(path.read_bytes())
    change(document)
    path.write_text(json.dumps(document))


def states(folder):
    return next(folder.glob("states-*.npz"))


def rewrite(content):
    return lambda folder: (folder / "coming.json").write_bytes(content)


def change(**members):
    return lambda folder: edit(
        folder / "coming.json", lambda document: document["publication"].update(members)
    )


DAMAGE = {
    "truncated": lambda folder: rewrite((folder / "coming.json").read_bytes()[:-9])(folder),
    "empty": rewrite(b""),
    "binary": rewrite(b"\x00\xff" * 99),
    "a list": rewrite(b"[]"),
    "altered": change(kind="simulated"),
    "another format": change(format=2),
    "a member gone": lambda folder: edit(folder / "coming.json", lambda d: d["publication"].pop("matches")),
    "states truncated": lambda folder: states(folder).write_bytes(b"stat"),
    "states altered": lambda folder: states(folder).write_bytes(b"stateZ"),
    "states gone": lambda folder: states(folder).unlink(),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_publication_is_refused_and_the_one_before_keeps_serving(tmp_path, damage):
    served = world(tmp_path)
    before = served.client.get("/api/v1/insights/epl-2526-arsenal-chelsea")
    assert before.status_code == 200
    put(tmp_path, [match("chelsea", "arsenal")], source="another")
    damage(tmp_path)
    with pytest.raises(BadPublication):
        read(tmp_path)
    after = served.client.get("/api/v1/insights/epl-2526-arsenal-chelsea")
    assert after.content == before.content
    health = served.client.get("/health/ready")
    assert (health.status_code, health.json()["status"]) == (200, "degraded")
    assert str(tmp_path) not in health.text
    assert World(tmp_path).client.get("/health/ready").status_code == 503


def test_a_new_publication_is_served_at_once(tmp_path):
    served = world(tmp_path)
    assert served.client.get("/api/v1/matches").json()["count"] == 5
    put(tmp_path, [match("chelsea", "arsenal")])
    answer = served.client.get("/api/v1/matches").json()
    assert [row["match"]["id"] for row in answer["matches"]] == ["epl-2526-chelsea-arsenal"]


def test_publishing_leaves_nothing_half_written_and_forgets_old_states(tmp_path):
    for number in range(4):
        put(tmp_path, source=f"feed {number}")
    assert {path.name.split("-")[0] for path in tmp_path.iterdir()} == {"coming.json", "states"}

    def fails(_path):
        raise OSError("disk full")

    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OSError, match="disk full"):
        put(tmp_path, save_states=fails)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_states_that_lie_there_already_are_not_saved_again_unless_they_are_damaged(tmp_path):
    first = put(tmp_path)
    saved = []

    def again():
        return publish(
            tmp_path,
            MATCHES,
            lambda path: saved.append(path) or path.write_bytes(b"states"),
            as_of=NOW,
            published_at=NOW,
            kind="simulated",
            rehearsal=False,
            source="",
            rosters=ROSTERS,
            states=first.states.name,
        )

    assert again().states == first.states
    assert not saved
    first.states.write_bytes(b"stateZ")
    assert again().states.read_bytes() == b"states"
    assert len(saved) == 1
