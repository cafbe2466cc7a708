"""A publication is replaced when something of it changed, and caches are invalidated for it once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from sabiscore.cache.tags import ODDS, match_tag
from sabiscore.errors import CacheUnavailable, JobLost
from sabiscore.identity.rosters import Roster
from sabiscore.net.cas_store import MemoryCasStore
from sabiscore.pipeline.republish import (
    INVALIDATED_KEY,
    MOST_NAMED,
    RENEWED_EVERY,
    PublicationContent,
    Republished,
    invalidate_caches,
    republish,
    stays,
)
from sabiscore.publication.publish import read, saved_states
from tests.support.served import MATCHES, NOW, put

ROSTER = {"epl": Roster("epl", "2526", {"arsenal": "files", "chelsea": "files"})}
OTHER_PRICES = replace(MATCHES[0], prices={("1x2", "b365", "pre"): (3.0, 3.3, 2.4)})


def alive() -> None:
    """The run still holds its lock."""


class Publishing:
    """A folder with states in it, and what is published there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "publication"
        self.states = folder / "states.npz"
        self.states.write_bytes(b"states")
        self.old = None

    def publish(self, matches, *, at=NOW, answered=("espn.com",), require_alive=alive) -> Republished:
        content = PublicationContent(matches, saved_states(self.states), ROSTER, {}, has_record=False)
        found = republish(
            self.old, content, at, answered=answered, folder=self.folder, kind="real",
            require_alive=require_alive,
        )  # fmt: skip
        self.old = found.publication
        return found


@pytest.fixture
def publishing(tmp_path: Path) -> Publishing:
    return Publishing(tmp_path)


def test_the_first_publication_touches_every_match(publishing):
    found = publishing.publish(MATCHES)
    assert (found.replaced, set(found.touched)) == (True, {match.id for match in MATCHES})
    assert read(publishing.folder).digest == found.publication.digest


def test_what_has_not_changed_is_not_published_again_until_its_age_is_to_be_renewed(publishing):
    first = publishing.publish(MATCHES).publication
    assert publishing.publish(MATCHES, at=NOW + RENEWED_EVERY / 2) == Republished(first, (), replaced=False)
    renewed = publishing.publish(MATCHES, at=NOW + RENEWED_EVERY)
    assert (renewed.replaced, renewed.touched) == (True, ())
    assert renewed.publication.as_of == NOW + RENEWED_EVERY


def test_where_no_source_answered_nothing_gets_younger(publishing):
    publishing.publish(MATCHES)
    later = NOW + 3 * RENEWED_EVERY
    assert not publishing.publish(MATCHES, at=later, answered=()).replaced
    changed = publishing.publish([OTHER_PRICES, *MATCHES[1:]], at=later, answered=()).publication
    assert (changed.as_of, changed.published_at, changed.source) == (NOW, later, "espn.com")


def test_a_match_that_changed_came_or_went_is_touched_and_no_other(publishing):
    publishing.publish(MATCHES[:3])
    found = publishing.publish([OTHER_PRICES, MATCHES[1], MATCHES[3]])
    assert set(found.touched) == {MATCHES[0].id, MATCHES[2].id, MATCHES[3].id}


def test_new_states_alone_are_published_too(publishing):
    publishing.publish(MATCHES)
    publishing.states.write_bytes(b"states of another layout")
    found = publishing.publish(MATCHES)
    assert (found.replaced, found.touched) == (True, ())
    assert found.publication.states.read_bytes() == b"states of another layout"


def test_a_run_that_lost_its_lock_writes_nothing(publishing):
    def dead() -> None:
        raise JobLost("Another run took over.")

    publishing.publish(MATCHES)
    before = read(publishing.folder).digest
    with pytest.raises(JobLost):
        publishing.publish([OTHER_PRICES], require_alive=dead)
    assert read(publishing.folder).digest == before


def test_a_publication_stays_while_no_match_is_known_or_a_rehearsal_hears_from_nobody(tmp_path):
    real, rehearsal = put(tmp_path / "real"), put(tmp_path / "rehearsal", rehearsal=True)
    assert stays(real, [], ["espn.com"])
    assert stays(rehearsal, MATCHES, [])
    assert not stays(rehearsal, MATCHES, ["espn.com"])
    assert not stays(real, MATCHES, [])
    assert not stays(None, [], [])


class Invalidated:
    """A cache that remembers what it was told to forget; ``fault`` is raised instead."""

    def __init__(self) -> None:
        self.tags: list[set[str]] = []
        self.fault: CacheUnavailable | None = None

    def __call__(self, targets) -> None:
        if self.fault:
            raise self.fault
        self.tags.append(set(targets.tags))


def test_the_touched_matches_are_invalidated_once(publishing):
    cache, cas_store = Invalidated(), MemoryCasStore()
    first = publishing.publish(MATCHES[:2])
    assert invalidate_caches(first, None, invalidate=cache, cas_store=cas_store) is None
    found = publishing.publish([OTHER_PRICES, MATCHES[1]])
    for _ in range(2):
        problem = invalidate_caches(found, first.publication.digest, invalidate=cache, cas_store=cas_store)
        assert problem is None
    assert len(cache.tags) == 2
    assert match_tag(MATCHES[0].id) in cache.tags[1]
    assert match_tag(MATCHES[1].id) not in cache.tags[1]


def test_after_a_run_that_died_before_it_invalidated_everything_is(publishing):
    cache, cas_store = Invalidated(), MemoryCasStore()
    died = publishing.publish(MATCHES[:2]).publication.digest
    found = publishing.publish([OTHER_PRICES, MATCHES[1]])
    invalidate_caches(found, died, invalidate=cache, cas_store=cas_store)
    assert ODDS in cache.tags[0]


def test_too_many_matches_are_invalidated_as_everything(publishing):
    cache, cas_store = Invalidated(), MemoryCasStore()
    publication = publishing.publish(MATCHES).publication
    many = Republished(publication, tuple(f"epl-2526-a-b{n}" for n in range(MOST_NAMED + 1)), replaced=True)
    invalidate_caches(many, None, invalidate=cache, cas_store=cas_store)
    assert ODDS in cache.tags[0]


def test_a_cache_that_is_away_is_a_problem_and_tried_again_by_the_next_run(publishing):
    cache, cas_store = Invalidated(), MemoryCasStore()
    found = publishing.publish(MATCHES)
    cache.fault = CacheUnavailable("The shared cache gave no answer.")
    problem = invalidate_caches(found, None, invalidate=cache, cas_store=cas_store)
    assert problem == "Caches were not invalidated: The shared cache gave no answer."
    assert cas_store.read(INVALIDATED_KEY) is None
    cache.fault = None
    assert invalidate_caches(found, None, invalidate=cache, cas_store=cas_store) is None
    assert cas_store.read(INVALIDATED_KEY) == found.publication.digest


def test_where_no_cache_is_shared_nothing_is_noted(publishing):
    cas_store = MemoryCasStore()
    found = publishing.publish(MATCHES, at=NOW + timedelta(minutes=1))
    assert invalidate_caches(found, None, invalidate=None, cas_store=cas_store) is None
    assert cas_store.read(INVALIDATED_KEY) is None
