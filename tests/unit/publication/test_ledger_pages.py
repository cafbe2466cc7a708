"""The ledger in files: full pages never change, and only what is new is read to publish it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sabiscore.errors import BadPublication
from sabiscore.ledger.chain import verify
from sabiscore.publication.ledger_pages import publish_ledger, read_ledger
from sabiscore.publication.supplements import KEPT, LEDGER, put_supplements, read_supplements
from tests.support.ledgers import chain, reader


def published(folder: Path, n: int, offset: int = 0):
    entries = chain(n, offset)
    return publish_ledger(folder, entries[-1].hash if entries else None, reader(entries))


def test_nothing_is_published_before_the_first_entry(tmp_path: Path) -> None:
    assert published(tmp_path, 0).head is None
    assert read_ledger(read_supplements(tmp_path)).entries == 0


@pytest.mark.parametrize("n", [1, 999, 1_000, 1_001, 2_300])
def test_the_pages_hold_the_chain_as_it_was_hashed(tmp_path: Path, n: int) -> None:
    published(tmp_path, n)
    ledger = read_ledger(read_supplements(tmp_path))
    entries = [entry for page in ledger.pages for entry in page.entries()]
    assert entries == list(chain(n))
    assert (verify(entries).head, ledger.entries) == (ledger.head, n)


def test_full_pages_stay_and_only_what_is_new_is_read(tmp_path: Path) -> None:
    before = published(tmp_path, 2_300)
    asked: list[int] = []

    def entries(after: int):
        asked.append(after)
        return reader(chain(2_400))(after)

    after = publish_ledger(tmp_path, chain(2_400)[-1].hash, entries)
    assert after.pages[:2] == before.pages[:2]
    assert (after.pages[2].first, after.pages[2].last) == (2_001, 2_400)
    assert asked == [1_999, 2_000], "the last entry of a full page, and what follows it"


def test_the_same_head_is_not_written_again(tmp_path: Path) -> None:
    before = published(tmp_path, 30)

    def never(after: int):
        raise AssertionError("nothing is new")

    assert publish_ledger(tmp_path, chain(30)[-1].hash, never) == before


def test_another_chain_is_published_anew(tmp_path: Path) -> None:
    published(tmp_path, 1_200)
    published(tmp_path, 1_200, offset=7)
    ledger = read_ledger(read_supplements(tmp_path))
    assert [entry for page in ledger.pages for entry in page.entries()] == list(chain(1_200, 7))


def test_entries_are_found_by_hash_and_by_match(tmp_path: Path) -> None:
    published(tmp_path, 2_300)
    ledger = read_ledger(read_supplements(tmp_path))
    entry = chain(2_300)[1_234]
    assert ledger.of_hash(entry.hash) == [1_235]
    assert ledger.of_match(entry.content["match"]) == [1_235, 1_236]
    assert ledger.of_match("epl-2526-nobody-noone") == []
    assert ledger.of_hash(chain(2_300)[-1].hash) == [], "the tail is looked at itself"


def test_old_tails_do_not_fill_the_disk(tmp_path: Path) -> None:
    for n in range(1, 12):
        published(tmp_path, n)
    assert len(list((tmp_path / "supplements").glob("entries-*"))) == KEPT


def test_a_page_that_was_altered_is_refused(tmp_path: Path) -> None:
    page = published(tmp_path, 30).pages[0]
    page.file.path.write_bytes(page.file.path.read_bytes().replace(b"0.5", b"0.6"))
    with pytest.raises(BadPublication, match="altered"):
        page.entries()


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format": 2}', b'{"format": 1, "pages": [1]}'])
def test_a_list_of_pages_that_is_none_is_refused_and_written_anew(tmp_path: Path, data: bytes) -> None:
    put_supplements(tmp_path, {LEDGER: (data, "json")})
    with pytest.raises(BadPublication):
        read_ledger(read_supplements(tmp_path))
    assert published(tmp_path, 5).entries == 5
